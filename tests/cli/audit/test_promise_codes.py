"""The auditor looks at codes and coupons: every way in which one may be lost, doubled or another order's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from builders import NOON, an_award
from code_pools import POOL, MemoryCodePool, an_order_of_a_code, fill
from fakes import MemoryLedger
from tombola.aws.code_items import used_item
from tombola.rules.answer import order_answer
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola_cli.audit.promise_answers import _same_award
from tombola_cli.audit.promise_codes import each_code_is_one_orders
from tombola_cli.audit.snapshot import books_of

CODE = "WELCOME-10"
Items = list[dict[str, Any]]
GRANTED, OTHER = an_order_of_a_code(7), an_order_of_a_code(8)
COUPON = an_order_of_a_code(9, award=an_award(award_type=AwardType.COUPON, award_content="", source="shop"))


def the_items() -> Items:
    """Return books in which one order has a code, one waits for one, and one has a coupon."""
    ledger = MemoryLedger()
    for order in (GRANTED, OTHER, COUPON):
        ledger.put(order)
    pool = MemoryCodePool(ledger)
    fill(pool, [CODE])
    pool.take(POOL, CODE, GRANTED, NOON)
    ledger.grant_with(COUPON, "COUPON-1", NOON)
    return [*ledger.items(), used_item(POOL, CODE, GRANTED, NOON)]


def told(items: Items) -> list[tuple[str, str]]:
    breaches = [*each_code_is_one_orders(books_of(items))]
    assert CODE not in repr(breaches)
    assert "COUPON-1" not in repr(breaches)
    assert {breach.promise for breach in breaches} <= {"P3"}
    return [(breach.where, breach.what) for breach in breaches]


def item_of(items: Items, order: Order) -> dict[str, Any]:
    return next(item for item in items if item["sk"]["S"] == f"ORDER#{order.order_id:019d}")


def test_the_books_of_codes_balance_as_they_are() -> None:
    assert told(the_items()) == []


def test_a_code_that_is_free_again_beside_its_use_is_no_breach() -> None:
    items = the_items()
    items.append({"pk": items[-1]["pk"], "sk": {"S": f"FREE#{CODE}"}})

    assert told(items) == []


FALSIFIED: dict[str, tuple[Callable[[Items], object], list[tuple[str, str]]]] = {
    "the use of a code is lost": (
        lambda items: items.pop(),
        [("7", "its code is not used, or another order's")],
    ),
    "a code is used by an order that never was": (
        lambda items: items[-1].update(order_id={"N": "99"}),
        [
            ("99", "a used code of pool vouchers: its order is not on record"),
            ("7", "its code is not used, or another order's"),
        ],
    ),
    "a code is used, and its order still waits": (
        lambda items: items[-1].update(order_id={"N": "8"}),
        [
            ("8", "a used code of pool vouchers: its order was not granted with it"),
            ("7", "its code is not used, or another order's"),
        ],
    ),
    "two orders have one code": (
        lambda items: item_of(items, OTHER).update(grant_state={"N": "1"}, content={"S": CODE}),
        [("8", "its code is not used, or another order's")],
    ),
    "an order was granted without its code": (
        lambda items: item_of(items, OTHER).update(grant_state={"N": "1"}),
        [("8", "granted without its code or coupon")],
    ),
    "an order was granted without its coupon": (
        lambda items: item_of(items, COUPON).pop("content"),
        [("9", "granted without its code or coupon")],
    ),
    "an order has a code before it is granted": (
        lambda items: item_of(items, OTHER).update(content={"S": "ANOTHER"}),
        [("8", "it has a code or a coupon, and should have none")],
    ),
    "an order has the code of another pool": (
        lambda items: item_of(items, GRANTED)["award"]["M"].update(source={"S": "elsewhere"}),
        [("7", "its code is not used, or another order's")],
    ),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_code_or_coupon_that_is_not_one_orders_is_a_breach(name: str) -> None:
    falsify, breaches = FALSIFIED[name]
    items = the_items()
    falsify(items)

    assert told(items) == breaches


def test_what_a_client_was_told_of_its_code_is_the_order_before_and_after_the_grant_and_no_other_code() -> None:
    on_record = books_of(the_items()).orders["xiaofuge", "7"]
    granted = replace(GRANTED, grant_state=GrantState.GRANTED, content=CODE)
    told_of = [GRANTED, granted, replace(granted, content="ANOTHER"), replace(GRANTED, award=an_award("9"))]

    same = [_same_award(dict(order_answer(order)["award"] or {}), on_record) for order in told_of]
    assert same == [True, True, False, False]
