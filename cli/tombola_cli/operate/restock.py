"""More or less stock of an activity, without its file: the same change, by the same way, in the same log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from tombola.rules.activity import CAP, Activity
from tombola.rules.change import Change, refuse_changes
from tombola_cli.errors import TombolaError
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.apply import Plan, apply, plan
from tombola_cli.operate.stack import Stack


def may_be_restocked(activity: Activity) -> bool:
    """Return whether the state of activity lets its stock be changed."""
    return not refuse_changes(activity, [Change("stock", "", "")])


def restocked(activity: Activity, units: Mapping[str, int]) -> Activity:
    """Return activity with these units of limited awards, and of the cap under CAP; others stay as they are."""
    shares = [
        share if share.stock is None else replace(share, stock=units.get(share.award.award_id, share.stock))
        for share in activity.shares
    ]
    cap = activity.cap and replace(activity.cap, limit=units.get(CAP, activity.cap.limit))
    return replace(activity, shares=tuple(shares), cap=cap)


def plan_restock(activity_id: str, units: Mapping[str, int], stack: Stack) -> Plan:
    """Return what these units would change in the activity as it is now; nothing is written."""
    return plan(_wanted(activity_id, units, stack), stack)


def restock(
    activity_id: str, units: Mapping[str, int], stack: Stack, who: str, why: str, now: datetime, seen: Plan | None
) -> bool:
    """Change the units as seen says; return whether anything was written."""
    return apply(_wanted(activity_id, units, stack), stack, who, why, now, seen=seen)


def _wanted(activity_id: str, units: Mapping[str, int], stack: Stack) -> Activity:
    try:
        return restocked(found(activity_id, stack), units)
    except ValueError as error:
        raise TombolaError(f"activity {activity_id}: {error}") from None
