"""When does an activity start and close by itself, and when are its prizes granted?"""

from datetime import datetime, timedelta

from tombola.rules.activity import Activity, GrantType, Share
from tombola.rules.activity_states import Action, ActivityState

# The state may turn before the window begins: a draw has its own clock, and the first second of a sale counts.
# More than a minute between two runs, and ten seconds that a draw may remember the state before.
START_AHEAD = timedelta(seconds=90)
INSTANT = timedelta(milliseconds=1)  # the end itself still belongs to the window


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


def grant_at(activity: Activity, share: Share, now: datetime) -> datetime | None:
    """Return when the award of share, drawn at now, may be granted; None where that is at once or by hand."""
    if activity.grant_of(share) is not GrantType.AT_A_TIME:
        return None
    return max(activity.grant_at or activity.end, now)
