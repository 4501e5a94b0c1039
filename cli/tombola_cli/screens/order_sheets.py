"""Orders and their events, as they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.rules.order import Order
from tombola.rules.unreadable import Aside
from tombola_cli.screens.activity_sheets import unreadable
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

COLUMNS = [
    Column("user_id", "user"),
    Column("order_id", "order"),
    Column("activity_id", "activity"),
    Column("drawn_at", "drawn (UTC)"),
    Column("outcome", None),
    Column("award_id", None),
    Column("award_name", "award", folds=True),
    Column("mq_state", "mq state"),
    Column("grant_state", "grant state"),
]


def drawn(order: Mapping[str, Any], key: str, *, again: bool) -> list[Block]:
    """Return the answer of the API to a draw, and its key."""
    award = order["award"] or {}
    fields = {
        "outcome": order["outcome"],
        "award_id": award.get("award_id"),
        "award_name": award.get("award_name"),
        "order_id": order["order_id"],
        "key": key,
        "drawn_before": again,
    }
    won = f"{order['outcome']} {award['award_name']}" if award else "lost"
    before = " (this key was drawn before)" if again else ""
    return [Facts(fields, f"{won}, order {order['order_id']}, key {key}{before}")]


def orders(found: Sequence[object]) -> list[Block]:
    """Return orders, each with its user, and the items of found that cannot be shown."""
    return [Table("orders", COLUMNS, [_row(each) for each in found if isinstance(each, Order)]), unreadable(found)]


def of_one_user(found: Sequence[object]) -> list[Block]:
    """Return orders for a terminal that need not tell the user."""
    rows = [_row(each) for each in found if isinstance(each, Order)]
    return [Table("orders", [Column("user_id", None), *COLUMNS[1:]], rows), unreadable(found)]


def _row(order: Order) -> list[Value]:
    award, (mq, grant) = order.award, (order.mq_state, order.grant_state)
    states = [Told(each.value, f"{each.value} {each.name.lower()}" if award else "") for each in (mq, grant)]
    return [
        order.user_id,
        str(order.order_id),
        order.activity_id,
        order.drawn_at,
        order.outcome,
        None if award is None else award.award_id,
        Told(None, "lost") if award is None else award.award_name,
        *states,
    ]


def set_aside(found: Sequence[Aside]) -> list[Block]:
    """Return the items that nobody can read, each with its whole key, its place, and why it is set aside."""
    columns = [Column("pk"), Column("sk"), Column("lane"), Column("because", folds=True)]
    rows = [[each.standing.pk, each.standing.sk, each.lane, each.because] for each in found]
    return [Table("set_aside", columns, rows, "\n".join(map(_line, found)))]


def _line(aside: Aside) -> str:
    because = aside.because or "it can be read again, and goes back within ten minutes"
    return f"{aside.standing.pk} {aside.standing.sk}: stood in lane {aside.lane}: {because}"


def released(user_id: str, order_id: int) -> list[Block]:
    told = f"released {order_id}: it is handed over within a minute"
    return [Facts({"user_id": user_id, "order_id": str(order_id), "released": True}, told)]
