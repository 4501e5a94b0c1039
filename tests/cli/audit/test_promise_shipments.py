"""The auditor looks at parcels: every way in which one may be lost, sent twice, or told otherwise by its order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from addresses import FIELDS
from builders import NOON, SECOND, an_order
from parcels import a_shipment, a_shipment_out, an_order_of_a_parcel
from tombola.aws.items import order_item
from tombola.aws.shipment_items import item_of
from tombola.rules.order import GrantState, MqState, Order
from tombola_cli.audit.promise_shipments import each_parcel_is_sent_once
from tombola_cli.audit.snapshot import books_of

Items = list[dict[str, Any]]
SHIPPED: Any = {"carrier": "DHL", "tracking": "00340", "shipped_at": NOON + 2 * SECOND}


def granted(order_id: int, **changes: Any) -> Order:
    order = an_order_of_a_parcel(order_id, grant_state=GrantState.GRANTED, grants=1, granted_at=NOON, due_at=None)
    return replace(order, mq_state=MqState.SENT, **changes)


def the_items() -> Items:
    """Return books with a parcel that is new, one that left, one that is shipped, and two prizes without any."""
    return [
        order_item(granted(1)),
        order_item(granted(2, batch="b1")),
        order_item(granted(3, batch="b1", **SHIPPED)),
        order_item(an_order_of_a_parcel(4)),
        order_item(an_order(5)),
        item_of(a_shipment(1, addresses=2)),
        item_of(a_shipment_out(2, "b1")),
        item_of(a_shipment_out(3, "b1", **SHIPPED)),
    ]


def told(items: Items) -> list[tuple[str, str]]:
    breaches = [*each_parcel_is_sent_once(books_of(items))]
    assert {breach.promise for breach in breaches} <= {"P3"}
    assert not [text for text in FIELDS.values() if len(text) > 4 and text in repr(breaches)]
    return [(breach.where, breach.what) for breach in breaches]


def test_the_books_of_parcels_balance_as_they_are() -> None:
    assert told(the_items()) == []


def test_records_of_batches_and_gates_are_no_parcels() -> None:
    pk = {"S": "SHIPMENTS#100001"}
    more = [{"pk": pk, "sk": {"S": sk}, "at": {"N": "1"}} for sk in ("BATCH#b1", "GATE#0")]

    assert told([*the_items(), *more]) == []


ORDER, SHIPMENT = 0, 5  # of order 1; those of orders 2 and 3 follow
FALSIFIED: dict[str, tuple[Callable[[Items], object], list[tuple[str, str]]]] = {
    "a parcel is lost": (lambda items: items.pop(SHIPMENT), [("1", "granted, and it has 0 shipments")]),
    "a parcel left and is new as well": (
        lambda items: items.append(item_of(a_shipment(2))),
        [
            ("2", "a shipment: it is new, and its order says otherwise"),
            ("2", "granted, and it has 2 shipments"),
        ],
    ),
    "a parcel left twice": (
        lambda items: items.append(item_of(a_shipment_out(2, "b2"))),
        [
            ("2", "a shipment: it left with batch b2, and its order says otherwise"),
            ("2", "granted, and it has 2 shipments"),
        ],
    ),
    "a parcel is new, and its order has left": (
        lambda items: items[ORDER].update(batch={"S": "b1"}),
        [("1", "a shipment: it is new, and its order says otherwise")],
    ),
    "a parcel left, and its order does not say so": (
        lambda items: items[ORDER + 1].pop("batch"),
        [("2", "a shipment: it left with batch b1, and its order says otherwise")],
    ),
    "a parcel of nobody": (
        lambda items: items.append(item_of(a_shipment(9))),
        [("9", "a shipment: its order is not on record")],
    ),
    "a parcel of another user": (
        lambda items: items[SHIPMENT].update(user_id={"S": "ann"}),
        [("1", "a shipment: its order is not on record"), ("1", "granted, and it has 0 shipments")],
    ),
    "a parcel of a prize that waits": (
        lambda items: items.append(item_of(a_shipment(4))),
        [("4", "a shipment: its order is not granted, or its prize takes no parcel")],
    ),
    "a parcel of a text": (
        lambda items: items.append(item_of(a_shipment(5))),
        [("5", "a shipment: its order is not granted, or its prize takes no parcel")],
    ),
    "a parcel in another activity": (
        lambda items: items[SHIPMENT].update(pk={"S": "SHIPMENTS#100002"}),
        [("1", "a shipment: it stands where another order's belongs")],
    ),
    "a parcel under another order's key": (
        lambda items: items[SHIPMENT].update(sk={"S": "NEW#0000000000000000004"}),
        [("1", "a shipment: it stands where another order's belongs")],
    ),
    "a parcel with another award": (
        lambda items: items[SHIPMENT].update(award_id={"S": "4"}),
        [("1", "a shipment: it takes another award")],
    ),
    "a parcel that left at no time": (
        lambda items: items[SHIPMENT + 1].pop("exported_at"),
        [("2", "a shipment: its export and its time contradict each other")],
    ),
    "another carrier on the order": (
        lambda items: items[ORDER + 2].update(carrier={"S": "UPS"}),
        [("3", "a shipment: carrier or tracking is not that of its order")],
    ),
    "a tracking number on the shipment alone": (
        lambda items: items[ORDER + 2].pop("tracking"),
        [("3", "a shipment: carrier or tracking is not that of its order")],
    ),
    "an address of before a change": (
        lambda items: items[ORDER].update(addresses={"N": "3"}),
        [("1", "a shipment: it has no address, or one that its user has changed")],
    ),
    "no address": (
        lambda items: items[SHIPMENT].pop("address"),
        [("1", "a shipment: it has no address, or one that its user has changed")],
    ),
    "an address that stays on the order": (
        lambda items: items[ORDER].update(address=items[SHIPMENT]["address"]),
        [("1", "granted, and its address stands on it as well as on its shipment")],
    ),
    "a batch on an order that waits": (
        lambda items: items[ORDER + 3].update(batch={"S": "b1"}),
        [("4", "it has batch, and no parcel")],
    ),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_parcel_that_is_not_sent_once_as_its_order_says_is_a_breach(name: str) -> None:
    falsify, breaches = FALSIFIED[name]
    items = the_items()
    falsify(items)

    assert told(items) == breaches
