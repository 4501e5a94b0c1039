"""What may an operator do with an order on which something is still to be done?"""

from dataclasses import replace
from datetime import datetime, timedelta

from tombola.rules.order import Act, GrantState, Order, is_waiting, waits_for_a_hand, waits_for_its_user
from tombola.rules.order_life import Change

ACTS_MAX = 50  # on one order, beyond which it is tried no more: each stays on its item
WHO_MAX = 100  # characters
WHY_MAX = 500  # characters; of the reason that an act ended no more are kept either
RECLAIM = timedelta(days=14)  # that a user gets whose prize was not claimed, once an operator tries it again


def refuse_release(order: Order) -> str | None:
    """Return why order's prize cannot be let go, None if it can."""
    if not is_waiting(order) or not waits_for_a_hand(order):
        return "it does not wait for a hand"
    return "its user has not claimed it yet" if waits_for_its_user(order) else None


def refuse_retry(order: Order) -> str | None:
    """Return why order's prize cannot be tried again, None if it can."""
    if not _is_parked(order):
        return f"only a parked prize can be tried again, and this order {_state(order)}"
    if len(order.acts) >= ACTS_MAX:
        return f"operators have acted on it {len(order.acts)} times, and {ACTS_MAX} are the most: it can only be voided"
    return None


def refuse_void(order: Order, *, not_issued: bool) -> str | None:
    """Return why order's prize cannot be given up, None if it can; not_issued: the caller has asked its provider."""
    if not _is_parked(order):
        return f"only a parked prize can be voided, and this order {_state(order)}"
    if order.award is not None and order.award.award_type.outside and not not_issued:
        return "its provider may have issued it in a call that failed: ask there, and void it with --not-issued"
    return None


def act_on(order: Order, change: Change, who: str, why: str, now: datetime) -> Act:
    """Return the act by which change is made to order; raise ValueError if who or why is too long to be kept."""
    for name, words, longest in (("who", who, WHO_MAX), ("why", why, WHY_MAX)):
        if len(words) > longest:
            raise ValueError(f"{name}: {len(words)} characters are more than {longest}: say it in fewer")
    act = Act(at=now, what=change.name, who=who, why=why)
    if not _is_parked(order):
        return act
    return replace(act, ended=(order.parked_because or "")[:WHY_MAX], parked_at=order.due_at)


def _is_parked(order: Order) -> bool:
    return order.award is not None and order.grant_state is GrantState.PARKED


def _state(order: Order) -> str:
    return "has lost" if order.award is None else f"is {order.grant_state.name.lower()}"
