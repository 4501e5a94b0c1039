"""May this activity be drawn now, and when does it open and close by itself?"""

from datetime import datetime, timedelta

from tombola.rules.activity import Activity
from tombola.rules.problem import Problem, blocked, closed, not_open, not_open_yet
from tombola.rules.state import Action, ActivityState

# The state may turn before the window begins: a draw has its own clock, and the first second of a sale counts.
# More than a minute between two runs, and ten seconds that a draw may remember the state before.
START_AHEAD = timedelta(seconds=90)
INSTANT = timedelta(milliseconds=1)  # the end itself still belongs to the window


def refuse_draw(activity: Activity, user_id: str, now: datetime) -> Problem | None:
    """Return why user_id cannot draw activity at now, or None when they can."""
    if activity.state is not ActivityState.DOING:
        return not_open(activity.activity_id, activity.state.name)
    if now < activity.begin:
        return not_open_yet(activity.activity_id, activity.begin)
    if now > activity.end:
        return closed(activity.activity_id, activity.end)
    return blocked(activity.activity_id) if user_id in activity.blocked else None


def due_at(activity: Activity) -> datetime | None:
    """Return when activity starts or closes by itself next, None if it does not."""
    if activity.state in (ActivityState.PASS, ActivityState.OPEN):
        return activity.begin - START_AHEAD
    return activity.end + INSTANT if activity.state is ActivityState.DOING else None


def next_action(activity: Activity, now: datetime) -> Action | None:
    """Return what compensation does to activity at now, None if nothing."""
    due = due_at(activity)
    if due is None or now < due:
        return None
    return Action.CLOSE if now > activity.end else Action.START
