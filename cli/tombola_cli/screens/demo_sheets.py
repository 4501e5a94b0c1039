"""The demo's draws and the auditor's verdict on its books, as they are shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tombola_cli.audit.auditor import Audit
from tombola_cli.audit.books import GRANTED, VOID, Books
from tombola_cli.local.demo_prizes import Kind
from tombola_cli.local.demo_wins import Compared
from tombola_cli.screens.audit_sheets import breaches
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value


def drawn(books: Books, activity_id: str, figures: Mapping[str, Any]) -> list[Block]:
    """Return the awards and the figures."""
    told = ", ".join(f"{name} {value}" for name, value in figures.items())
    return [_awards(books, activity_id), Facts(figures, told)]


def handed_over(kinds: Sequence[Kind], causes: Mapping[str, int]) -> list[Block]:
    """Return what became of each kind of prize, and why some orders failed or were parked meanwhile."""
    columns = [
        *(Column("kind"), Column("won"), Column("granted"), Column("void")),
        *(Column("parked_meanwhile", "parked meanwhile"), Column("failed_meanwhile", "failed meanwhile")),
        Column("handed_over", "used, given or sent"),
    ]
    rows = [[getattr(kind, column.name) for column in columns] for kind in kinds]
    why = [Column("because", "why, meanwhile", folds=True), Column("orders")]
    return [
        Table("kinds", columns, rows),
        Table("causes", why, [[because, causes[because]] for because in sorted(causes)]),
    ]


def parcels(found: Mapping[str, int]) -> Table:
    """Return how many users gave an address, how many deadlines passed, and how many parcels left."""
    return Table("parcels", [Column(name, name.replace("_", " ")) for name in found], [[*found.values()]])


def wins(found: Compared) -> Facts:
    """Return how many wins were exported, and whether the books have the same."""
    said = "as the books have them" if found.agrees else "and the books have OTHERS"
    told = f"{found.listed} wins were exported, {said}"
    return Facts({"wins_listed": found.listed, "wins_agree": found.agrees}, told, "" if found.agrees else "red")


def audited(verdict: Audit, *, balanced: bool, kept: str) -> list[Block]:
    """Return each breach, and whether the books balance; kept is where the stack still is."""
    sentence, style = ("the books balance", "green") if balanced else ("the books do NOT balance", "red")
    return [
        breaches(verdict.breaches),
        Facts({"balanced": balanced}, sentence, style),
        Facts({"kept": kept or None}, kept),
    ]


def waits(median: float | None, p99: float | None) -> Facts:
    """Return how many seconds prizes took, if one was granted."""
    told = (
        ""
        if median is None
        else f"a prize took {median:.2f} s (median), {p99:.2f} s (p99), with queue, provider or codes missing"
    )
    return Facts({"median_seconds": median, "p99_seconds": p99}, told)


def answers(busy: int, refused: Mapping[int, int]) -> list[Block]:
    """Return how many requests met a busy stack, and the draws that were refused, by status."""
    asked = f"{busy} requests met a busy stack and were asked again" if busy else ""
    told = "\n".join(f"{count} draws were answered {status}" for status, count in refused.items())
    rows = [[status, count] for status, count in refused.items()]
    return [
        Facts({"asked_again": busy}, asked, "dim"),
        Table("refused", [Column("status"), Column("draws")], rows, told, "red"),
    ]


def _awards(books: Books, activity_id: str) -> Table:
    orders = [order for order in books.orders.values() if "award" in order]
    won = Counter(order["award"]["award_id"] for order in orders)
    granted = Counter(order["award"]["award_id"] for order in orders if order["grant_state"] == GRANTED)
    void = Counter(order["award"]["award_id"] for order in orders if order["grant_state"] == VOID)
    columns = [Column("award_id", "award"), Column("award_name", "name", folds=True)]
    rows: list[list[Value]] = []
    for award in books.activities[activity_id]["awards"]:
        award_id = award["award_id"]
        stock = award.get("stock", Told(None, "unlimited"))
        rows.append([award_id, award["award_name"], stock, won[award_id], granted[award_id], void[award_id]])
    return Table("awards", [*columns, Column("stock"), Column("won"), Column("granted"), Column("void")], rows)
