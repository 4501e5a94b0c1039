"""What applying a file says of stock and of the cap, without a stack."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from builders import NOON, UNCOUNTED, a_share, an_activity, an_order
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.life import logged
from tombola.rules.state import Action, ActivityState
from tombola_cli import activities
from tombola_cli.apply import Plan, plan
from tombola_cli.errors import TombolaError


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield TableLedger(boto3.client("dynamodb"))


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    return PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)


def of(units: int, state: ActivityState = ActivityState.DOING) -> Activity:
    """Return an activity with so many units of its award, and as many draws."""
    return an_activity(a_share("3", stock=units), cap=Cap(limit=units, shards=1), state=state)


def on_record(table: TableLedger, activity: Activity) -> None:
    applied, entry = logged(None, activity, "apply", "tests", "", NOON, ["created"])
    assert table.write(None, applied, entry)


def test_what_is_won_and_what_is_drawn_cannot_be_lowered_and_a_cap_is_called_a_cap(
    table: TableLedger, stack: PlayedStack
) -> None:
    on_record(table, of(5))
    table.apply(of(5), {("3", 0): 5, (CAP, 0): 5})
    for number in range(2):
        table.record(an_order(number, cap_shard=0), UNCOUNTED)

    assert set(plan(of(1), stack).refusals) == {
        "stock of 3: 2 are won, so that it cannot be lowered to 1",
        "cap: 2 are drawn, so that it cannot be lowered to 1",
    }


def test_a_plan_names_what_an_interrupted_run_left_unfinished(
    table: TableLedger, stack: PlayedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    on_record(table, of(5))
    planned = plan(of(5), stack)
    assert planned == Plan(of(5), planned.found, (), (), ("3", CAP))

    activities._tell_plan(Path("a.yaml"), planned)

    told = capsys.readouterr().out
    assert "stock of 3: an interrupted run would be taken up" in told
    assert "\ncap: an interrupted run would be taken up" in told


def test_an_activity_whose_stock_or_cap_is_unfinished_is_not_submitted(table: TableLedger, stack: PlayedStack) -> None:
    on_record(table, of(5, ActivityState.EDIT))

    with pytest.raises(TombolaError, match="an interrupted apply left the stock of 3, the cap unfinished: apply"):
        activities.take(Action.SUBMIT, "100001", stack, "tests", "", NOON)
