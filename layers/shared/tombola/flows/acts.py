"""Acts: let an operator release a prize, try it again or give it up; each act stands on the order."""

from datetime import datetime

from tombola.flows.ports import ActLedger
from tombola.rules.act import RECLAIM, act_on, refuse_release, refuse_retry, refuse_void
from tombola.rules.order import Order, waits_for_its_user
from tombola.rules.order_life import RELEASE, RETRY, RETRY_UNCLAIMED, VOID

MOVED_ON = "it has moved on meanwhile: look at it, and try again"


def release(order: Order, who: str, why: str, ledger: ActLedger, now: datetime) -> str | None:
    """Let order's prize, which waits for a hand, be granted; return why not, None if it is done."""
    refusal = refuse_release(order)
    return refusal or _told(made=ledger.release(order, act_on(order, RELEASE, who, why, now)))


def retry(order: Order, who: str, why: str, ledger: ActLedger, now: datetime) -> str | None:
    """Let order's prize, which is parked, be tried again; return why not, None if it is done.

    A call that is still under way may grant it meanwhile: either way it is granted once. A user who has missed the
    deadline gets another one.
    """
    refusal = refuse_retry(order)
    if refusal is None and waits_for_its_user(order):
        act = act_on(order, RETRY_UNCLAIMED, who, why, now)
        return _told(made=ledger.retry_unclaimed(order, act, now + RECLAIM))
    return refusal or _told(made=ledger.retry(order, act_on(order, RETRY, who, why, now)))


def void(order: Order, who: str, why: str, ledger: ActLedger, now: datetime, *, not_issued: bool) -> str | None:
    """Give order's prize, which is parked, up, and its unit back to stock; return why not, None if it is done."""
    refusal = refuse_void(order, not_issued=not_issued)
    return refusal or _told(made=ledger.void(order, act_on(order, VOID, who, why, now)))


def _told(*, made: bool) -> str | None:
    return None if made else MOVED_ON
