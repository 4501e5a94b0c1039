"""A model of the indexes `due` and `wins`: how many write units and wins a second do their lanes and shards bear?

A lane, or a shard of wins, is one value of the index's partition key, and lies in one partition; which one is chance.
It cannot be split: its entries come in the order of time, so all new ones are at its end.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

PARTITION_UNITS = 1_000  # write units a second of one partition
NEW_UNITS = 4_000  # a second, of a new on-demand index
INSERT = 1  # write units of a win, and all that the index of wins ever takes of one
MOVE = 2  # of a claim
REMOVE = 1  # of a grant
PLACEMENTS = 2_001  # ways in which lanes may lie, of which the tables show the middle one and the twentieth worst
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """Write units a second that the index bears before its fullest partition throttles."""

    even: float  # lanes spread evenly
    middle: float  # one placement in two is worse
    safe: float  # one placement in twenty is worse


def partitions_of(units: float) -> int:
    """Return the partitions of an index that is warm for so many write units a second."""
    return max(1, -(-int(units) // PARTITION_UNITS))


def borne(lanes: int, units: float) -> Borne:
    """Return the load that an index of equally loaded lanes, or shards, bears, warm for units a second."""
    partitions, chance = partitions_of(units), Random(SEED)  # noqa: S311 - the same seed, the same figures
    fullest = sorted(
        max(Counter(chance.randrange(partitions) for _ in range(lanes)).values()) for _ in range(PLACEMENTS)
    )
    most = [-(-lanes // partitions), fullest[PLACEMENTS // 2], fullest[PLACEMENTS * 19 // 20]]
    even, middle, safe = (lanes * PARTITION_UNITS / each for each in most)
    return Borne(even=even, middle=middle, safe=safe)


def wins(units: float, *, claims: int = 0) -> float:
    """Return the wins a second that take so many write units, each being claimed so often before it is granted."""
    return units / (INSERT + claims * MOVE + REMOVE)
