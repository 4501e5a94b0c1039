"""The real table, on an emulator, and the same steps on every ledger."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tombola.aws.activity_items import activity_item, stock_item
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.due_index import DueIndex
from tombola.aws.items import order_item
from tombola.aws.operator_ledger import OperatorLedger
from tombola.flows.ports import Lanes
from tombola.rules.activity import Activity
from tombola.rules.due import ACTIVITIES
from tombola.rules.log import Entry
from tombola.rules.order import Order
from tombola.rules.unreadable import Unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
INDEXES = {"due": ("lane", "due_at"), "wins": ("win", "drawn_at")}
_names = itertools.count(1)


def make_table(dynamodb: "DynamoDBClient", **stream: Any) -> str:
    """Create a table with the template's keys and indexes, and with a stream if one is specified; return its name."""
    name = f"ledger-{next(_names)}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "N" if attribute.endswith("_at") else "S"}
            for attribute in ("pk", "sk", *sum(INDEXES.values(), ()))
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": order, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for name, (partition, order) in INDEXES.items()
        ],
        StreamSpecification={"StreamEnabled": False, **stream},  # type: ignore[typeddict-item]
    )
    return name


class TableLedger(OperatorLedger, DynamoActivityLedger, DueIndex):
    """The table's adapters, with what a test needs to set a scene."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        self.table = make_table(dynamodb)
        self.dynamodb = dynamodb
        super().__init__(dynamodb, self.table)

    def apply(self, activity: Activity, stock: Mapping[tuple[str, int], int]) -> None:
        self.put_item(activity_item(activity))
        for (award_id, shard), units in stock.items():
            self.put_item(stock_item(activity.activity_id, award_id, shard, units))

    def put(self, order: Order) -> None:
        self.put_item(order_item(order))

    def put_item(self, item: Any) -> None:
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def items(self) -> list[Any]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def activity(self, activity_id: str) -> Activity | None:
        return readable(super().activity(activity_id))

    def log(self, activity_id: str, after: int, limit: int) -> list[Entry]:
        return [entry for entry in map(readable, super().log(activity_id, after, limit)) if entry]

    def order(self, user_id: str, order_id: int) -> Order | None:
        return readable(super().order(user_id, order_id))

    def orders_of(self, user_id: str) -> list[Order]:
        return [order for order in map(readable, super().orders_of(user_id)) if order]


def readable(found: T | Unreadable | None) -> T | None:
    """Return what was found; a test that did no damage finds nothing unreadable."""
    assert not isinstance(found, Unreadable), found
    return found


def orders_due(lanes: Lanes, lane: str, until: datetime, limit: int = 10) -> list[int]:
    """Return the ids of the orders that stand in lane, the oldest first."""
    return [int(entry.sk.removeprefix("ORDER#")) for entry in lanes.due(lane, until, limit).entries]


def activities_due(lanes: Lanes, until: datetime, limit: int = 10) -> list[str]:
    """Return the ids of the activities that start or close by themselves until then, the oldest first."""
    return [entry.pk.removeprefix("ACTIVITY#") for entry in lanes.due(ACTIVITIES, until, limit).entries]
