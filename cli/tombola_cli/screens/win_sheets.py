"""Winners, as they are shown: each with the prize and its state, and never with a content or an address."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.wins_export import Written
from tombola_cli.operate.wins_fill import Filled
from tombola_cli.operate.wins_list import Listing, Win, WinPage
from tombola_cli.screens.activity_sheets import unreadable
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value

NAME = "winners"
COLUMNS = [
    Column("drawn_at", "drawn (UTC)"),
    Column("user_id", "user"),
    Column("order_id", "order"),
    Column("award_id", None),
    Column("award_type", None),
    Column("award_name", "award", folds=True),
    Column("outcome", None),
    Column("state"),
    Column("granted_at", "granted (UTC)"),
]


def row(win: Win) -> list[Value]:
    return [
        win.drawn_at,
        win.user_id,
        str(win.order_id),
        win.award_id,
        win.award_type,
        win.award_name,
        win.outcome,
        win.state,
        win.granted_at,
    ]


def page(found: WinPage, listing: Listing) -> list[Block]:
    """Return a part of a list, how far in time it is whole, and how it goes on."""
    rows = [row(win) for win in found.found if isinstance(win, Win)]
    return [Table(NAME, COLUMNS, rows), *ending(found.found, found.next, listing)]


def ending(found: Sequence[Win | Unreadable], after: str | None, listing: Listing) -> list[Block]:
    """Return what stands below the rows of a list."""
    whole = f"whole until {_told(listing.until)}: later wins may still be on their way"
    told = whole if after is None else f"there is more: --after {after}"
    return [unreadable(found), Facts({"until": listing.until, "next": after}, told)]


def exported(listing: Listing, path: Path, done: Written) -> list[Block]:
    """Return where the winners are, and how many items could not be read."""
    fields = {
        "activity_id": listing.activity.activity_id,
        "file": str(path),
        "exported": done.rows,
        "unreadable": done.unreadable,
        "until": listing.until,
    }
    told = f"{path}: {done.rows:,} winners of activity {listing.activity.activity_id}, until {_told(listing.until)}"
    lost = f"\n{done.unreadable:,} items cannot be read, and are not in it" if done.unreadable else ""
    return [Facts(fields, told + lost)]


def filled(done: Filled) -> list[Block]:
    """Return how many wins of before are in the index now, and how many orders could not be read."""
    told = f"{done.filled:,} wins of before are in the index of wins now"
    lost = f"\n{done.unreadable:,} orders cannot be read, and are not in it" if done.unreadable else ""
    return [Facts({"filled": done.filled, "unreadable": done.unreadable}, told + lost)]


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
