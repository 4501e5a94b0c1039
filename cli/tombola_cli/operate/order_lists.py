"""The orders that an operator lists: a user's, those that wait for a person, and all of a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tombola.aws.clock import utc_now
from tombola.aws.due_index import DueIndex
from tombola.aws.items import order_from
from tombola.aws.ledger import DynamoLedger
from tombola.flows.set_aside import FAR
from tombola.rules.order import Order
from tombola.rules.page import place_of
from tombola.rules.unreadable import Aside, Unreadable
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WAITING_MAX = 100


def of_user(user_id: str, stack: Stack) -> Sequence[Order | Unreadable]:
    """Return a user's orders, as the table has them: newest first, and after them those that cannot be read."""
    found = DynamoLedger(stack.client("dynamodb"), stack.table_name, stack.patience).orders_of(user_id)
    readable = sorted((each for each in found if isinstance(each, Order)), key=place_of, reverse=True)
    return [*readable, *(each for each in found if isinstance(each, Unreadable))]


def standing(lane: str, stack: Stack) -> list[Order | Unreadable]:
    """Return the orders that stand in a lane of those that wait for a person, the oldest first."""
    lanes = _lanes(stack)
    found = [item for _, item in lanes.standing(lanes.due(lane, utc_now() + FAR, WAITING_MAX).entries)]
    return [item for item in found if isinstance(item, Unreadable) or (isinstance(item, Order) and item.lane == lane)]


def set_aside(stack: Stack) -> list[Aside]:
    """Return the items that nobody could read, the oldest first."""
    return _lanes(stack).asides(utc_now() + FAR, WAITING_MAX)


def read_orders(dynamodb: "DynamoDBClient", table_name: str) -> list[Order]:
    """Return every order of the table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    items = (item for page in pages for item in page["Items"])
    return [order_from(item) for item in items if item["sk"]["S"].startswith("ORDER#")]


def _lanes(stack: Stack) -> DueIndex:
    return DueIndex(stack.client("dynamodb"), stack.table_name, stack.patience)
