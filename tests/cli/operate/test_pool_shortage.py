"""Awards that can be won more often than their pools have codes are told when a file is planned or applied."""

from dataclasses import replace
from typing import Any

import boto3

from builders import NOON, a_share, an_activity, an_award
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.activity_items import stock_item
from tombola.aws.code_items import free_item
from tombola.aws.items import number
from tombola.rules.activity import Share
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import EXPIRY_MARGIN
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.operate.providers import define_sample


def of_codes(award_id: str, stock: int | None, pool: str = "vouchers", **changes: Any) -> Share:
    award = an_award(award_id, award_type=AwardType.CODE, award_content="", source=pool)
    return replace(a_share(award_id, stock=stock, **changes), award=award, weight=100_000)


def told(table: TableLedger, *shares: Share, free: int = 4) -> list[str]:
    for code in range(free):
        table.put_item(free_item("vouchers", str(code), None))
    table.put_item(free_item("vouchers", "late", NOON + EXPIRY_MARGIN))
    clients = {"dynamodb": table.dynamodb, "secretsmanager": boto3.client("secretsmanager")}
    stack = PlayedStack.of(Clock(), clients, table_name=table.table)
    return shortages(an_activity(*shares), stack, NOON)


def test_a_pool_with_as_many_free_codes_as_units_is_no_warning(table: TableLedger) -> None:
    assert told(table, of_codes("1", 4)) == []


def test_stock_beyond_the_free_codes_is_a_warning(table: TableLedger) -> None:
    assert told(table, of_codes("1", 5)) == [
        "pool vouchers has 4 free codes, and award 1 can still be won 5 times: import more codes"
    ]


def test_awards_of_one_pool_are_counted_together_and_those_of_another_apart(table: TableLedger) -> None:
    assert told(table, of_codes("1", 3), of_codes("2", 2), of_codes("3", 1, "another")) == [
        "pool vouchers has 4 free codes, and awards 1 and 2 can still be won 5 times: import more codes",
        "pool another has 0 free codes, and award 3 can still be won 1 times: import more codes",
    ]


def test_what_was_won_already_needs_no_code_any_more(table: TableLedger) -> None:
    for shard in range(2):
        table.put_item(stock_item("100001", "1", shard, 5) | {"left": number(2)})

    assert told(table, of_codes("1", 10, shards=2)) == []
    assert told(table, of_codes("1", 11, shards=2)) != []


def test_an_award_without_a_stock_is_always_a_warning(table: TableLedger) -> None:
    (warning,) = told(table, of_codes("1", None))

    assert warning.startswith("award 1 has no stock, so that it can be won without end, and pool vouchers ends")


def test_an_activity_without_codes_asks_for_nothing(table: TableLedger) -> None:
    calls: list[object] = []
    table.dynamodb.meta.events.register("before-call.dynamodb.*", lambda **given: calls.append(given))
    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)

    assert shortages(an_activity(a_share(stock=None)), stack, NOON) == []
    assert calls == []


def test_a_provider_that_is_not_defined_is_a_warning_each_once(table: TableLedger) -> None:
    award = an_award("8", award_type=AwardType.COUPON, award_content="", source="shop")
    shares = [a_share(award_id, award=replace(award, award_id=award_id)) for award_id in ("8", "9")]

    assert told(table, *shares) == [
        "the definition of provider shop: there is none: prizes of it wait until it is defined"
    ]
    stack = PlayedStack.of(Clock(), {"secretsmanager": boto3.client("secretsmanager")})
    define_sample(stack, "shop", "https://coupons.example/v1/coupons", "a key that is no secret")
    assert told(table, *shares) == []
