"""Reading an item that the caller cannot do without."""

from typing import TypeVar

from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError

T = TypeVar("T")


def legible(found: T | Unreadable) -> T:
    """Return the item that was found; raise TombolaError if it is there and cannot be read."""
    if isinstance(found, Unreadable):
        raise TombolaError(
            f"{found.pk} {found.sk} cannot be read: {found.because}; look at it in the table, or use a newer tombola"
        )
    return found
