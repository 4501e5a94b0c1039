"""The demo's list of wins has each win once, in the state that the books have."""

import stat
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, a_share, an_activity, an_award, an_order
from parcels import a_stack
from tables import TableLedger
from tombola.rules.order import GrantState, Order
from tombola.rules.wins import win_key
from tombola_cli.audit.snapshot import books_of
from tombola_cli.local import demo_wins
from tombola_cli.local.demo_wins import Compared, compared

VOID: dict[str, Any] = {"grant_state": GrantState.VOID, "due_at": None}


def a_win(order_id: int, **changes: Any) -> Order:
    return an_order(order_id, win=win_key("100001", 0), **{"drawn_at": NOON - 60 * SECOND, **changes})


@pytest.fixture
def played(table: TableLedger) -> TableLedger:
    table.apply(an_activity(a_share()), {})
    for order in (a_win(1), a_win(2, **VOID), a_lost_order(3), a_win(4, drawn_at=a_stack(table).now() - SECOND)):
        table.put(order)
    return table


def of(table: TableLedger) -> Compared:
    return compared("100001", a_stack(table), books_of(table.items()))


def test_every_win_is_listed_the_latest_too_and_agrees_with_the_books(played: TableLedger) -> None:
    assert of(played) == Compared(listed=3, agrees=True)


@pytest.mark.parametrize(
    "changed",
    [a_win(1, **VOID), a_win(1, award=an_award("9")), an_order(5), an_order(1, win=None)],
    ids=["another state", "another award", "a win that is not listed", "one that is listed no more"],
)
def test_a_list_that_differs_from_the_books_is_told(played: TableLedger, changed: Order) -> None:
    books = books_of(played.items())
    played.put(changed)
    other = books_of(played.items())

    stack = a_stack(played)
    assert not compared("100001", stack, books if changed.win else other).agrees


def test_the_file_can_be_read_by_nobody_else_and_is_gone_afterwards(
    played: TableLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    listed = demo_wins._listed

    def looked_at(file: Path) -> Any:
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in (file, file.parent))
        return listed(file)

    monkeypatch.setattr(demo_wins, "_listed", looked_at)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    of(played)

    assert modes == [0o600, 0o700]
    assert list(tmp_path.iterdir()) == []
