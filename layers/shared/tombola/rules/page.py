"""Which part of a long list does the client ask for?"""

import re
from dataclasses import dataclass

from tombola.rules.order import Order
from tombola.rules.problem import Problem, malformed

SIZE = 20  # draws or log entries, unless the client asks for fewer or more
SIZE_MAX = 100
CURSOR = "after must be the `next` of a page before"

NUMBER = re.compile(r"[0-9]{1,15}")
PLACE = re.compile(r"([0-9]{1,15})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page's part of an address: its query."""

    after: str | None = None
    limit: str | None = None


def page_size(page: PageRequest) -> int | Problem:
    if page.limit is None:
        return SIZE
    if not NUMBER.fullmatch(page.limit) or not 1 <= int(page.limit) <= SIZE_MAX:
        return malformed("limit", f"limit must be 1 to {SIZE_MAX}")
    return int(page.limit)


def number_after(page: PageRequest) -> int | Problem:
    """Return the number of the entry that the page before ended with."""
    if page.after is None:
        return 0
    return int(page.after) if NUMBER.fullmatch(page.after) else malformed("after", CURSOR)


def place_after(page: PageRequest) -> tuple[int, int] | Problem | None:
    """Return the place of the draw that the page before ended with."""
    if page.after is None:
        return None
    found = PLACE.fullmatch(page.after)
    return (int(found[1]), int(found[2])) if found else malformed("after", CURSOR)


def place_of(order: Order) -> tuple[int, int]:
    """Return what a user's draws are sorted by: time in epoch milliseconds, then id."""
    return round(order.drawn_at.timestamp() * 1000), order.order_id
