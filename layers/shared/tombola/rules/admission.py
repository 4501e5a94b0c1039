"""Who may draw an activity now, by which way, and with which facts?"""

from collections.abc import Iterator
from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.policy import POLICIES
from tombola.rules.problem import Problem, closed, not_open, not_open_yet
from tombola.rules.request import DrawRequest


def refuse_draw(activity: Activity, request: DrawRequest, now: datetime) -> Problem | None:
    """Return the first reason why request cannot draw activity at now, None when it can."""
    return next((refusal for refusal in _refusals(activity, request, now) if refusal is not None), None)


def _refusals(activity: Activity, request: DrawRequest, now: datetime) -> Iterator[Problem | None]:
    yield _by_state(activity)
    yield _by_window(activity, now)
    for name, policy in POLICIES.items():
        yield policy.refuse(getattr(activity, name), request, activity.activity_id)


def _by_state(activity: Activity) -> Problem | None:
    return None if activity.state is ActivityState.DOING else not_open(activity.activity_id, activity.state.name)


def _by_window(activity: Activity, now: datetime) -> Problem | None:
    """Refuse outside the window, to which both its moments belong."""
    if now < activity.begin:
        return not_open_yet(activity.activity_id, activity.begin)
    return closed(activity.activity_id, activity.end) if now > activity.end else None
