"""How codes look in the table: their keys, their expiry, and whose a used one is."""

from datetime import timedelta

import pytest

from builders import NOON
from code_pools import an_order_of_a_code
from tombola.aws.code_items import code_of, free_item, free_key, pool_item, used_item, used_key
from tombola.aws.items import moment


def test_free_and_used_stand_in_one_shard_of_the_pool() -> None:
    assert free_key("vouchers", "WELCOME-10") == {"pk": {"S": "CODES#vouchers#07"}, "sk": {"S": "FREE#WELCOME-10"}}
    assert used_key("vouchers", "WELCOME-10") == {"pk": {"S": "CODES#vouchers#07"}, "sk": {"S": "USED#WELCOME-10"}}


@pytest.mark.parametrize("code", ["WELCOME-10", "FREE#A", "兑 换"])
def test_a_code_is_read_back_from_its_key(code: str) -> None:
    order = an_order_of_a_code()

    assert code_of(free_item("vouchers", code, None)) == code
    assert code_of(used_item("vouchers", code, order, NOON)) == code


def test_an_expiry_is_kept_in_milliseconds_and_left_out_where_there_is_none() -> None:
    at = NOON + timedelta(milliseconds=1)

    assert free_item("vouchers", "A", at)["expires_at"] == moment(at)
    assert free_item("vouchers", "A", None).keys() == {"pk", "sk"}


def test_a_used_code_says_whose_it_is_and_since_when() -> None:
    item = used_item("vouchers", "A", an_order_of_a_code(9), NOON)

    assert (item["user_id"], item["order_id"], item["at"]) == ({"S": "xiaofuge"}, {"N": "9"}, moment(NOON))


def test_pools_are_listed_by_name() -> None:
    assert pool_item("vouchers") == {"pk": {"S": "POOLS"}, "sk": {"S": "vouchers"}}
