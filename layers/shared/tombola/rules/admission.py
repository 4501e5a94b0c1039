"""Who may draw an activity now, by which way, and with which facts?"""

from collections.abc import Callable, Sequence
from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.facts import Condition
from tombola.rules.problem import Problem, blocked, closed, not_admitted, not_open, not_open_yet, not_this_way
from tombola.rules.request import DrawRequest
from tombola.rules.state import ActivityState

Limit = Callable[[Activity, DrawRequest, datetime], Problem | None]  # None admits


def refuse_draw(activity: Activity, request: DrawRequest, now: datetime) -> Problem | None:
    """Return the first reason why request cannot draw activity at now, None when it can."""
    refusals = (limit(activity, request, now) for limit in ADMISSION)
    return next((refusal for refusal in refusals if refusal is not None), None)


def by_state(activity: Activity, _: DrawRequest, __: datetime) -> Problem | None:
    return None if activity.state is ActivityState.DOING else not_open(activity.activity_id, activity.state.name)


def by_window(activity: Activity, _: DrawRequest, now: datetime) -> Problem | None:
    """Refuse outside the window, to which both its moments belong."""
    if now < activity.begin:
        return not_open_yet(activity.activity_id, activity.begin)
    return closed(activity.activity_id, activity.end) if now > activity.end else None


def by_way_in(activity: Activity, request: DrawRequest, _: datetime) -> Problem | None:
    """Refuse every way but the named trees, where any are named."""
    target = request.target
    if not activity.through or (target.kind == "tree" and target.name in activity.through):
        return None
    return not_this_way(activity.activity_id, ways_in(activity.through))


def by_user(activity: Activity, request: DrawRequest, _: datetime) -> Problem | None:
    return blocked(activity.activity_id) if request.user_id in activity.blocked else None


def by_facts(activity: Activity, request: DrawRequest, _: datetime) -> Problem | None:
    """Refuse unless every condition holds; the first that does not is told."""
    whys = (condition.unmet(request.facts) for condition in activity.admit)
    why = next((why for why in whys if why is not None), None)
    return None if why is None else not_admitted(activity.activity_id, why)


ADMISSION: tuple[Limit, ...] = (  # what stands first is told first
    by_state,
    by_window,
    by_way_in,
    by_user,
    by_facts,
)


def ways_in(through: Sequence[str]) -> str:
    """Return the ways in as words that follow 'is drawn'."""
    if not through:
        return "directly, and through any tree that leads to it"
    return f"only through {'tree' if len(through) == 1 else 'the trees'} {', '.join(through)}"


def conditions_told(conditions: Sequence[Condition]) -> str:
    return "; ".join(map(str, conditions)) or "everybody"
