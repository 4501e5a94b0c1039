"""A pool's codes are counted by their state and expiry."""

from datetime import timedelta
from typing import Any

import pytest

from builders import NOON
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import free_item, pool_item, used_key
from tombola.rules.code_pool import EXPIRY_MARGIN
from tombola_cli.errors import TombolaError
from tombola_cli.operate.code_counts import SOON, PoolCount, counted, free_codes, known_pool, pools_in

MOMENT = timedelta(milliseconds=1)


def stack_of(table: TableLedger, dynamodb: Any = None) -> PlayedStack:
    return PlayedStack.of(Clock(), {"dynamodb": dynamodb or table.dynamodb}, table_name=table.table)


def put(table: TableLedger, pool: str, **expiries: Any) -> None:
    for code, expiry in expiries.items():
        table.put_item(free_item(pool, code, None if expiry is None else NOON + expiry))


def test_codes_are_counted_by_whether_they_can_still_be_handed_over(table: TableLedger) -> None:
    put(table, "vouchers", a=None, b=SOON + MOMENT, c=SOON, d=EXPIRY_MARGIN + MOMENT, e=EXPIRY_MARGIN, f=-SOON)
    put(table, "another", g=None)
    for code in ("x", "y", "z"):
        table.put_item(used_key("vouchers", code))
    told: list[int] = []

    assert counted("vouchers", stack_of(table), NOON, told.append) == PoolCount(
        "vouchers", free=4, expire_soon=2, expired=2, used=3
    )
    assert told == sorted(told)
    assert told[-1] == 6 + 6 + 3


def test_that_there_are_enough_free_codes_is_found_without_counting_them_all(table: TableLedger) -> None:
    put(table, "vouchers", **{f"a{number}": None for number in range(40)}, late=EXPIRY_MARGIN)

    assert free_codes("vouchers", stack_of(table), NOON, enough=1_000) == 40
    assert free_codes("vouchers", stack_of(table), NOON, enough=1) < 40
    assert free_codes("empty", stack_of(table), NOON, enough=1) == 0


def test_pools_are_those_that_something_was_imported_into(table: TableLedger) -> None:
    for name in ("vouchers", "another"):
        table.put_item(pool_item(name))

    assert pools_in(stack_of(table)) == ["another", "vouchers"]
    assert known_pool("vouchers", stack_of(table)) == "vouchers"
    with pytest.raises(TombolaError, match="there is no pool voucher: tombola codes stats shows which there are"):
        known_pool("voucher", stack_of(table))


def test_no_code_is_sent_to_count_them(table: TableLedger) -> None:
    put(table, "vouchers", SECRET=None)
    answers: list[Any] = []
    table.dynamodb.meta.events.register("after-call.dynamodb.Query", lambda parsed, **_: answers.append(parsed))

    counted("vouchers", stack_of(table), NOON)

    assert answers
    assert "SECRET" not in repr(answers)
