"""What the console's tests put into the table of the stack that they share, under activities of their own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from builders import an_activity, an_order
from tombola.aws.activity_items import activity_item, name_item, stock_item
from tombola.aws.items import order_item
from tombola.rules.activity import Activity
from tombola.rules.order import Order
from tombola.rules.wins import win_key
from tombola_cli.operate.stack import Stack

HTML = "<img src=x onerror=alert(1)>"
FORMULA = "=cmd|' /C calc'!A0"


def put(stack: Stack, *items: Any) -> None:
    dynamodb = stack.client("dynamodb")
    for item in items:
        dynamodb.put_item(TableName=stack.table_name, Item=item)


def put_activity(stack: Stack, activity: Activity) -> None:
    stock = [
        stock_item(activity.activity_id, share.award.award_id, shard, (share.stock or 0) // share.shards)
        for share in activity.shares
        if share.stock is not None
        for shard in range(share.shards)
    ]
    put(stack, activity_item(activity), name_item(activity.activity_id), *stock)


def put_orders(stack: Stack, orders: Sequence[Order]) -> None:
    put(stack, *map(order_item, orders))


def a_win_of(activity_id: str, order_id: int, drawn_at: datetime, **changes: Any) -> Order:
    fields = {"activity_id": activity_id, "win": win_key(activity_id, 0), "drawn_at": drawn_at}
    return an_order(order_id, **{**fields, **changes})


def an_open_activity(activity_id: str, *shares: Any, **changes: Any) -> Activity:
    """Return an activity that ends tomorrow: one that is over the stack's own schedule closes, while a test looks."""
    tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    return an_activity(*shares, **{"activity_id": activity_id, "end": tomorrow, **changes})
