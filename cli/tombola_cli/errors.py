"""An error that the user can mend: told in one line, without a traceback."""


class TombolaError(Exception):
    """The message names the fault and its place, and says what to do about it."""
