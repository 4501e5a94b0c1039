"""Addresses and parcels for the tests."""

from datetime import datetime
from typing import Any

import boto3

from addresses import an_address
from builders import NOON, SECOND, an_award, an_order
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.rules.award_type import AwardType
from tombola.rules.order import Order
from tombola.rules.shipment import Shipment
from tombola_cli.operate.shipment_lists import parcels_of


def an_order_of_a_parcel(order_id: int = 7, **changes: Any) -> Order:
    award = an_award(award_type=AwardType.PHYSICAL, award_content="")
    return an_order(order_id, **{"award": award, "addresses": 1, **changes})


def a_shipment(order_id: int = 7, **changes: Any) -> Shipment:
    """Return a parcel that no export has taken yet."""
    fields: dict[str, Any] = {
        "activity_id": "100001",
        "user_id": "xiaofuge",
        "award_id": "3",
        "award_name": "ipad",
        "address": an_address(),
        "addresses": 1,
        "granted_at": NOON,
    }
    return Shipment(order_id=order_id, **{**fields, **changes})


def a_shipment_out(
    order_id: int = 7, batch: str = "b1", exported_at: datetime = NOON + SECOND, **changes: Any
) -> Shipment:
    return a_shipment(order_id, batch=batch, exported_at=exported_at, **changes)


def a_stack(table: TableLedger, dynamodb: Any = None) -> PlayedStack:
    clients = {"dynamodb": dynamodb or table.dynamodb, "sts": boto3.client("sts")}
    return PlayedStack.of(Clock(), clients, table_name=table.table)


def grant(table: TableLedger, order_id: int = 7, **changes: Any) -> Order:
    """Put an order of a parcel on record and grant it, with a street that names the order; return it as it was."""
    order = an_order_of_a_parcel(order_id, **changes)
    table.put(order)
    assert table.grant_shipment(order, an_address(address=f"{order_id} Main Street"), NOON)
    return order


def new_and_out(table: TableLedger, batch: str) -> tuple[list[Shipment], list[Shipment]]:
    """Return the parcels that are new, and those that left with batch."""
    stack = a_stack(table)
    found = [[*parcels_of("100001", name, stack)] for name in (None, batch)]
    for each in (parcel for parcels in found for parcel in parcels):
        assert isinstance(each, Shipment), each
    new, out = ([each for each in parcels if isinstance(each, Shipment)] for parcels in found)
    return new, out
