"""Orders and their events, as they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.unreadable import Aside
from tombola_cli.operate.order_history import history, prize
from tombola_cli.operate.order_lists import Page, because_of
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
    Column("due_at", "due (UTC)"),
    Column("failures"),
    Column("because", folds=True),
]
ENDED = (GrantState.GRANTED, GrantState.VOID)


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
        "claim_by": order.get("claim_by"),
    }
    won = f"{order['outcome']} {award['award_name']}" if award else "lost"
    before = " (this key was drawn before)" if again else ""
    claim = f", to be claimed until {order['claim_by']}" if order.get("claim_by") else ""
    return [Facts(fields, f"{won}, order {order['order_id']}, key {key}{before}{claim}")]


def orders(page: Page) -> list[Block]:
    """Return orders that are in trouble or wait for a person, each with its user and the reason."""
    return _list(page, ("outcome", "award_id", "mq_state", "grant_state"))


def of_one_user(page: Page) -> list[Block]:
    """Return orders for a terminal that need not tell the user."""
    return _list(page, ("outcome", "award_id", "user_id", "due_at", "failures"))


def _list(page: Page, hidden: Sequence[str]) -> list[Block]:
    """Return the orders of a page, what cannot be shown, and how to go on; a terminal does without what is hidden."""
    columns = [Column(each.name, None) if each.name in hidden else each for each in COLUMNS]
    rows = [_row(each) for each in page.found if isinstance(each, Order)]
    return [Table("orders", columns, rows), unreadable(page.found), going_on(page.next)]


def going_on(after: str | None) -> Facts:
    """Return the word with which a list goes on."""
    return Facts({"next": after}, f"there is more: --after {after}" if after else "")


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
        order.due_at,
        Told(order.failures, str(order.failures or "")),
        None if order.grant_state in ENDED else because_of(order),
    ]


def shown(order: Order) -> list[Block]:
    """Return one order and its history; of a code or a coupon only whence it comes."""
    award = order.award
    fields = {
        "user_id": order.user_id,
        "order_id": str(order.order_id),
        "activity_id": order.activity_id,
        "outcome": order.outcome,
        "award_id": award and award.award_id,
        "prize": award and prize(award),
        "grant": order.grant_type.name.lower().replace("_", "-"),
        "mq_state": _told(order.mq_state),
        "grant_state": _told(order.grant_state),
        "lane": order.lane,
        "claims": order.claims,
        "failures": order.failures,
    }
    columns = [Column("at", "at (UTC)"), Column("what"), Column("words", "", folds=True), Column("who")]
    rows = [[event.at, event.what, event.words, event.who] for event in history(order)]
    return [Facts(fields), Table("history", columns, rows)]


def _told(state: MqState | GrantState) -> Told:
    return Told(state.value, f"{state.value} {state.name.lower()}")


def set_aside(found: Sequence[Aside], after: str | None) -> list[Block]:
    """Return the items that nobody can read, each with its whole key, its place, and why it is set aside."""
    columns = [Column("pk"), Column("sk"), Column("lane"), Column("because", folds=True)]
    rows = [[each.standing.pk, each.standing.sk, each.lane, each.because] for each in found]
    return [Table("set_aside", columns, rows, "\n".join(map(_line, found))), going_on(after)]


def _line(aside: Aside) -> str:
    because = aside.because or "it can be read again, and goes back within ten minutes"
    return f"{aside.standing.pk} {aside.standing.sk}: stood in lane {aside.lane}: {because}"
