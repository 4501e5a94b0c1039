"""The demo's list of wins: exported to a file that nobody else can read, and compared with the books."""

import csv
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tombola_cli.audit.books import GRANTED, PARKED, VOID, WAITING, Books
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_export import WinExport
from tombola_cli.operate.wins_list import listing_of

STATES = {WAITING: "waiting", GRANTED: "granted", PARKED: "parked", VOID: "void"}

Wins = Counter[tuple[str, ...]]  # of user, order, award and state


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many wins the list has, and whether they are those of the books, each once and in its state."""

    listed: int
    agrees: bool


def compared(activity_id: str, stack: Stack, books: Books) -> Compared:
    """Export the wins of an activity whose draws have ended, and compare them with books of the same time."""
    listing = replace(listing_of(activity_id, stack), until=stack.now())  # a list of draws under way would end before
    with TemporaryDirectory(prefix="tombola-") as folder:
        file = Path(folder) / "wins.csv"
        WinExport(listing, file, stack).run()
        listed = _listed(file)
    return Compared(listed=listed.total(), agrees=listed == _on_record(activity_id, books))


def _listed(file: Path) -> Wins:
    with file.open(encoding="utf-8", newline="") as rows:
        return Counter((row["user_id"], row["order_id"], row["award_id"], row["state"]) for row in csv.DictReader(rows))


def _on_record(activity_id: str, books: Books) -> Wins:
    return Counter(
        (user_id, order_id, str(order["award"]["award_id"]), STATES[order["grant_state"]])
        for user_id, order_id, order in books.orders_of(activity_id)
        if "award" in order
    )
