"""Blocking a user in an activity, and taking that back, where its file is not at hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.change import changes_between, refuse_changes
from tombola.rules.unreadable import Unreadable
from tombola.rules.user_id import check_user_id
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import BLOCKED_MAX
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.apply import Plan, apply, plan
from tombola_cli.operate.stack import Stack


def changeable(activities: Sequence[Activity | Unreadable], user_id: str, *, blocked: bool) -> list[Activity]:
    """Return the activities in which the rules let an operator block the user, or take that back."""
    legible = [each for each in activities if isinstance(each, Activity) and (user_id in each.blocked) != blocked]
    return [each for each in legible if not refuse_changes(each, changes_between(each, _with(each, user_id, blocked)))]


def planned(user_id: str, activity_id: str, stack: Stack, *, blocked: bool) -> Plan:
    """Return what that would change; nothing is written."""
    return plan(_wanted(found(activity_id, stack), user_id, blocked), stack)


def perform(user_id: str, activity_id: str, stack: Stack, who: str, why: str, now: datetime, *, blocked: bool) -> bool:
    """Block the user from now on, or take that back; return whether anything was written."""
    before = found(activity_id, stack)
    seen = plan(_wanted(before, user_id, blocked), stack)
    if seen.found is None or seen.found.version != before.version:
        raise TombolaError(f"activity {activity_id} was changed by somebody else meanwhile: look, and try again")
    return apply(seen.wanted, stack, who, why, now, seen=seen)


def _wanted(activity: Activity, user_id: str, blocked: bool) -> Activity:
    """Return activity as it is to be; raise TombolaError where a file could not say so."""
    problem = check_user_id(user_id)
    if problem is not None:
        raise TombolaError(problem.detail)
    wanted = _with(activity, user_id, blocked)
    if len(wanted.blocked) > BLOCKED_MAX:
        raise TombolaError(f"activity {activity.activity_id} blocks {BLOCKED_MAX} users, and more cannot be blocked")
    return wanted


def _with(activity: Activity, user_id: str, blocked: bool) -> Activity:
    others = tuple(each for each in activity.blocked if each != user_id)
    return replace(activity, blocked=(*others, user_id) if blocked else others)
