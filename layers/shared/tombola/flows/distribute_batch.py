"""Distribute a batch: orders beside each other, the messages of one order once, and nothing begun that has no time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from tombola.flows.distribute import DistributePorts, distribute, order_named
from tombola.flows.ports import Deadline
from tombola.rules.invoice import Message, PoisonError
from tombola.rules.order import Order, OrderKey
from tombola.rules.problem import TooLittleTimeError
from tombola.rules.verdict import Grant, Unchanged

GRANT_SECONDS = 5.0  # that a grant may take: a write waits 4 seconds at most. Without them it is not begun


@dataclass(frozen=True, slots=True)
class Done:
    """The message is done with: this came of it, and is on record."""

    message_id: str
    order: Order
    grant: Grant


@dataclass(frozen=True, slots=True)
class Back:
    """The message goes back to the transport, which hands it over again: nothing that came of it is on record."""

    message_id: str
    error: Exception


@dataclass(frozen=True, slots=True)
class _Work:
    """An order, and the messages of the batch that name it."""

    order: Order
    message_ids: list[str] = field(default_factory=list)


Ended = Done | Back
Spread = Callable[[Callable[[_Work], list[Ended]], Iterable[_Work]], Iterable[list[Ended]]]


def distribute_batch(
    messages: Sequence[Message], ports: DistributePorts, deadline: Deadline, spread: Spread, now: datetime
) -> Iterator[Ended]:
    """Yield how each message ends. spread maps over the orders, in parallel or not: no order waits for another.

    Raise BusyError if the orders cannot be read; then nothing was begun.
    """
    orders = ports.ledger.orders(each.order_key for each in messages if each.order_key is not None)
    works: dict[OrderKey, _Work] = {}
    for message in messages:
        try:
            order = order_named(message, orders)
        except PoisonError as error:
            yield Back(message.message_id, error)
        else:
            works.setdefault((order.user_id, order.order_id), _Work(order)).message_ids.append(message.message_id)
    for ended in spread(partial(_do, ports=ports, deadline=deadline, now=now), works.values()):
        yield from ended


def _do(work: _Work, ports: DistributePorts, deadline: Deadline, now: datetime) -> list[Ended]:
    """Distribute an order once, for the first of its messages; the others have nothing left to do, or go back too."""
    first, *doubles = work.message_ids
    try:
        grant = _in_time(work.order, ports, deadline, now)
    except Exception as error:  # noqa: BLE001 - nothing is on record: whatever it was is told, and the message comes back
        return [Back(message_id, error) for message_id in work.message_ids]
    return [Done(first, work.order, grant), *(Done(message_id, work.order, Unchanged()) for message_id in doubles)]


def _in_time(order: Order, ports: DistributePorts, deadline: Deadline, now: datetime) -> Grant:
    if not deadline.allows(GRANT_SECONDS):
        raise TooLittleTimeError(f"fewer than {GRANT_SECONDS:.0f} seconds are left")
    return distribute(order, ports, now)
