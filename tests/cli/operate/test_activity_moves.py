"""An operator moves an activity, whatever else is written to its log meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from builders import NOON, an_activity
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.rules.activity import Activity
from tombola.rules.activity_life import logged, moved, stock_returned
from tombola.rules.activity_states import Action, ActivityState
from tombola_cli.errors import TombolaError
from tombola_cli.operate import activity_moves

OVERTAKEN = 12  # times


def overtaken(monkeypatch: pytest.MonkeyPatch, table: TableLedger, times: int, step: Callable[[Activity], Any]) -> None:
    """Let somebody else make step right before each of so many writes."""
    left, write = [times], DynamoActivityLedger.write

    def late(ledger: DynamoActivityLedger, before: Activity, after: Activity, entry: Any) -> bool:
        if left[0] > 0:
            left[0] -= 1
            found = table.activity("100001")
            assert found is not None
            assert write(table, found, *step(found))
        return write(ledger, before, after, entry)

    monkeypatch.setattr(DynamoActivityLedger, "write", late)


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    applied, entry = logged(None, an_activity(), "apply", "tests", "", NOON, ["created"])
    assert table.write(None, applied, entry)
    return PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)


def test_an_activity_is_closed_while_units_come_back_to_stock(
    monkeypatch: pytest.MonkeyPatch, table: TableLedger, stack: PlayedStack
) -> None:
    overtaken(monkeypatch, table, OVERTAKEN, lambda found: stock_returned(found, "3", "deadline", NOON))

    after = activity_moves.take(Action.CLOSE, "100001", stack, "ann", "an emergency", NOON)

    assert (after.state, table.activity("100001")) == (ActivityState.CLOSE, after)
    whats = [entry.what for entry in table.log("100001", 0, 99)]
    assert whats == ["apply", *["return"] * OVERTAKEN, "close"]


def test_an_activity_that_somebody_else_has_moved_is_left_to_be_looked_at(
    monkeypatch: pytest.MonkeyPatch, table: TableLedger, stack: PlayedStack
) -> None:
    overtaken(monkeypatch, table, 1, lambda found: moved(found, Action.CLOSE, "bob", "", NOON))

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile"):
        activity_moves.take(Action.CLOSE, "100001", stack, "ann", "", NOON)


def test_an_action_gives_up_when_patience_ends(
    monkeypatch: pytest.MonkeyPatch, table: TableLedger, stack: PlayedStack
) -> None:
    overtaken(monkeypatch, table, 999, lambda found: stock_returned(found, "3", "deadline", NOON))

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile"):
        activity_moves.take(Action.CLOSE, "100001", stack, "ann", "", NOON)


def test_an_activity_that_is_another_than_was_seen_is_not_moved(table: TableLedger, stack: PlayedStack) -> None:
    seen = activity_moves.found("100001", stack)
    table.apply(activity_moves.take(Action.CLOSE, "100001", stack, "bob", "", NOON), {("3", 0): 5})
    activity_moves.take(Action.OPEN, "100001", stack, "bob", "", NOON)

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile"):
        activity_moves.take(Action.CLOSE, "100001", stack, "ann", "", NOON, seen)

    assert [entry.what for entry in table.log("100001", 0, 99)] == ["apply", "close", "open"]
