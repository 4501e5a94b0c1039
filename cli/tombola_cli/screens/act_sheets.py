"""What operators do with many orders, before and afterwards, as it is shown."""

from collections.abc import Sequence

from tombola_cli.operate.order_acts import Refusal, Tally, What
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

KINDS_MAX = 100  # rows; orders of rarer kinds are counted together
PAST = {What.RELEASE: "released", What.RETRY: "to be tried again", What.VOID: "void"}
KINDS = [
    Column("activity_id", "activity"),
    Column("award_id", None),
    Column("award_name", "award", folds=True),
    Column("because", folds=True),
    Column("orders"),
]


def outlook(what: What, tally: Tally) -> list[Block]:
    """Return what would be done, and with which orders nothing."""
    fields = {"would": what.value, "orders": tally.done, "refused": len(tally.refusals)}
    told = f"would {what.value} {counted(tally.done)}{_refused(tally)}"
    return [Facts(fields, told), Table("kinds", KINDS, _kinds(tally)), refusals(tally.refusals)]


def done(what: What, tally: Tally) -> list[Block]:
    """Return what was done, and with which orders nothing."""
    fields = {"done": tally.done, "moved_on": tally.moved_on, "refused": len(tally.refusals)}
    moved_on = f"; {counted(tally.moved_on)} moved on meanwhile" if tally.moved_on else ""
    told = f"{counted(tally.done)} {PAST[what]}{moved_on}{_refused(tally)}"
    return [Facts(fields, told), refusals(tally.refusals)]


def refusals(found: Sequence[Refusal]) -> Table:
    """Return the orders with which nothing was done; with user and order it can be a file of ids again."""
    columns = [Column("user_id", "user"), Column("order_id", "order"), Column("because", folds=True)]
    rows = [[each.user_id, each.order_id, each.because] for each in found]
    return Table("refusals", columns, rows, None if rows else "")


def perhaps_twice(orders: int) -> str:
    return (
        f"warning: {counted(orders)} may get a second prize: their provider may have forgotten the first call ("
        "keeps_keys_hours in docs/coupons.md): ask it first"
    )


def counted(orders: int) -> str:
    return f"{orders} order{'' if orders == 1 else 's'}"


def _refused(tally: Tally) -> str:
    return f"; {counted(len(tally.refusals))} refused" if tally.refusals else ""


def _kinds(tally: Tally) -> list[list[Value]]:
    common = tally.kinds.most_common(KINDS_MAX)
    rest = tally.kinds.total() - sum(orders for _, orders in common)
    others: list[Value] = [None, None, None, Told(None, "other reasons"), rest]
    return [*([*kind, orders] for kind, orders in common), *([others] if rest else [])]
