"""Accept: a user claims a prize in time, or says where it is to be sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tombola.flows.ports import AcceptLedger, Deadline, Outbox
from tombola.flows.tell import keep_time, tell
from tombola.rules.acceptance import due_when_accepted, refuse_address, refuse_claim
from tombola.rules.address_request import read_shipping_address
from tombola.rules.order import GrantState, Order, waits_for_its_user
from tombola.rules.order_life import ACCEPT, CHANGE_ADDRESS, GIVE_ADDRESS, changed
from tombola.rules.problem import BusyError, Problem, unknown, unreadable
from tombola.rules.remedy import Waits
from tombola.rules.request import CLAIM_ROUTE, Asked, is_order_id, path_user
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.unreadable import Unreadable

TRIES_MAX = 5  # of one request, whose order moves on while it is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPorts:
    """The ports of a claim, built once and used by many."""

    ledger: AcceptLedger
    outbox: Outbox
    waits: Waits


def accept(
    route: str, asked: Asked, body: str | None, ports: AcceptPorts, deadline: Deadline, now: datetime
) -> Order | Problem:
    """Do what a request to that route asks: claim a prize, or take the address that its body gives."""
    if route == CLAIM_ROUTE:
        return claim_prize(asked, ports, deadline, now)
    address = read_shipping_address(body)
    return address if isinstance(address, Problem) else give_address(asked, address, ports, deadline, now)


def claim_prize(asked: Asked, ports: AcceptPorts, deadline: Deadline, now: datetime) -> Order | Problem:
    """Return the order whose prize is claimed, be it by an earlier request, or why it cannot be."""

    def accept(order: Order) -> Order | Problem | None:
        refusal = refuse_claim(order, now)
        if refusal is not None or not waits_for_its_user(order):
            return refusal or order
        until = due_when_accepted(order, ports.waits.first_check, now)
        if not ports.ledger.accept(order, until, now):
            return None
        return _told(changed(order, ACCEPT, now=now, until=until), ports, deadline, now)

    return _decided(asked, accept, ports, deadline)


def give_address(
    asked: Asked, address: ShippingAddress, ports: AcceptPorts, deadline: Deadline, now: datetime
) -> Order | Problem:
    """Return the order whose prize is sent to address, or why it is not."""

    def take(order: Order) -> Order | Problem | None:
        refusal = refuse_address(order, now)
        if refusal is not None:
            return refusal
        if order.grant_state is GrantState.GRANTED:  # its address is the shipment's by now
            return order if ports.ledger.change_shipment(order, address) else None
        if not waits_for_its_user(order):
            after = changed(order, CHANGE_ADDRESS, address=address)
            return _told(after, ports, deadline, now) if ports.ledger.change_address(order, address) else None
        until = due_when_accepted(order, ports.waits.first_check, now)
        if not ports.ledger.give_address(order, address, until, now):
            return None
        return _told(changed(order, GIVE_ADDRESS, now=now, until=until, address=address), ports, deadline, now)

    return _decided(asked, take, ports, deadline)


def _decided(
    asked: Asked, decide: Callable[[Order], Order | Problem | None], ports: AcceptPorts, deadline: Deadline
) -> Order | Problem:
    """Return what decide makes of the order on record; None from it: the order has moved on, and is looked at anew."""
    user_id, order_id = path_user(asked.names["user_id"], asked.bearer), asked.names["order_id"]
    if isinstance(user_id, Problem):
        return user_id
    for _ in range(TRIES_MAX):
        keep_time(deadline)
        order = ports.ledger.order(user_id, int(order_id)) if is_order_id(order_id) else None
        if isinstance(order, Unreadable):
            return unreadable("order", order_id)
        if order is None:
            return unknown("order", order_id)
        keep_time(deadline)
        end = decide(order)
        if end is not None:
            return end
    raise BusyError(f"order {order_id}: it has moved on at each of {TRIES_MAX} looks")


def _told(order: Order, ports: AcceptPorts, deadline: Deadline, now: datetime) -> Order:
    """Ask distribution for a prize whose time has come; compensation does where that fails."""
    return tell(order, ports.outbox, ports.ledger, deadline, now)
