"""Which texts does a spreadsheet take for a formula, and how are they kept from that?"""

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first signs, after which a spreadsheet may compute what follows


def safe(text: str) -> str:
    """Return text as a cell that no spreadsheet computes: an apostrophe leads one that could be a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
