"""A batch: orders beside each other, each once, and nothing begun without time."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from builders import NOON, WAITS, an_order
from fakes import MemoryLedger, Patience
from tombola.aws.invoices import read_message
from tombola.flows.distribute import DistributePorts
from tombola.flows.distribute_batch import Back, Done, Ended, distribute_batch
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import Message, PoisonError, invoice_json
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError, TooLittleTimeError
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged

BATCH = 10
TOGETHER_SECONDS_MAX = 10.0


@dataclass
class Provider:
    """Answers each order as it is told to, and keeps which it was asked for."""

    ledger: MemoryLedger
    answers: dict[int, Grant | Exception] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def grant(self, order: Order, now: datetime) -> Grant:
        self.asked.append(order.order_id)
        answer = self.answers.get(order.order_id)
        if isinstance(answer, Exception):
            raise answer
        return answer or (Granted() if self.ledger.grant(order, now) else Unchanged())


@dataclass
class RefusingLedger(MemoryLedger):
    """A table that takes no write about what became of these orders."""

    refuses: frozenset[int] = frozenset()

    def postpone(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        self._refuse(order)
        return super().postpone(order, because, until, now)

    def park(self, order: Order, because: str, now: datetime) -> bool:
        self._refuse(order)
        return super().park(order, because, now)

    def _refuse(self, order: Order) -> None:
        if order.order_id in self.refuses:
            raise BusyError("throttled")


def a_batch(*orders: Order) -> list[Message]:
    """Return a message for each order, by its place."""
    return [read_message(str(at), invoice_json(order)) for at, order in enumerate(orders)]


def a_ledger(orders: Iterable[Order], refuses: Iterable[int] = ()) -> MemoryLedger:
    ledger = RefusingLedger(refuses=frozenset(refuses))
    for order in orders:
        ledger.put(order)
    return ledger


def ended(messages: Sequence[Message], provider: Provider, patience: Patience | None = None) -> dict[str, Ended]:
    """Return how each message ends, one after another."""
    ports = DistributePorts(ledger=provider.ledger, prizes={AwardType.TEXT: provider}, waits=WAITS)
    found = list(distribute_batch(messages, ports, patience or Patience(), map, NOON))
    assert len(found) == len(messages)
    return {each.message_id: each for each in found}


def test_a_batch_of_ten_with_one_poison_message_grants_nine_at_once() -> None:
    orders = [an_order(number) for number in range(BATCH - 1)]
    poison = read_message("poison", "no invoice")
    provider = Provider(a_ledger(orders))

    found = ended([poison, *a_batch(*orders)], provider)

    back = found.pop("poison")
    assert isinstance(back, Back)
    assert isinstance(back.error, PoisonError)
    assert list(found.values()) == [Done(str(at), order, Granted()) for at, order in enumerate(orders)]
    assert {order.grant_state for order in provider.ledger.orders_by_key.values()} == {GrantState.GRANTED}


def test_no_order_of_a_batch_waits_for_another() -> None:
    """Ten calls that only answer when all ten have come."""

    @dataclass
    class Together(Provider):
        all_here: Barrier = field(default_factory=lambda: Barrier(BATCH, timeout=TOGETHER_SECONDS_MAX))

        def grant(self, order: Order, now: datetime) -> Grant:
            self.all_here.wait()
            return super().grant(order, now)

    orders = [an_order(number) for number in range(BATCH)]
    provider = Together(a_ledger(orders))
    ports = DistributePorts(ledger=provider.ledger, prizes={AwardType.TEXT: provider}, waits=WAITS)

    with ThreadPoolExecutor(BATCH) as threads:
        found = list(distribute_batch(a_batch(*orders), ports, Patience(), threads.map, NOON))

    assert [each.grant for each in found if isinstance(each, Done)] == [Granted()] * BATCH


@pytest.mark.parametrize("answer", [None, Failed("down"), Refused("never")], ids=str)
def test_messages_of_one_order_ask_its_provider_once_and_are_all_done(answer: Grant | None) -> None:
    order = an_order()
    provider = Provider(a_ledger([order]), {} if answer is None else {order.order_id: answer})

    found = ended(a_batch(order, order, order), provider)

    assert provider.asked == [order.order_id]
    assert found == {
        "0": Done("0", order, answer or Granted()),
        "1": Done("1", order, Unchanged()),
        "2": Done("2", order, Unchanged()),
    }


@pytest.mark.parametrize("answer", [Failed("down"), Refused("never"), RuntimeError("secret")], ids=str)
def test_a_failure_that_cannot_be_recorded_brings_every_message_of_its_order_back(answer: Grant | Exception) -> None:
    orders = [an_order(1), an_order(2)]
    provider = Provider(a_ledger(orders, refuses=[1]), {1: answer, 2: answer})

    found = ended(a_batch(orders[0], orders[0], orders[1]), provider)

    assert [message_id for message_id, each in found.items() if isinstance(each, Back)] == ["0", "1"]
    assert provider.ledger.orders_by_key["xiaofuge", 1] == orders[0]


def test_nothing_is_begun_without_time_and_all_of_it_comes_back() -> None:
    orders = [an_order(number) for number in range(3)]
    provider = Provider(a_ledger(orders))

    found = ended(a_batch(*orders), provider, Patience(looks=1))

    assert provider.asked == [0]
    assert isinstance(found["0"], Done)
    assert [type(each.error) for each in found.values() if isinstance(each, Back)] == [TooLittleTimeError] * 2


def test_orders_that_cannot_be_read_are_not_absent_and_nothing_is_begun() -> None:
    class UnreadLedger(MemoryLedger):
        def orders(self, keys: object) -> dict[tuple[str, int], Order]:
            raise BusyError("some stayed unread")

    provider = Provider(UnreadLedger())

    with pytest.raises(BusyError):
        ended(a_batch(an_order()), provider)
    assert provider.asked == []


def test_a_prize_that_is_not_due_is_done_with_and_nobody_is_asked() -> None:
    order = an_order(grant_at=NOON + timedelta(seconds=1))
    provider = Provider(a_ledger([order]))

    assert ended(a_batch(order), provider) == {"0": Done("0", order, Unchanged())}
    assert provider.asked == []
