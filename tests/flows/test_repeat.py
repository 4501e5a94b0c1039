"""A draw that is on record: read within the time there is, and answered as it was recorded."""

from typing import Any

import pytest

from builders import NOON, a_lost_order, a_request, an_order
from fakes import MemoryLedger, MemoryOutbox, Patience
from tombola.flows.repeat import answer_repeat, read_order
from tombola.rules.draw_machine import TRIES_MAX
from tombola.rules.order import MqState, Order
from tombola.rules.problem import BusyError, Problem
from tombola.rules.ticket import order_id_of
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Drawn

FOR_EVER = 10_000


class SlowLedger(MemoryLedger):
    """A ledger that is busy for so many reads."""

    busy = 0

    def order(self, user_id: str, order_id: int) -> Order | None:
        self.busy -= 1
        if self.busy >= 0:
            raise BusyError("no answer")
        return super().order(user_id, order_id)


def a_ledger(busy: int = 0) -> SlowLedger:
    ledger = SlowLedger()
    ledger.put(an_order())
    ledger.busy = busy
    return ledger


@pytest.mark.parametrize("busy", [0, 1, TRIES_MAX - 1])
def test_a_slow_table_is_read_again(busy: int) -> None:
    assert read_order("xiaofuge", 7, a_ledger(busy), Patience(pauses=FOR_EVER)) == an_order()


@pytest.mark.parametrize(
    "patience",
    [Patience(pauses=FOR_EVER), Patience(pauses=3), Patience(looks=2)],
    ids=["tries are bounded", "no time to pause", "no time to read"],
)
def test_nobody_waits_for_ever(patience: Patience) -> None:
    ledger = a_ledger(busy=FOR_EVER)

    with pytest.raises(BusyError):
        read_order("xiaofuge", 7, ledger, patience)
    assert FOR_EVER - ledger.busy <= TRIES_MAX


def answered(order: Order | Unreadable, **changes: Any) -> tuple[Drawn | Problem, int]:
    """Return the answer, and how many messages were sent for it."""
    ledger, outbox = MemoryLedger(), MemoryOutbox()
    if isinstance(order, Order):
        ledger.put(order)
    answer = answer_repeat(a_request(**changes), order, outbox, ledger, Patience(), NOON)
    return answer, len(outbox.bodies)


@pytest.mark.parametrize(
    "order", [a_lost_order(), an_order(mq_state=MqState.SENT), an_order(mq_state=MqState.FAILED)], ids=repr
)
def test_an_order_is_answered_as_it_is_on_record(order: Order) -> None:
    assert answered(order) == (Drawn(order, repeat=True), 0)


def test_an_order_that_was_never_sent_is_sent() -> None:
    answer, sent = answered(an_order())

    assert isinstance(answer, Drawn)
    assert (answer.order.mq_state, answer.repeat, sent) == (MqState.SENT, True, 1)


def test_another_request_under_its_key_is_refused() -> None:
    answer, sent = answered(an_order(), request_hash="another")

    assert isinstance(answer, Problem)
    assert (answer.status, answer.code, sent) == (422, "0003", 0)


def test_an_order_that_cannot_be_read_is_named() -> None:
    answer, _ = answered(Unreadable(pk="USER#xiaofuge", sk="ORDER#7", because="damage"))

    assert isinstance(answer, Problem)
    assert answer.status == 500
    assert str(order_id_of("100001", "xiaofuge", "key")) in answer.detail
