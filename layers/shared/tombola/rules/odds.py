"""On which award does a ticket fall, some awards being out?"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum
from itertools import accumulate

WHOLE = 1_000_000  # weights are parts per million
TABLES_MAX = 64  # tables without the awards that are out; beyond that they are forgotten and made again


class StrategyMode(IntEnum):
    SINGLE = 1  # each award has its own share of the whole; the rest loses
    TOTAL = 2  # the live awards share the whole


class Odds:
    """The weights of an activity's awards as tables to look tickets up in."""

    def __init__(self, mode: StrategyMode, weights: Sequence[tuple[str, int]]) -> None:
        self._mode = mode
        self._weights = tuple(weights)
        self._tables: dict[frozenset[str], tuple[list[int], list[int]]] = {}

    def tickets(self, excluded: frozenset[str]) -> int:
        """Return how many tickets there are: in single mode the whole, in total mode what live awards share."""
        if self._mode is StrategyMode.SINGLE:
            return WHOLE
        _, edges = self._table(excluded)
        return edges[-1] if edges else 0

    def place_of(self, ticket: int, excluded: frozenset[str]) -> int | None:
        """Return the place, in the given order, of the award that ticket falls on; None loses.

        In single mode an excluded award keeps its tickets, which lose: nobody else's odds change. In total mode
        it has none.
        """
        gone = excluded if self._mode is StrategyMode.TOTAL else frozenset()
        places, edges = self._table(gone)
        found = bisect_right(edges, ticket)
        if found == len(edges):
            return None
        place = places[found]
        return None if self._weights[place][0] in excluded else place

    def _table(self, gone: frozenset[str]) -> tuple[list[int], list[int]]:
        """Return the places of the awards that are not gone, and where each one's tickets end."""
        table = self._tables.get(gone)
        if table is None:
            places = [place for place, (award_id, _) in enumerate(self._weights) if award_id not in gone]
            table = places, list(accumulate(self._weights[place][1] for place in places))
            if len(self._tables) >= TABLES_MAX:
                self._tables.clear()
            self._tables[gone] = table
        return table


def rate_text(weight: int) -> str:
    """Return weight, parts per million, as the decimal of the activity file."""
    return format((Decimal(weight) / WHOLE).normalize(), "f")
