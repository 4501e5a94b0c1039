"""Start and close: activities whose window begins or ends move by themselves."""

from datetime import datetime

from tombola.flows.ports import ActivityLedger, Deadline
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Moved
from tombola.rules.window import next_action

ACTIVITIES_MAX = 100  # a run; the next minute takes the rest
MOVE_SECONDS = 30.0  # time that must be left to move one more: most of a run belongs to orders
WHO = "compensation"


def start_and_close(ledger: ActivityLedger, deadline: Deadline, now: datetime) -> tuple[tuple[Moved, ...], int | None]:
    """Move every activity that is due; return what was moved, and how many are due still, None if that was not read.

    One that cannot be read or moved now, or not even understood, keeps nobody else: the next run tries again.
    """
    try:
        due = ledger.due_activities(now, ACTIVITIES_MAX)
    except BusyError:
        return (), None
    moved: list[Moved] = []
    late = 0
    for activity_id in due:
        if not deadline.allows(MOVE_SECONDS):
            late += 1
            continue
        try:
            moved += _move(activity_id, ledger, now)
        except (BusyError, KeyError, ValueError, ArithmeticError):
            late += 1
    return tuple(moved), late


def _move(activity_id: str, ledger: ActivityLedger, now: datetime) -> list[Moved]:
    activity = ledger.activity(activity_id)
    action = None if activity is None else next_action(activity, now)
    if activity is None or action is None:
        return []  # the index is a moment old
    after = ledger.move(activity, action, WHO, "its window", now)
    return [] if after is None else [Moved(activity_id, action, after.state)]
