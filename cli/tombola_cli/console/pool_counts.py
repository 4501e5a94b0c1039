"""How many codes there are, and what is short of them: counted once for all pages, as that reads every code's key."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tombola.aws.clock import utc_now
from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola_cli.console import texts
from tombola_cli.console.long_work import LongWork
from tombola_cli.operate.code_counts import counted, pools_in
from tombola_cli.operate.parked_codes import parked_by_pool
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import act_sheets, code_sheets
from tombola_cli.screens.blocks import Block, Facts

NEVER = -1
FRESH = timedelta(seconds=30)


class PoolCounts:
    """The count that every page shows; it is made one at a time, in work."""

    def __init__(self, stack: Stack) -> None:
        self.work = LongWork()
        self.pools: Sequence[str] = ()  # with codes, or named by an activity
        self._stack = stack
        self._imports = NEVER

    def since(self, imports: int, *, opened: bool = False) -> None:
        """Count, unless that was begun after so many imports had ended, or a count is under way.

        For a page that is opened an old count is made anew, too: prizes are granted and parked meanwhile.
        """
        if not self.work.is_running and (self._imports < imports or (opened and self._is_old)):
            self._imports = imports
            self.again()

    @property
    def _is_old(self) -> bool:
        at = self.work.ended_at
        return at is None or utc_now() - at > FRESH

    def again(self) -> None:
        """Count; raise TombolaError while that is under way."""
        self.work.start(texts.COUNT, self._look)

    def _look(self) -> Sequence[Block]:
        now, pools = self._stack.now(), pools_in(self._stack)
        activities = [each for each in activities_in(self._stack) if isinstance(each, Activity)]
        self.pools = sorted({*pools, *(pool for each in activities for pool in _named_by(each))})
        short = [*_parked(self._stack, now), *_short(activities, self._stack, now)]
        return [
            *self._counted(pools, now),
            code_sheets.shortages(short) if short else Facts({}, texts.NO_SHORTAGE),
        ]

    def _counted(self, pools: Iterable[str], now: datetime) -> Sequence[Block]:
        def told(codes: int) -> None:
            self.work.progress.tell(codes, None, texts.CODES)

        return code_sheets.pools([counted(pool, self._stack, now, told) for pool in pools])


def _named_by(activity: Activity) -> list[str]:
    awards = [share.award for share in activity.shares]
    return [each.source for each in awards if each.award_type is AwardType.CODE and each.source is not None]


def _parked(stack: Stack, now: datetime) -> list[str]:
    found = parked_by_pool(stack, now)
    return [texts.PARKED_FOR.format(pool=pool, orders=act_sheets.counted(found[pool])) for pool in sorted(found)]


def _short(activities: Sequence[Activity], stack: Stack, now: datetime) -> list[str]:
    return [
        texts.OF_THE_ACTIVITY.format(activity_id=activity.activity_id, words=words)
        for activity in activities
        if _may_be_drawn(activity, now)
        for words in shortages(activity, stack, now)
    ]


def _may_be_drawn(activity: Activity, now: datetime) -> bool:
    """Return whether somebody may still win something of activity."""
    return activity.state is not ActivityState.CLOSE and activity.end > now
