"""How many codes there are, and what is short of them: counted once for all pages, as that reads every code's key."""

from collections.abc import Sequence
from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola_cli.console import texts
from tombola_cli.console.long_work import LongWork
from tombola_cli.operate.code_counts import counted, pools_in
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import code_sheets
from tombola_cli.screens.blocks import Block, Facts

NEVER = -1


class PoolCounts:
    """The count that every page shows; it is made one at a time, in work."""

    def __init__(self, stack: Stack) -> None:
        self.work = LongWork()
        self._stack = stack
        self._imports = NEVER

    def since(self, imports: int) -> None:
        """Count, unless that was begun after so many imports had ended, or a count is under way."""
        if self._imports < imports and not self.work.is_running:
            self._imports = imports
            self.again()

    def again(self) -> None:
        """Count; raise TombolaError while that is under way."""
        self.work.start(texts.COUNT, self._look)

    def _look(self) -> Sequence[Block]:
        now = self._stack.now()
        return [Facts({}, texts.AS_OF.format(at=now)), *self._counted(now), *_short(self._stack, now)]

    def _counted(self, now: datetime) -> Sequence[Block]:
        def told(codes: int) -> None:
            self.work.progress.tell(codes, None, texts.CODES)

        return code_sheets.pools([counted(pool, self._stack, now, told) for pool in pools_in(self._stack)])


def _short(stack: Stack, now: datetime) -> Sequence[Block]:
    activities = [each for each in activities_in(stack) if isinstance(each, Activity) and _may_be_drawn(each, now)]
    found = [
        texts.OF_THE_ACTIVITY.format(activity_id=activity.activity_id, words=words)
        for activity in activities
        for words in shortages(activity, stack, now)
    ]
    return [code_sheets.shortages(found)] if found else [Facts({}, texts.NO_SHORTAGE)]


def _may_be_drawn(activity: Activity, now: datetime) -> bool:
    """Return whether somebody may still win something of activity."""
    return activity.state is not ActivityState.CLOSE and activity.end > now
