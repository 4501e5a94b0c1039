"""Tell: ask distribution for a prize that is on record."""

from datetime import datetime

from tombola.flows.ports import Deadline, Marks, Outbox
from tombola.rules.activity import GrantType
from tombola.rules.order import Order, is_for_time
from tombola.rules.order_life import MARK_FAILED, MARK_SENT, changed
from tombola.rules.problem import BusyError

PUBLISH_SECONDS = 2.5  # what sending may take; less left, and compensation sends
CALL_SECONDS = 5.0  # what one call to the ledger may take, the SDK's own retry included


def keep_time(deadline: Deadline) -> None:
    """Raise BusyError while there is time to answer it, rather than be killed in the middle of a call."""
    if not deadline.allows(CALL_SECONDS):
        raise BusyError("too little time is left for another call")


def tell(order: Order, outbox: Outbox, ledger: Marks, deadline: Deadline, now: datetime) -> Order:
    """Publish the invoice and mark it; nothing here can fail the draw, since compensation repairs it all."""
    at_once = order.grant_type is GrantType.AT_ONCE and is_for_time(order)
    if not at_once or not deadline.allows(PUBLISH_SECONDS):
        return order
    try:
        sent = outbox.publish([order])
        if sent.carried:
            return order
        if not deadline.allows(CALL_SECONDS):
            return order  # unmarked, the message is sent once more: harmless
        if sent.taken:
            return changed(order, MARK_SENT, now=now) if ledger.mark_sent(order, now) else order
        return changed(order, MARK_FAILED, now=now) if ledger.mark_failed(order, now) else order
    except BusyError:
        return order
