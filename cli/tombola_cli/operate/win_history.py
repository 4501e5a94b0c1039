"""When was an activity won, and how did its stock go down? Told of a bounded number of reads.

The index holds only keys: it tells how many wins there are in a span of time, and an order tells what was won. So each
span is counted, and of each some orders are read; where that are not all of them, the course of a stock is estimated.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola_cli.operate.campaigns import MILLI, wins_between
from tombola_cli.operate.index_walk import walk
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_list import Listing, Win, WinState, page_of

SPANS_MAX = 48  # of a picture, each with a count and a query a shard of the index, and one read of orders
SPANS_MIN = 8
COUNTS_MAX = 480  # of one picture, whatever the shards
ORDERS_MAX = 1_920  # that are read for one picture
LATE = timedelta(seconds=30)  # a draw that began in time is recorded no later than that
SEEN_MIN = 5  # wins of an award among those read, without which nothing is estimated of it


@dataclass(frozen=True, slots=True, kw_only=True)
class WinHistory:
    """The ends of the spans, the wins in each, and by award the units left at each end, as far as they are known.

    read counts the wins whose orders were read; where they are fewer than all, what is left is estimated.
    """

    begin: datetime
    ends: Sequence[datetime]
    wins: Sequence[int]
    left: Mapping[str, Sequence[float]]
    read: int

    @property
    def is_estimated(self) -> bool:
        return self.read < sum(self.wins)


def history_of(activity: Activity, left: Mapping[str, int], stack: Stack, now: datetime) -> WinHistory | None:
    """Return the history of an activity's wins, of which left is what there is now; None where it has none."""
    first = next(walk(Listing(activity=activity, until=now).route(1), stack), None)
    if first is None:
        return None
    begin = datetime.fromtimestamp(int(first.at) / 1000, now.tzinfo)
    edges = edges_of(begin, max(begin + MILLI, _last(activity, now)), _spans(activity))
    spans = [(since, until - MILLI) for since, until in pairwise(edges)]
    wins = [wins_between(activity, since, until, stack) for since, until in spans]
    seen = [
        _seen(Listing(activity=activity, since=since, until=until), ORDERS_MAX // len(spans), stack) if count else []
        for (since, until), count in zip(spans, wins, strict=True)
    ]
    return WinHistory(
        begin=begin,
        ends=edges[1:],
        wins=wins,
        left=courses(activity, left, wins, seen),
        read=sum(map(len, seen)),
    )


def edges_of(begin: datetime, end: datetime, spans: int) -> list[datetime]:
    """Return the edges of so many spans, or fewer of a millisecond each; the last of them is behind end."""
    whole = (end - begin) // MILLI + 1
    spans = min(spans, whole)
    return [begin + (whole * place // spans) * MILLI for place in range(spans + 1)]


def courses(
    activity: Activity, left: Mapping[str, int], wins: Sequence[int], seen: Sequence[Sequence[Win]]
) -> dict[str, list[float]]:
    """Return by limited award the units left after each span, so that the last figure is the one that is known."""
    is_whole = sum(map(len, seen)) == sum(wins)
    counts = [Counter(win.award_id for win in each if win.state is not WinState.VOID) for each in seen]
    found: dict[str, list[float]] = {}
    for share in activity.shares:
        award_id = share.award.award_id
        if (
            share.stock is None
            or award_id not in left
            or (not is_whole and 0 < sum(each[award_id] for each in counts) < SEEN_MIN)
        ):
            continue
        parts = [each[award_id] / max(1, len(some)) for each, some in zip(counts, seen, strict=True)]
        won = share.stock - left[award_id]
        course = _course([part * count for part, count in zip(parts, wins, strict=True)], share.stock, won)
        if course is not None:
            found[award_id] = course
    return found


def _course(gone: Sequence[float], stock: int, won: int) -> list[float] | None:
    """Return what is left of stock after each part of it is gone, won in all; None where nothing of it was seen."""
    total = sum(gone)
    if not total:
        return None if won else [float(stock)] * len(gone)
    so_far, course = 0.0, []
    for part in gone:
        so_far += part
        course.append(stock - won * so_far / total)
    return course


def _seen(listing: Listing, most: int, stack: Stack) -> list[Win]:
    return [each for each in page_of(listing, most, stack).found if isinstance(each, Win)]


def _spans(activity: Activity) -> int:
    return max(SPANS_MIN, min(SPANS_MAX, COUNTS_MAX // activity.win_shards))


def _last(activity: Activity, now: datetime) -> datetime:
    """Return the time behind which no win can lie."""
    closed = [activity.since + LATE] if activity.state is ActivityState.CLOSE else []
    return min([now, activity.end + LATE, *closed])
