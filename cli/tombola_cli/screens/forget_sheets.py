"""What is erased of users, what is left and what stays elsewhere, as it is shown: counts, and never contents."""

from collections.abc import Sequence

from tombola_cli.operate.forgetting import Tally
from tombola_cli.operate.remains import Remains
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value

KINDS = ("orders", "codes", "coupons", "parcels", "given_up", "quotas")
START_ANEW = "warning: while an activity is open, a forgotten user can draw anew with a fresh quota, and win again"
ACTIVITIES_MAX = 1_000  # rows
LEFT_MAX = 100  # rows


def outlook(tally: Tally, stays: Sequence[Remains]) -> list[Block]:
    """Return what would be erased, and what would not."""
    figures: dict[str, Value] = {"would": "forget", **_figures(tally)}
    return [Facts(figures, f"would erase {_told(tally)}"), _activities(tally), *_rest(tally, stays)]


def done(tally: Tally, stays: Sequence[Remains]) -> list[Block]:
    """Return what was erased, and what was not."""
    return [Facts(_figures(tally), f"erased {_told(tally)}"), _activities(tally), *_rest(tally, stays)]


def question(tally: Tally) -> str:
    return f"erase {_told(tally)}?"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _figures(tally: Tally) -> dict[str, Value]:
    return {"users": tally.users, "orders": tally.orders, "given_up": tally.given_up, "refused": tally.leaves}


def _told(tally: Tally) -> str:
    given_up = f"; {counted(tally.given_up, 'prize')} given up" if tally.given_up else ""
    left = f"; {tally.leaves} left as {'it is' if tally.leaves == 1 else 'they are'}" if tally.leaves else ""
    return f"{counted(tally.orders, 'order')} of {counted(tally.users, 'user')}{given_up}{left}"


def _activities(tally: Tally) -> Table:
    named = sorted({activity_id for activity_id, _ in tally.kinds})[:ACTIVITIES_MAX]
    columns = [Column("activity_id", "activity"), *map(Column, KINDS)]
    rows = [[each, *(tally.kinds[each, kind] for kind in KINDS)] for each in named]
    return Table("activities", columns, rows, None if rows else "")


def _rest(tally: Tally, stays: Sequence[Remains]) -> list[Block]:
    left: list[list[Value]] = [[each.user_id, each.activity_id, each.because] for each in tally.left[:LEFT_MAX]]
    columns = [
        Column("user_id", "user"),
        Column("activity_id", "activity"),
        Column("because", "not erased because", folds=True),
    ]
    kept: list[list[Value]] = [list(each) for each in stays]
    titles = [
        Column("what", "what stays", folds=True),
        Column("because", folds=True),
        Column("until", folds=True),
    ]
    return [Table("refusals", columns, left, None if left else ""), Table("stays", titles, kept)]
