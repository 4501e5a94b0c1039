"""Distribute: hand each prize over once, and write down what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tombola.flows.ports import GrantLedger, Prizes
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import Invoice, Message, PoisonError, contradictions
from tombola.rules.order import Order, OrderKey, may_be_granted
from tombola.rules.order_life import BEGIN, changed
from tombola.rules.problem import BusyError, TooLittleTimeError
from tombola.rules.remedy import Waits, backoff, had_no_effect
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Failed, Grant, Refused, Unchanged, UnderWay


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributePorts:
    """The ports of distribution, built once and used by many messages."""

    ledger: GrantLedger
    prizes: Mapping[AwardType, Prizes]
    waits: Waits


def order_named(message: Message, orders: Mapping[OrderKey, Order | Unreadable]) -> Order:
    """Return the order that message names; raise PoisonError if there is none or it says something else."""
    if isinstance(message.invoice, PoisonError):
        raise message.invoice
    key = message.invoice.order_key if isinstance(message.invoice, Invoice) else message.invoice
    (_, order_id), order = key, orders.get(key)
    if order is None:
        raise PoisonError(f"order {order_id} does not exist")
    if isinstance(order, Unreadable):  # compensation sets it aside, and sends it again once it can be read
        raise PoisonError(f"order {order_id} cannot be read: {order.because}")
    wrong = contradictions(message.invoice, order) if isinstance(message.invoice, Invoice) else []
    if wrong:
        raise PoisonError(f"order {order_id} is not what the message says in {', '.join(wrong)}")
    return order


def distribute(order: Order, ports: DistributePorts, now: datetime) -> Grant:
    """Grant order's prize if its time has come; late, early, doubled and dead-lettered messages change nothing.

    The retry of a failed grant belongs to the ledger: it is recorded with its next time, and the message is done.
    """
    if order.award is None or not may_be_granted(order, now):
        return Unchanged()
    counted = had_no_effect(order)
    if counted and not ports.ledger.begin(order):
        return Unchanged()  # somebody else has begun it, or it is granted
    begun = changed(order, BEGIN) if counted else order
    try:
        grant = _try(order, order.award.award_type, ports, now)
    except TooLittleTimeError:
        _take_back(begun, ports, counted=counted)
        raise
    if isinstance(grant, UnderWay):
        _take_back(begun, ports, counted=counted)
        return grant
    return grant if _write_down(grant, order, ports, now) else Unchanged()


def _try(order: Order, award_type: AwardType, ports: DistributePorts, now: datetime) -> Grant:
    """Return what the provider makes of order; whatever goes wrong with it is a failure of this order alone."""
    provider = ports.prizes.get(award_type)
    if provider is None:
        return Refused(f"nobody hands over awards of type {award_type.name}")
    try:
        return provider.grant(order, now)
    except BusyError:
        raise  # the table does not answer, and could not record a failure either: the message comes back
    except Exception as error:  # noqa: BLE001 - unforeseen: recorded, told, and tried again with backoff
        return Failed(type(error).__name__, error=error)


def _take_back(begun: Order, ports: DistributePorts, *, counted: bool) -> None:
    """Let a try that was none count for nothing; an order that has moved on meanwhile has another count."""
    if counted:
        ports.ledger.unbegin(begun)


def _write_down(grant: Grant, order: Order, ports: DistributePorts, now: datetime) -> bool:
    """Return False if the order has moved on meanwhile."""
    if isinstance(grant, Refused):
        return ports.ledger.park(order, grant.because, now)
    if isinstance(grant, Failed) and not grant.counts:
        until = grant.retry_at or now + backoff(ports.waits, order.claims)  # a claim comes before each try
        return ports.ledger.hold(order, grant.because, until, now)
    if isinstance(grant, Failed):
        until = grant.retry_at or now + backoff(ports.waits, order.failures)
        return ports.ledger.postpone(order, grant.because, until, now)
    return True
