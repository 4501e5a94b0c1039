"""Which text names a user?

A token names whom its issuer says, and is taken as it is. An id that a server chooses has one spelling, which a path
carries: a second one would be a second user, with quotas of its own.
"""

import unicodedata

from tombola.rules.problem import Problem, malformed

USER_ID_MAX = 255  # characters, as an OpenID token's `sub` may have
ME = "me"  # in a path: whom the token stands for
LOST = "\ufffd"  # stands for bytes that were no UTF-8: different ones look alike in it

# Control characters act on an operator's screen; a surrogate is half a character; no queue takes two noncharacters.
NOT_IN_IDS = frozenset({"Cc", "Cs"})
NOT_SENT = frozenset("\ufffe\uffff")
# An HTTP API decodes a path before it matches it, and cuts it at `?`; libraries rewrite dots.
NOT_IN_PATHS = frozenset("/?%#\\")
NOT_A_PATH = frozenset({".", "..", ME})
# Nothing is seen of these, or only a blank, although Unicode counts them as letters, marks or symbols.
LOOKS_LIKE_NOTHING = frozenset(
    "\U00013441\U00013442\U0001d159\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# Formats and directions, ends of lines, and what is not assigned: how that is spelled is not settled yet.
# Of the blanks only the space of ASCII is told from the others by looking.
NOT_SEEN = frozenset({"Cf", "Zl", "Zp", "Zs", "Cn"})


def check_user_id(user_id: object) -> Problem | None:
    """Return why user_id can be nobody's, or None: with it orders can be kept, sent and told."""
    if not isinstance(user_id, str) or not 1 <= len(user_id) <= USER_ID_MAX:
        return malformed("user_id", f"user_id must be a text of 1 to {USER_ID_MAX} characters")
    if LOST in user_id:
        return malformed("user_id", "user_id holds U+FFFD, in whose place other characters were lost: send UTF-8")
    if not (NOT_SENT.isdisjoint(user_id) and _has_none(NOT_IN_IDS, user_id)):
        return malformed("user_id", "user_id must not hold control characters, surrogates, U+FFFE or U+FFFF")
    return None


def check_chosen_user_id(user_id: str) -> Problem | None:
    """Return why a server must not choose user_id, which passed check_user_id, or None."""
    if not NOT_IN_PATHS.isdisjoint(user_id) or user_id in NOT_A_PATH:
        detail = "user_id must fit a path: without '/', '?', '%', '#' and '\\', and neither '.' nor '..' nor 'me'"
        return malformed("user_id", detail)
    if user_id != user_id.strip():
        return malformed("user_id", "user_id must not begin or end with a blank")
    if user_id.isascii():
        return None
    if not (LOOKS_LIKE_NOTHING.isdisjoint(user_id) and _has_none(NOT_SEEN, user_id.replace(" ", ""))):
        detail = "user_id must not hold characters that are invisible, give a direction or are not assigned"
        return malformed("user_id", detail)
    if not unicodedata.is_normalized("NFC", user_id):
        return malformed("user_id", "user_id must be in Unicode's normal form C (NFC)")
    return None


def _has_none(categories: frozenset[str], text: str) -> bool:
    return categories.isdisjoint(map(unicodedata.category, text))
