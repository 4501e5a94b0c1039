"""Start and close: activities whose window begins or ends move by themselves."""

from dataclasses import dataclass, field
from datetime import datetime

from tombola.flows.ports import ActivityLedger, Deadline, Lanes
from tombola.flows.set_aside import set_aside
from tombola.rules.activity import Activity
from tombola.rules.due import ACTIVITIES, Standing
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Moved
from tombola.rules.unreadable import Unreadable, why_misplaced
from tombola.rules.window import due_at, next_action

PAGE = 10  # activities a read: each may be large
PAGES_MAX = 10  # a run; the next minute takes the rest
MOVE_SECONDS = 30.0  # time that must be left to move one more: most of a run belongs to orders
WHO = "compensation"


@dataclass(slots=True)
class Starts:
    """The activities that were due: moved, or late if they are due still; None if that was not read."""

    moved: tuple[Moved, ...] = ()
    late: int | None = 0
    set_aside: list[Unreadable] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # for the next run, with the reasons
    errors: list[Exception] = field(default_factory=list)


def start_and_close(ledger: ActivityLedger, lanes: Lanes, deadline: Deadline, now: datetime) -> Starts:
    """Move every activity that is due.

    One that cannot be read or moved now, or not even understood, keeps nobody else: the next run tries again.
    """
    starts, page = Starts(), None
    try:
        for _ in range(PAGES_MAX):
            page = lanes.due(ACTIVITIES, now, PAGE, page)
            for entry, item in lanes.standing(page.entries):
                because = item.because if isinstance(item, Unreadable) else why_misplaced(item, entry.lane)
                if because is not None and deadline.allows(MOVE_SECONDS):
                    starts.set_aside += set_aside(lanes, entry, because, starts.errors, now)
                elif because is None and not isinstance(item, Unreadable | Order):
                    _put_off(entry, item, starts, lanes, deadline, now)
                    _move(item, starts, ledger, deadline, now)
            if page.then is None:
                break
    except BusyError as error:
        starts.late = None
        starts.left.append(f"lane {ACTIVITIES}: {error}")
    except Exception as error:  # noqa: BLE001 - told at the end of the run: orders are worked off
        starts.errors.append(error)
        starts.late = None
    return starts


def _put_off(
    entry: Standing, activity: Activity, starts: Starts, lanes: Lanes, deadline: Deadline, now: datetime
) -> None:
    """Let activity stand where its window says: one that stands too early would be in the way until its time comes."""
    until = due_at(activity)
    if until is None or until <= now or not deadline.allows(MOVE_SECONDS):
        return
    try:
        lanes.put_off(entry, until)  # which does nothing where the index was only a moment old
    except BusyError:
        return  # the next run puts it off
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the activities behind it move
        starts.errors.append(error)


def _move(activity: Activity, starts: Starts, ledger: ActivityLedger, deadline: Deadline, now: datetime) -> None:
    action = next_action(activity, now)
    if action is None:
        return  # the index is a moment old, or says too early a time
    because = "no time is left"
    try:
        after = ledger.move(activity, action, WHO, "its window", now) if deadline.allows(MOVE_SECONDS) else activity
    except BusyError as error:
        after, because = activity, str(error)
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the activities behind it move
        starts.errors.append(error)
        after, because = activity, type(error).__name__
    if after is activity:
        starts.late = (starts.late or 0) + 1
        starts.left.append(f"activity {activity.activity_id}: {because}")
    elif after is not None:
        starts.moved += (Moved(activity.activity_id, action, after.state),)
