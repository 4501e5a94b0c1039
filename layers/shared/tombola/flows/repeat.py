"""Repeat: a draw that is on record is answered from the record, whatever else is broken."""

from dataclasses import replace
from datetime import datetime

from tombola.flows.ports import Deadline, DrawLedger, Outbox
from tombola.flows.tell import keep_time, tell
from tombola.rules.draw_machine import TRIES_MAX
from tombola.rules.order import MqState, Order, is_waiting
from tombola.rules.problem import BusyError, Problem, another_request, unreadable
from tombola.rules.request import DrawRequest
from tombola.rules.ticket import order_id_of
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Drawn


def read_order(user_id: str, order_id: int, ledger: DrawLedger, deadline: Deadline) -> Order | Unreadable | None:
    """Return what is on record, however slow the table is within the time there is."""
    for tries in range(TRIES_MAX):
        keep_time(deadline)
        try:
            return ledger.order(user_id, order_id)
        except BusyError:
            if not deadline.pause(tries):
                raise
    raise BusyError(f"order {order_id}: not read in {TRIES_MAX} tries")


def read_after(
    result: Problem | Exception, request: DrawRequest, order_id: int, ledger: DrawLedger, deadline: Deadline
) -> Order | Unreadable | None:
    """Return what is on record of a draw that came to no order; raise BusyError where there is nothing else to tell.

    Its words name the draw, and the first reason: whatever is busy later has to do with the little time that is left.
    """
    before = result if isinstance(result, BusyError) else None
    try:
        recorded = read_order(request.user_id, order_id, ledger, deadline)
    except BusyError as error:
        busy = BusyError(f"order {order_id} of {request.target.scope}: {before or error}")
        busy.error = _unforeseen(result)
        raise busy from error
    if recorded is None and before is not None:
        raise BusyError(f"order {order_id} of {request.target.scope}: {before}") from before
    return recorded


def answer_repeat(
    request: DrawRequest,
    order: Order | Unreadable,
    outbox: Outbox,
    ledger: DrawLedger,
    deadline: Deadline,
    now: datetime,
) -> Drawn | Problem:
    """Return the recorded answer, or why request may not have it."""
    if isinstance(order, Unreadable):
        return unreadable("order", str(order_id_of(request.target.scope, request.user_id, request.idempotency_key)))
    if order.request_hash != request.request_hash:
        return another_request()
    # Never sent, so the first answer was lost, or is on its way: a second message is harmless.
    unsent = order.mq_state is MqState.NOT_SENT and is_waiting(order)
    return Drawn(tell(order, outbox, ledger, deadline, now) if unsent else order, repeat=True)


def with_error(answer: Drawn | Problem, met: Problem | Exception) -> Drawn | Problem:
    """Return answer; it carries the error that the draw met before, if nobody foresaw it and answer hides it."""
    return answer if isinstance(answer, Problem) else replace(answer, error=_unforeseen(met))


def _unforeseen(met: Problem | Exception) -> Exception | None:
    return None if isinstance(met, Problem | BusyError) else met
