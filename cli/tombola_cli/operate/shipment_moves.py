"""Moving a parcel out: it leaves the new ones, enters a batch, and its order tells so, in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tombola.aws.faults import busy_when_unanswered
from tombola.aws.items import number
from tombola.aws.order_update import update_of
from tombola.aws.shipment_items import decode_shipment, item_of, key_of
from tombola.aws.transaction import KEEP_OLD
from tombola.rules.order import Order
from tombola.rules.order_life import LEAVE
from tombola.rules.problem import BusyError
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.shipment_transaction import transact
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADDRESSES_MAX = 20  # that one parcel gets while it is moved


class ClosedError(Exception):
    """The batch takes no parcels in any more: another export has closed it."""


class ShipmentMoves:
    """The way of parcels into one batch."""

    def __init__(self, stack: Stack, batch: Batch) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table = stack.table_name
        self._patience = stack.patience
        self._batches = ShipmentBatches(stack, batch.activity_id)
        self._batch = batch

    def move(self, seen: Shipment, order: Order, gate: int, now: datetime) -> str | None:
        """Move the parcel of order with the address that it has at that moment; return why that cannot be done.

        Where somebody else has moved or forgotten it, nothing is to be done. Raise ClosedError if the batch is closed.
        """
        for _ in range(ADDRESSES_MAX):
            refused = transact(self._dynamodb, self._writes(seen, order, gate, now), self._patience)
            if not refused:
                return None
            if "gate" in refused:
                raise ClosedError
            if "new" not in refused:
                return (
                    "its order says that it is not granted, or that it has left already: the two contradict each other"
                )
            if "Item" not in refused["new"]:
                return None
            found = decode_shipment(refused["new"]["Item"])
            if isinstance(found, Unreadable):
                return f"its parcel cannot be read: {found.because}"
            seen = found  # its user has given another address since it was read
        raise BusyError(f"order {seen.order_id}: its address changed at each of {ADDRESSES_MAX} tries: run it again")

    def is_new(self, shipment: Shipment) -> bool:
        """Return whether the parcel is still new."""
        with busy_when_unanswered():
            found = self._dynamodb.get_item(TableName=self._table, Key=key_of(shipment), ConsistentRead=True)
        return "Item" in found

    def _writes(self, seen: Shipment, order: Order, gate: int, now: datetime) -> dict[str, Any]:
        """Return the writes by role."""
        out = replace(seen, batch=self._batch.name, exported_at=now)
        as_read = {
            "ConditionExpression": "addresses = :addresses",
            "ExpressionAttributeValues": {":addresses": number(seen.addresses)},
        }
        put = {"Item": item_of(out), "ConditionExpression": "attribute_not_exists(pk)"}
        # A parcel that is new has left with no batch: an order that was read later, and has one, shows that it is gone.
        before = replace(order, batch=None)
        return {
            "new": {"Delete": {"TableName": self._table, "Key": key_of(seen), **as_read, **KEEP_OLD}},
            "out": {"Put": {"TableName": self._table, **put}},
            "order": {"Update": update_of(self._table, before, LEAVE, {"batch": self._batch.name})},
            "gate": self._batches.check_of(gate, self._batch),
        }
