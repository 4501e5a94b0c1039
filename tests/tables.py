"""The real table, on moto or on an emulator, and the same steps on every ledger."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tombola.aws.activity_items import activity_item, stock_item
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.items import order_item
from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity import Activity
from tombola.rules.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_names = itertools.count(1)


def make_table(dynamodb: "DynamoDBClient") -> str:
    """Create a table with the template's keys and index; return its name."""
    name = f"ledger-{next(_names)}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "N" if attribute == "due_at" else "S"}
            for attribute in ("pk", "sk", "lane", "due_at")
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "lane", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return name


class TableLedger(DynamoLedger, DynamoActivityLedger):
    """Both adapters, with what a test needs to set a scene."""

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
