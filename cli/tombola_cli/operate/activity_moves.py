"""Moving an activity from state to state, and finding it."""

from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.activity_life import moved
from tombola.rules.activity_states import Action, IllegalActionError
from tombola.rules.log import Entry
from tombola_cli.errors import TombolaError
from tombola_cli.operate.apply import unfinished
from tombola_cli.operate.batches import stock_name
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.stack import Stack

TRIES_MAX = 200  # that others overtake; patience ends before


def take(
    action: Action, activity_id: str, stack: Stack, who: str, why: str, now: datetime, seen: Activity | None = None
) -> Activity:
    """Take action; raise TombolaError if the activity's state does not allow it, or somebody else was faster.

    seen is the activity as whoever decides this has seen it: another than that is not moved. Units that come back to
    stock write to the log, too: they overtake this again and again, and change nothing else.
    """
    seen, patience = seen or found(activity_id, stack), stack.patience()
    activity = seen
    for tries in range(TRIES_MAX):
        after, entry = planned(action, activity, stack, who, why, now)
        if activity_ledger(stack).write(activity, after, entry):
            return after
        activity = found(activity_id, stack)
        if (activity.state, activity.version) != (seen.state, seen.version) or not patience.pause(tries):
            break
    raise TombolaError(f"activity {activity_id} was changed by somebody else meanwhile: look, and try again")


def planned(
    action: Action, activity: Activity, stack: Stack, who: str, why: str, now: datetime
) -> tuple[Activity, Entry]:
    """Return activity after action, and the line of its log; raise TombolaError if it cannot be taken."""
    try:
        step = moved(activity, action, who, why, now)
    except IllegalActionError as error:
        raise TombolaError(f"activity {activity.activity_id}: {error}") from None
    _check_ready(action, activity, stack, now)
    return step


def _check_ready(action: Action, activity: Activity, stack: Stack, now: datetime) -> None:
    """Raise TombolaError if the activity is brought nearer to its draws and is not fit for them."""
    if action not in (Action.SUBMIT, Action.APPROVE, Action.OPEN):
        return
    if now > activity.end:
        words = f"its window ended at {activity.end.isoformat()}: apply it with a later end first"
        raise TombolaError(f"activity {activity.activity_id}: {words}")
    awards = unfinished(activity, stack)
    if awards:
        names = ", ".join(map(stock_name, awards))
        words = f"an interrupted apply left {names} unfinished: apply the file again first"
        raise TombolaError(f"activity {activity.activity_id}: {words}")


def found(activity_id: str, stack: Stack) -> Activity:
    """Return the activity on record; raise TombolaError if there is none."""
    activity = legible(activity_ledger(stack).activity(activity_id))
    if activity is None:
        raise TombolaError(f"there is no activity {activity_id}: tombola activity list shows which there are")
    return activity
