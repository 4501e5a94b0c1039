"""Stock is changed without a file as it is with one: planned first, on record, and only as it was planned."""

from dataclasses import replace

import pytest

from builders import NOON, a_share, an_activity
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import ActivityState
from tombola_cli.errors import TombolaError
from tombola_cli.operate.registry import stock_of
from tombola_cli.operate.restock import may_be_restocked, plan_restock, restock, restocked

ACTIVITY = an_activity(a_share("1", stock=5), a_share("2", stock=None), cap=Cap(limit=9))


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    return PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)


@pytest.fixture
def activity(table: TableLedger) -> Activity:
    applied, entry = logged(None, ACTIVITY, "apply", "tests", "", NOON, ["created"])
    assert table.write(None, applied, entry)
    table.apply(applied, {("1", 0): 5, (CAP, 0): 9})
    return applied


def test_only_limited_stock_and_the_cap_become_others() -> None:
    after = restocked(ACTIVITY, {"1": 7, "2": 3, CAP: 8, "unknown": 1})
    assert [share.stock for share in after.shares] == [7, None]
    assert after.cap == Cap(limit=8)
    assert replace(after, shares=ACTIVITY.shares, cap=ACTIVITY.cap) == ACTIVITY


def test_stock_goes_up_and_the_log_says_by_whom_and_why(
    table: TableLedger, stack: PlayedStack, activity: Activity
) -> None:
    seen = plan_restock("100001", {"1": 8}, stack)
    assert [str(change) for change in seen.changes] == ["award 1 stock: 5 → 8"]

    assert restock("100001", {"1": 8}, stack, "ann", "sold out", NOON, seen)

    assert stock_of(ACTIVITY, stack) == {"1": 8, CAP: 9}
    last = table.log("100001", 0, 99)[-1]
    assert (last.what, last.who, last.why, last.changes) == ("apply", "ann", "sold out", ("award 1 stock: 5 → 8",))


def test_another_change_than_was_seen_is_not_made(table: TableLedger, stack: PlayedStack, activity: Activity) -> None:
    seen = plan_restock("100001", {"1": 8}, stack)
    restock("100001", {"1": 20}, stack, "bob", "", NOON, plan_restock("100001", {"1": 20}, stack))

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile: look, and apply again"):
        restock("100001", {"1": 8}, stack, "ann", "", NOON, seen)

    assert stock_of(ACTIVITY, stack)["1"] == 20


def test_a_cap_of_nothing_is_refused_in_words(stack: PlayedStack, activity: Activity) -> None:
    with pytest.raises(TombolaError, match="activity 100001: cap: limit must be at least 1"):
        plan_restock("100001", {CAP: 0}, stack)


@pytest.mark.parametrize("state", ActivityState)
def test_stock_may_be_changed_in_the_states_in_which_a_file_may_change_it(state: ActivityState) -> None:
    asked = may_be_restocked(an_activity(state=state))
    assert asked is (state not in (ActivityState.ARRAIGNMENT, ActivityState.REFUSE))
    assert not may_be_restocked(an_activity(state=state, seed=b"x"))
