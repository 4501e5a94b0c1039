"""The ledger that forgets: each write acts only on what was read, and once."""

from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_count, a_share, an_activity, an_order
from code_pools import POOL, an_order_of_a_code, fill
from coupon_desk import a_coupon_order
from tables import TableLedger
from tombola.aws import forget_ledger
from tombola.aws.code_items import used_key
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.coupon_calls import call_key
from tombola.aws.forget_ledger import ForgetLedger
from tombola.aws.items import moment, number, quota_key, text
from tombola.rules.code_pool import Taken
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Recorded

USER, ACTIVITY = "xiaofuge", "100001"


@pytest.fixture(params=["ministack", "dynoxide"])
def table(request: pytest.FixtureRequest) -> TableLedger:
    table = TableLedger(request.getfixturevalue(f"{request.param}_dynamodb"))
    table.apply(an_activity(a_share(stock=5)), {("3", 0): 5})
    return table


@pytest.fixture
def ledger(table: TableLedger) -> ForgetLedger:
    calls = f"calls-of-{table.table}"
    table.dynamodb.create_table(
        TableName=calls,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    return ForgetLedger(table.dynamodb, table.table, calls)


def draw(table: TableLedger, order_id: int = 7) -> Order:
    order = an_order(order_id)
    assert isinstance(table.record(order, a_count(10)), Recorded)
    return order


def granted(table: TableLedger) -> Order:
    order = table.order(USER, 7)
    assert order is not None
    return order


def seen(ledger: ForgetLedger) -> Any:
    quota = ledger.belongings(USER).units[ACTIVITY].quota
    assert quota is not None
    return quota


def test_an_order_is_erased_once_and_leaves_one_tombstone(table: TableLedger, ledger: ForgetLedger) -> None:
    order = draw(table)
    assert table.grant(order, NOON)
    order = granted(table)

    assert [ledger.erase(order, name, "ann", NOON) for name in ("one", "two")] == [True, False]

    assert table.order(USER, 7) is None
    assert [item["sk"]["S"] for item in table.items() if item["pk"]["S"].startswith("FORGOTTEN#")] == ["one"]
    assert table.stock_left(ACTIVITY, {"3": 1}) == {"3": (4,)}


def test_an_order_that_was_granted_since_it_was_read_stays(table: TableLedger, ledger: ForgetLedger) -> None:
    order = draw(table)
    assert table.grant(order, NOON)

    assert not ledger.erase(order, "one", "ann", NOON)

    assert granted(table).grant_state is GrantState.GRANTED
    assert table.stock_left(ACTIVITY, {"3": 1}) == {"3": (4,)}


def test_a_unit_that_has_no_stock_to_go_back_to_keeps_its_order(table: TableLedger, ledger: ForgetLedger) -> None:
    order = an_order()
    table.put(order)  # and took no unit

    with pytest.raises(
        ValueError, match="order 7: its shard of stock is not there, or no unit of it is gone: audit it"
    ):
        ledger.erase(order, "one", "ann", NOON)

    assert table.order(USER, 7) is not None


def test_a_quota_is_marked_only_where_it_is(table: TableLedger, ledger: ForgetLedger) -> None:
    assert not ledger.mark_forgetting(USER, ACTIVITY)
    assert not any(item["pk"]["S"].startswith("USER#") for item in table.items())
    draw(table)

    assert ledger.mark_forgetting(USER, ACTIVITY)

    assert seen(ledger)["forgetting"] == number(1)
    assert ledger.counters(USER, ACTIVITY) == {"taken": 1}


def test_a_quota_is_not_erased_without_its_mark(table: TableLedger, ledger: ForgetLedger) -> None:
    draw(table)

    assert not ledger.erase_quota(USER, ACTIVITY, seen(ledger), NOON)

    assert ledger.counters(USER, ACTIVITY) == {"taken": 1}


def test_a_quota_is_erased_as_it_was_read_and_not_once_a_draw_was_counted(
    table: TableLedger, ledger: ForgetLedger
) -> None:
    draw(table)
    before = seen(ledger)
    assert ledger.mark_forgetting(USER, ACTIVITY)
    draw(table, 8)
    assert not ledger.erase_quota(USER, ACTIVITY, before, NOON)

    assert ledger.erase_quota(USER, ACTIVITY, seen(ledger), NOON)

    assert ledger.counters(USER, ACTIVITY) == {}


@pytest.mark.parametrize("counter", ["taken", "d2026-11-22", "d2026-11-23", "d2026-11-24", "m2026-11"])
def test_a_quota_is_not_erased_once_a_draw_has_made_a_counter(
    table: TableLedger, ledger: ForgetLedger, counter: str
) -> None:
    """Somewhere it is yesterday, and somewhere tomorrow."""
    before = quota_key(USER, ACTIVITY)
    table.put_item(before | {counter: number(1), "forgetting": number(1)})

    assert not ledger.erase_quota(USER, ACTIVITY, before, NOON)

    assert ledger.counters(USER, ACTIVITY) == {counter: 1}


def test_more_than_can_be_read_is_busy(
    table: TableLedger, ledger: ForgetLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_ledger, "PAGES_MAX", 0)

    with pytest.raises(BusyError, match="more items of one user than 0 pages hold"):
        ledger.belongings(USER)


def test_a_unit_that_goes_back_is_told_by_the_log_with_its_time(table: TableLedger, ledger: ForgetLedger) -> None:
    order = draw(table)

    assert ledger.erase(order, "one", "ann", NOON + timedelta(hours=1))

    (entry,) = table.log(ACTIVITY, 0, 9)
    assert (entry.what, entry.who, entry.at) == ("return", "ann", NOON + timedelta(hours=1))
    assert table.stock_left(ACTIVITY, {"3": 1}) == {"3": (5,)}


def test_what_is_remembered_of_a_call_goes_with_its_order_across_two_tables_or_not_at_all(
    table: TableLedger, ledger: ForgetLedger
) -> None:
    order, calls = a_coupon_order(grant_state=GrantState.VOID, due_at=None), f"calls-of-{table.table}"
    table.put(order)
    under_way: Any = call_key(USER, 7) | {"status": text("INPROGRESS"), "in_progress_expiration": moment(NOON)}
    table.dynamodb.put_item(TableName=calls, Item=under_way)
    with pytest.raises(BusyError, match="order 7: its provider is being asked for it: run it again"):
        ledger.erase(order, "one", "ann", NOON)
    assert table.order(USER, 7) == order

    assert ledger.erase(order, "one", "ann", NOON + timedelta(milliseconds=1))

    assert table.order(USER, 7) is None
    assert table.dynamodb.scan(TableName=calls)["Items"] == []
    (tombstone,) = [item for item in table.items() if item["pk"]["S"].startswith("FORGOTTEN#")]
    assert (tombstone["award_type"], tombstone["source"]) == (number(3), text("shop"))


def test_a_code_stays_used_and_becomes_nobodys(table: TableLedger, ledger: ForgetLedger) -> None:
    order, pool = an_order_of_a_code(), DynamoCodePool(table.dynamodb, table.table)
    table.put(order)
    fill(pool, ["CODE-1"])
    assert pool.take(POOL, "CODE-1", order, NOON) is Taken.GRANTED

    assert ledger.erase(granted(table), "one", "ann", NOON)

    (used,) = [item for item in table.items() if item["pk"]["S"].startswith("CODES#")]
    assert used == used_key(POOL, "CODE-1") | {"forgotten": number(1)}
