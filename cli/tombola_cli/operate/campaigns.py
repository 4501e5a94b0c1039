"""How do the activities stand: what is left of each, and how often was it won? For whoever looks every few seconds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TypeVar

from botocore.exceptions import ClientError

from tombola.rules.activity import CAP, Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate.index_walk import count
from tombola_cli.operate.registry import activities_in, stock_of
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_list import ON_ITS_WAY, PAGE, Listing

T = TypeVar("T")

CAMPAIGNS_MAX = 20  # that are looked at as a whole, two or three reads each
PATIENCE_SECONDS = 0.5  # of a look with all its counts
MILLI = timedelta(milliseconds=1)  # the index counts whole ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """An activity, the units left by award and of the cap under CAP, and its wins; draws where the cap counts them.

    wins is None until they are counted. troubles say why left is empty, or wins None for good: an item that cannot be
    read, or a right that is missing.
    """

    activity: Activity
    left: Mapping[str, int]
    wins: int | None
    troubles: tuple[str, ...] = ()

    @property
    def draws(self) -> int | None:
        cap, left = self.activity.cap, self.left.get(CAP)
        return None if cap is None or left is None else cap.limit - left


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """What one look found: those looked at as a whole, and every activity with which no more is told."""

    now: datetime
    shown: Sequence[Campaign]
    others: Sequence[Activity | Unreadable]


class CampaignWatch:
    """Looks at the activities again and again; a win is counted once, as soon as no earlier one can come any more.

    Counting goes on beside the looks, which wait a moment for it and tell the last count otherwise.
    """

    def __init__(self, stack: Stack, patience_seconds: float = PATIENCE_SECONDS, hidden: Collection[str] = ()) -> None:
        self._stack, self._patience_seconds, self._hidden = stack, patience_seconds, hidden
        self._certain: dict[str, tuple[datetime, int]] = {}  # by activity: wins before that moment
        self._counted: dict[str, int] = {}
        self._counting: dict[str, Future[int]] = {}
        self._lock = Lock()

    def look(self) -> Campaigns:
        """Return how the activities stand, those that are drawn now first."""
        now, found = self._stack.now(), activities_in(self._stack)
        found = [each for each in found if not (isinstance(each, Activity) and each.activity_id in self._hidden)]
        legible = [each for each in found if isinstance(each, Activity)]
        first = sorted(legible, key=lambda activity: activity.state is not ActivityState.DOING)[:CAMPAIGNS_MAX]
        countings = [self._begin(activity, now) for activity in first]
        wait(countings, self._patience_seconds)
        return Campaigns(
            now=now,
            shown=[self._told(activity, counting) for activity, counting in zip(first, countings, strict=True)],
            others=[each for each in found if each not in first],
        )

    def campaign(self, activity: Activity, now: datetime) -> Campaign:
        """Return how one activity stands."""
        counting = self._begin(activity, now)
        wait([counting], self._patience_seconds)
        return self._told(activity, counting)

    def _told(self, activity: Activity, counting: Future[int]) -> Campaign:
        troubles: list[str] = []
        left = _tried(lambda: stock_of(activity, self._stack), troubles)
        wins = _tried(lambda: self._wins(activity, counting), troubles)
        return Campaign(activity=activity, left=left or {}, wins=wins, troubles=tuple(troubles))

    def _begin(self, activity: Activity, now: datetime) -> Future[int]:
        """Return the count that is under way, or one that begins now."""
        with self._lock:
            counting = self._counting.get(activity.activity_id)
            if counting is None:
                counting = self._counting[activity.activity_id] = Future()
                # No pool: the end of the program waits for the threads of a pool.
                Thread(target=self._count, args=(activity, now, counting), daemon=True).start()
        return counting

    def _wins(self, activity: Activity, counting: Future[int]) -> int | None:
        """Return the wins that were counted last; None before the first count is done."""
        if counting.done():
            with self._lock:
                self._counting.pop(activity.activity_id, None)
            self._counted[activity.activity_id] = counting.result()
        return self._counted.get(activity.activity_id)

    def _count(self, activity: Activity, now: datetime, counting: Future[int]) -> None:
        try:
            counting.set_result(self._count_on(activity, now))
        except BaseException as error:  # noqa: BLE001 - who asks for the count meets it
            counting.set_exception(error)

    def _count_on(self, activity: Activity, now: datetime) -> int:
        """Return how many wins the index lists: those of a forgotten user too, where they were counted before."""
        since, before = self._certain.get(activity.activity_id, (None, 0))
        certain = now - ON_ITS_WAY
        if since is None or since < certain:
            before += wins_between(activity, since, certain - MILLI, self._stack)
            since = certain
            self._certain[activity.activity_id] = since, before
        return before + wins_between(activity, since, now, self._stack)


def _tried(look: Callable[[], T], troubles: list[str]) -> T | None:
    """Return what look returns; one activity that cannot be looked at must not hide the others."""
    try:
        return look()
    except (TombolaError, BusyError, ClientError) as error:
        troubles.append(" ".join(str(error).split()))
        return None


def wins_between(activity: Activity, since: datetime | None, until: datetime, stack: Stack) -> int:
    """Return how many wins of that span the index lists, both ends included; only their number is sent."""
    return count(Listing(activity=activity, since=since, until=until).route(PAGE), stack)
