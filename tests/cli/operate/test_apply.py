"""What applying a file says of stock and of the cap, without a stack."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from builders import NOON, UNCOUNTED, a_share, an_activity, an_order
from conflicts import Clock, Conflicting, Held, Place, PlayedStack
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.activity_items import stock_item
from tombola.aws.deadline import PAUSE_SECONDS, Deadline
from tombola.aws.items import stock_key
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import Action, ActivityState
from tombola_cli.errors import TombolaError
from tombola_cli.operate import activity_moves
from tombola_cli.operate.apply import OVERTAKEN_MAX, Plan, apply, plan
from tombola_cli.operate.batches import stock_name
from tombola_cli.screens import activity_sheets, output


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        yield TableLedger(boto3.client("dynamodb"))


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    return PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)


def of(units: int, state: ActivityState = ActivityState.DOING) -> Activity:
    """Return an activity with so many units of its award, and as many draws."""
    approved = state is not ActivityState.EDIT
    return an_activity(a_share("3", stock=units), cap=Cap(limit=units, shards=1), state=state, approved=approved)


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
        "the stock of 3: 2 are won, so that it cannot be lowered to 1",
        "the cap: 2 are drawn, so that it cannot be lowered to 1",
    }


def test_a_plan_names_what_an_interrupted_run_left_unfinished(
    table: TableLedger, stack: PlayedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = of(5, ActivityState.EDIT)
    on_record(table, draft)
    planned = plan(draft, stack)
    assert planned == Plan(draft, planned.found, (), (), ("3", CAP))

    output.show(activity_sheets.plan(Path("a.yaml"), planned, list(map(stock_name, planned.unfinished))), as_json=False)

    told = capsys.readouterr().out
    assert "the stock of 3: an interrupted run would be taken up" in told
    assert "\nthe cap: an interrupted run would be taken up" in told


def test_an_apply_makes_more_shards_of_wins_and_never_fewer(table: TableLedger, stack: PlayedStack) -> None:
    """Draws under way write to the shards of before, and whoever lists winners reads as many as the activity says."""
    found = replace(of(5), win_shards=2)
    on_record(table, found)
    for name in ("3", CAP):
        table.put_item(stock_item("100001", name, 0, 5))

    assert plan(replace(found, win_shards=1), stack).does_nothing
    assert apply(replace(found, win_shards=3), stack, "ann", "more draws", NOON)
    assert apply(replace(found, win_shards=1, activity_name="another"), stack, "ann", "fewer draws", NOON)

    now = table.activity("100001")
    assert (now and now.win_shards, now and now.activity_name) == (3, "another")


def test_an_activity_whose_stock_or_cap_is_unfinished_is_not_submitted(table: TableLedger, stack: PlayedStack) -> None:
    on_record(table, of(5, ActivityState.EDIT))

    with pytest.raises(TombolaError, match="an interrupted apply left the stock of 3, the cap unfinished: apply"):
        activity_moves.take(Action.SUBMIT, "100001", stack, "tests", "", NOON)


def test_a_shard_that_is_gone_is_not_made_anew_since_its_winners_would_win_again(
    table: TableLedger, stack: PlayedStack
) -> None:
    on_record(table, of(5))
    table.apply(of(5), {("3", 0): 5, (CAP, 0): 5})
    table.record(an_order(1, cap_shard=0), UNCOUNTED)
    table.dynamodb.delete_item(TableName=table.table, Key=stock_key("100001", "3", 0))
    refusal = "the stock of 3: shard 0 is gone, and with it what was won of it: restore STOCK#100001#3#00 from a backup"

    assert plan(of(5), stack).refusals == (refusal,)
    with pytest.raises(TombolaError, match="shard 0 is gone"):
        apply(of(7), stack, "tests", "", NOON)
    assert table.stock_left("100001", {"3": 1}) == {"3": (0,)}


@pytest.mark.parametrize("found", [None, of(5, ActivityState.EDIT)])
def test_an_apply_that_somebody_else_overtook_takes_nothing_from_the_stock_that_is_drawn_from(
    table: TableLedger, stack: PlayedStack, monkeypatch: pytest.MonkeyPatch, found: Activity | None
) -> None:
    if found is not None:
        on_record(table, found)
    stale = plan(of(1), stack)
    started = of(5)
    applied, entry = logged(found, replace(started, entries=0 if found is None else 1), "apply", "tests", "", NOON, [])
    assert table.write(stale.found, applied, entry)
    table.apply(applied, {("3", 0): 5, (CAP, 0): 5})
    monkeypatch.setattr("tombola_cli.operate.apply.plan", lambda *_: stale)

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile"):
        apply(of(1), stack, "tests", "", NOON)

    assert table.stock_left("100001", {"3": 1, CAP: 1}) == {"3": (5,), CAP: (5,)}


def test_a_shard_that_cannot_be_read_is_named(table: TableLedger, stack: PlayedStack) -> None:
    on_record(table, of(5))
    table.apply(of(5), {("3", 0): 5, (CAP, 0): 5})
    table.put_item(stock_item("100001", "3", 0, 5) | {"left": {"N": "1.5"}})

    with pytest.raises(TombolaError, match="STOCK#100001#3#00 STOCK cannot be read: left cannot be read"):
        plan(of(5), stack)


def overtaken(table: TableLedger, times: int, units: int = 5) -> PlayedStack:
    """Return a stack in which somebody else changes the activity, to units, before each of so many writes of stock."""
    clock, changes = Clock(), iter(range(times))

    def change(operation: str, _: Sequence[Place]) -> None:
        if operation == "TransactWriteItems" and next(changes, None) is not None:
            found = table.activity("100001")
            assert isinstance(found, Activity)
            changed = replace(found, shares=of(units).shares)
            assert table.write(found, *logged(found, changed, "apply", "somebody else", "", NOON, ["its stock"]))

    dynamodb: Any = Conflicting(table.dynamodb, Held(1.0, clock.now), before=change)
    return PlayedStack.of(clock, {"dynamodb": dynamodb}, table_name=table.table)


@pytest.fixture
def empty_stock(table: TableLedger) -> TableLedger:
    """Return a table with an activity of five units, none of them dealt yet."""
    table.apply(of(5), {("3", 0): 0, (CAP, 0): 0})
    return table


def test_a_run_that_was_overtaken_pauses_before_it_tries_again(empty_stock: TableLedger) -> None:
    stack = overtaken(empty_stock, 1)

    assert apply(of(5), stack, "tests", "", NOON)

    assert len(stack.clock.slept) == 1
    assert 0 < stack.clock.slept[0] <= PAUSE_SECONDS
    assert empty_stock.stock_left("100001", {"3": 1, CAP: 1}) == {"3": (5,), CAP: (5,)}


def test_a_run_that_is_overtaken_at_each_try_gives_up_and_its_pauses_grow(empty_stock: TableLedger) -> None:
    stack = overtaken(empty_stock, 100)

    with pytest.raises(TombolaError, match=rf"100001 .* at each try to write its stock \(tries: {OVERTAKEN_MAX}\)"):
        apply(of(5), stack, "tests", "", NOON)

    assert len(stack.clock.slept) == OVERTAKEN_MAX
    assert PAUSE_SECONDS < max(stack.clock.slept) <= PAUSE_SECONDS * 2 ** (OVERTAKEN_MAX - 1)


def test_a_run_that_was_overtaken_and_has_no_time_left_gives_up(
    empty_stock: TableLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = overtaken(empty_stock, 1)

    def no_time(stack: PlayedStack) -> Deadline:
        return stack.clock.deadline_in(0)

    monkeypatch.setattr(PlayedStack, "patience", no_time)

    with pytest.raises(TombolaError, match=r"at each try to write its stock \(tries: 1\)"):
        apply(of(5), stack, "tests", "", NOON)


def test_a_run_that_was_overtaken_by_another_stock_leaves_the_stock_alone(empty_stock: TableLedger) -> None:
    with pytest.raises(TombolaError, match="activity 100001 was changed once more meanwhile: look at it"):
        apply(of(5), overtaken(empty_stock, 1, units=9), "tests", "", NOON)

    assert empty_stock.stock_left("100001", {"3": 1, CAP: 1}) == {"3": (0,), CAP: (0,)}
