"""The batches in which the parcels of an activity leave: one at a time takes parcels in, and each is on record.

A batch that takes parcels in has gates, one for each thread of an export, and every parcel enters through one: once
they are closed nothing enters any more, so that the file that is written then is whole, whoever else is at work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tombola.aws.decode import DamageError, Fields, Item, moment_from, totally
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import moment, text
from tombola.aws.shipment_items import BATCH, batch_key, shipments_pk
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.legible import legible
from tombola_cli.operate.shipment_transaction import transact
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GATES = 8  # as many threads as move parcels: two transactions that check one gate at once would conflict
CHANCE_BYTES = 2  # in a batch's name, for two exports in one second


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An export of parcels on record; it is open until its file is written."""

    activity_id: str
    name: str
    at: datetime
    finished_at: datetime | None = None


def batch_name(now: datetime, chance: str) -> str:
    """Return the name of a batch that begins at now; names sort by time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{chance}"


class ShipmentBatches:
    """The records and gates of an activity's batches. Every write is conditional: sent twice, it acts once."""

    def __init__(self, stack: Stack, activity_id: str) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table = stack.table_name
        self._patience = stack.patience
        self._activity_id = activity_id

    def all(self) -> list[Batch | Unreadable]:
        """Return every batch, the oldest first."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :batch)",
            ExpressionAttributeValues={":pk": text(shipments_pk(self._activity_id)), ":batch": text(BATCH)},
            ConsistentRead=True,
        )
        return [_decode(item) for page in pages for item in page["Items"]]

    def open_one(self) -> Batch | None:
        """Return the oldest batch whose file is not written; raise TombolaError if a record cannot be read."""
        batches = (legible(each) for each in self.all())
        return next((batch for batch in batches if batch.finished_at is None), None)

    def begin(self, batch: Batch) -> bool:
        """Put batch on record and open its gates; return False if another batch takes parcels in."""
        record = batch_key(batch.activity_id, batch.name) | {"at": moment(batch.at)}
        gates = [self._gate(gate) | {"batch": text(batch.name)} for gate in range(GATES)]
        if_absent = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(pk)"}
        puts = {item["sk"]["S"]: {"Put": {"Item": item, **if_absent}} for item in (record, *gates)}
        return not transact(self._dynamodb, puts, self._patience)

    def takes_in(self, batch: Batch) -> bool:
        """Return whether parcels may still enter batch."""
        with busy_when_unanswered():
            found = self._dynamodb.get_item(TableName=self._table, Key=self._gate(0), ConsistentRead=True)
        return found.get("Item", {}).get("batch") == text(batch.name)

    def check_of(self, gate: int, batch: Batch) -> dict[str, Any]:
        """Return the part of a transaction that lets a parcel enter batch through gate."""
        return {"ConditionCheck": {"TableName": self._table, **self._is_open(gate, batch)}}

    def close(self, batch: Batch) -> None:
        """Close the gates of batch; where somebody else has, that is as good."""
        deletes = {
            f"{gate}": {"Delete": {"TableName": self._table, **self._is_open(gate, batch)}} for gate in range(GATES)
        }
        transact(self._dynamodb, deletes, self._patience)

    def finish(self, batch: Batch, now: datetime) -> None:
        """Note that the file of batch is written; the first time counts."""
        update = partial(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=batch_key(batch.activity_id, batch.name),
            UpdateExpression="SET finished_at = if_not_exists(finished_at, :now)",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":now": moment(now)},
        )
        with busy_when_unanswered():
            try_again(update, self._patience())

    def _gate(self, gate: int) -> Item:
        return {"pk": text(shipments_pk(self._activity_id)), "sk": text(f"GATE#{gate}")}

    def _is_open(self, gate: int, batch: Batch) -> dict[str, Any]:
        return {
            "Key": self._gate(gate),
            "ConditionExpression": "#batch = :batch",
            "ExpressionAttributeNames": {"#batch": "batch"},
            "ExpressionAttributeValues": {":batch": text(batch.name)},
        }


def _batch_from(item: Mapping[str, Any]) -> Batch:
    fields = Fields(item)
    sk = fields.read("sk", "S", str)
    if not sk.startswith(BATCH):
        raise DamageError("its key is no batch's")
    return Batch(
        activity_id=fields.read("pk", "S", lambda pk: str(pk).partition("#")[2]),
        name=sk.removeprefix(BATCH),
        at=fields.read("at", "N", moment_from),
        finished_at=fields.maybe("finished_at", "N", moment_from),
    )


_decode = totally(_batch_from)
