"""What may a user do with a prize: claim it, give the address that it is sent to, and until when?"""

from datetime import datetime, timedelta

from tombola.rules.order import Act, GrantState, Order, due_when_retried, is_waiting, waits_for_its_user
from tombola.rules.order_life import Change
from tombola.rules.problem import Problem, not_yours_to_claim, too_late

GRACE = timedelta(seconds=2)  # for a claim that began in time, and for clocks that differ
DEADLINE = "deadline"  # who an act is by that no person made
LOST, VOIDED = "the draw did not win", "the prize was given up, and is void"


def refuse_claim(order: Order, now: datetime) -> Problem | None:
    """Return why order's prize cannot be claimed now; None if it can, or if nobody has to claim it any more."""
    refusal = _refusal(order)
    if refusal is None and waits_for_its_user(order) and order.award is not None and order.award.award_type.addressed:
        return not_yours_to_claim(order.order_id, "it is claimed by giving a shipping address")
    return refusal or _refuse_late(order, now)


def refuse_address(order: Order, now: datetime) -> Problem | None:
    """Return why no address, or no other one, can be given for order's prize now, None if one can."""
    refusal = _refusal(order)
    if refusal is None and order.award is not None and not order.award.award_type.addressed:
        return not_yours_to_claim(order.order_id, "no parcel takes its prize, so that it needs no address")
    if refusal is None and order.batch is not None:
        return too_late(order.order_id, "its parcel has left, and the address stays as it was")
    return refusal or _refuse_late(order, now)


def due_when_accepted(order: Order, first_check: timedelta, now: datetime) -> datetime:
    """Return when order is due that is claimed now: it is told to distribution at once, and not before its time."""
    return due_when_retried(order, now + first_check)


def has_passed(order: Order, now: datetime) -> bool:
    """Return whether order waits for its user, whose time is over."""
    return is_waiting(order) and waits_for_its_user(order) and order.accept_by is not None and now > order.accept_by


def why_missed(order: Order) -> str:
    """Return why order is parked, or void; an operator finds the orders by these words."""
    addressed = order.award is not None and order.award.award_type.addressed
    until = "" if order.accept_by is None else f" until {order.accept_by.isoformat()}"
    return f"no shipping address was given{until}" if addressed else f"it was not claimed{until}"


def act_of_deadline(change: Change, order: Order, now: datetime) -> Act:
    """Return the act by which the deadline makes change to order."""
    return Act(at=now, what=change.name, who=DEADLINE, why=why_missed(order))


def _refusal(order: Order) -> Problem | None:
    if order.award is None:
        return not_yours_to_claim(order.order_id, LOST)
    if order.grant_state is GrantState.VOID:  # one that its user has missed is told as that
        return None if waits_for_its_user(order) else not_yours_to_claim(order.order_id, VOIDED)
    return None


def _refuse_late(order: Order, now: datetime) -> Problem | None:
    if not waits_for_its_user(order) or (is_waiting(order) and not has_passed(order, now)):
        return None
    return too_late(order.order_id, why_missed(order))
