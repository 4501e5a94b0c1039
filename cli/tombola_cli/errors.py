"""What went wrong in the user's world: told in one line, without a traceback."""

from typing import TypeVar

from tombola.rules.unreadable import Unreadable

T = TypeVar("T")


class TombolaError(Exception):
    """The message names what was wrong, where, and what to do about it."""


def legible(found: T | Unreadable) -> T:
    """Return what was found; raise TombolaError if it is there and cannot be read."""
    if isinstance(found, Unreadable):
        raise TombolaError(
            f"{found.pk} {found.sk} cannot be read: {found.because}; look at it in the table, or use a newer tombola"
        )
    return found
