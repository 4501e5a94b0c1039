"""Orders that are parked for want of a code are tried again once there are codes, and no others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from builders import NOON, an_award, an_order
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import free_item
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import no_code_left
from tombola.rules.order import GrantState, Order
from tombola_cli.operate import parked_codes
from tombola_cli.operate.parked_codes import Parked, parked_by_pool, parked_for, retry_parked

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    return PlayedStack.of(Clock(), {"dynamodb": table.dynamodb, "sts": boto3.client("sts")}, table_name=table.table)


def park(table: TableLedger, order_id: int, pool: str = "vouchers", **changes: Any) -> None:
    award = an_award(award_type=AwardType.CODE, award_content="", source=pool)
    parked = {
        "grant_state": GrantState.PARKED,
        "parked_because": no_code_left(pool),
        "due_at": NOON + order_id * MINUTE,
    }
    table.put(an_order(order_id, **{"award": award, **parked, **changes}))


def codes(table: TableLedger, count: int, expires_at: datetime | None = None) -> None:
    for number in range(count):
        table.put_item(free_item("vouchers", f"CODE-{number}", expires_at))


def waiting(table: TableLedger) -> list[Order]:
    return [order for order in table.orders_of("xiaofuge") if order.grant_state is GrantState.WAITING]


def test_parked_orders_are_counted_by_the_pool_that_had_no_code_for_them(
    table: TableLedger, stack: PlayedStack
) -> None:
    park(table, 1)
    park(table, 2)
    park(table, 3, "others")
    park(table, 4, parked_because="voucher shop is closed")
    park(table, 5, grant_state=GrantState.VOID, parked_because=None, due_at=None)

    assert parked_by_pool(stack, NOON + 10 * MINUTE) == {"vouchers": 2, "others": 1}


def test_orders_that_are_parked_for_this_pool_are_tried_again_with_who_and_why(
    table: TableLedger, stack: PlayedStack
) -> None:
    codes(table, 5)
    park(table, 1)
    park(table, 2)

    parked = parked_for("vouchers", stack)

    assert (parked.orders, parked.with_a_code) == (2, 2)
    assert retry_parked(parked, "ann", stack) == 2
    assert [order.order_id for order in waiting(table)] == [1, 2]
    acts = {(act.what, act.who, act.why) for order in waiting(table) for act in order.acts}
    assert acts == {("retry", "ann", "codes were imported into pool vouchers")}
    parked = parked_for("vouchers", stack)

    assert parked == Parked(pool="vouchers", orders=0, with_a_code=0, until=parked.until)


def test_what_is_parked_for_another_reason_or_another_pool_stays(table: TableLedger, stack: PlayedStack) -> None:
    codes(table, 9)
    park(table, 1, "vouchers-2")
    park(table, 2, parked_because="failed 8 times: the table is busy")
    park(table, 3, award=an_award(award_type=AwardType.COUPON, award_content="", source="vouchers"))

    parked = parked_for("vouchers", stack)

    assert (parked.orders, retry_parked(parked, "ann", stack)) == (0, 0)
    assert waiting(table) == []


def test_as_many_are_tried_again_as_there_are_codes_the_oldest_first(table: TableLedger, stack: PlayedStack) -> None:
    codes(table, 3)
    for order_id in (5, 4, 3, 2, 1):
        park(table, order_id)

    parked = parked_for("vouchers", stack)

    assert (parked.orders, parked.with_a_code) == (5, 3)
    assert retry_parked(parked, "ann", stack) == 3
    assert [order.order_id for order in waiting(table)] == [1, 2, 3]


def test_where_nothing_is_parked_for_want_of_a_code_no_code_is_counted(
    table: TableLedger, stack: PlayedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked_codes, "free_codes", lambda *_, **__: pytest.fail("codes are counted"))
    park(table, 1, "others")

    parked = parked_for("vouchers", stack)

    assert parked == Parked(pool="vouchers", orders=0, with_a_code=0, until=parked.until)


def test_without_a_code_that_is_good_for_a_while_nothing_is_tried(table: TableLedger, stack: PlayedStack) -> None:
    codes(table, 3, datetime.now(UTC))
    park(table, 1)

    parked = parked_for("vouchers", stack)

    assert (parked.orders, parked.with_a_code) == (1, 0)
    assert retry_parked(parked, "ann", stack) == 0
    assert waiting(table) == []


def test_many_orders_come_in_parts(table: TableLedger, stack: PlayedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tombola_cli.operate.order_lists.PAGE", 2)
    codes(table, 5)
    for order_id in range(1, 8):
        park(table, order_id)
    told: list[int] = []

    assert retry_parked(parked_for("vouchers", stack), "ann", stack, told.append) == 5
    assert told == [2, 4, 5]
