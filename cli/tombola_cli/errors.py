"""What went wrong in the user's world: told in one line, without a traceback."""


class TombolaError(Exception):
    """The message names what was wrong, where, and what to do about it."""
