"""Which codes of a pool are there, and what a pool may be called."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import free_item, used_key
from tombola_cli.errors import TombolaError
from tombola_cli.files.code_file import CodeLine
from tombola_cli.operate.code_pools import CodePool, checked_name
from tombola_cli.operate.import_record import Finding


@pytest.fixture
def pool(table: TableLedger) -> Iterator[CodePool]:
    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)
    with ThreadPoolExecutor(1) as threads:
        yield CodePool(stack, "vouchers", threads)


def test_a_code_is_free_or_used_or_unknown_and_one_that_is_both_is_used(table: TableLedger, pool: CodePool) -> None:
    for code in ("FREE", "BOTH"):
        table.put_item(free_item("vouchers", code, None))
    for code in ("USED", "BOTH"):
        table.put_item(used_key("vouchers", code))
    table.put_item(free_item("another", "NONE", None))

    assert pool.known(["FREE", "USED", "BOTH", "NONE"]) == {
        "FREE": Finding.FREE,
        "USED": Finding.USED,
        "BOTH": Finding.USED,
    }


def test_a_code_with_the_sign_of_the_key_in_it_is_found_as_it_is(table: TableLedger, pool: CodePool) -> None:
    table.put_item(free_item("vouchers", "A#USED#B", None))

    assert pool.known(["A#USED#B"]) == {"A#USED#B": Finding.FREE}


def test_many_codes_are_asked_for_in_parts(pool: CodePool) -> None:
    codes = [f"CODE-{number}" for number in range(120)]
    pool.put(CodeLine(number, code) for number, code in enumerate(codes))

    assert pool.known(codes) == dict.fromkeys(codes, Finding.FREE)


@pytest.mark.parametrize("state", ["free", "used"])
def test_a_pool_is_empty_until_it_has_a_code_in_any_shard_whether_free_or_used(
    table: TableLedger, pool: CodePool, state: str
) -> None:
    for number in range(20):
        assert pool.is_empty()
        item = free_item("vouchers", str(number), None) if state == "free" else used_key("vouchers", str(number))
        table.put_item(item)
        assert not pool.is_empty()
        table.dynamodb.delete_item(TableName=table.table, Key={name: item[name] for name in ("pk", "sk")})


@pytest.mark.parametrize("name", ["", "a b", "a#b", "a" * 65, "ä", "a\n"])
def test_a_pool_has_a_name_that_the_file_of_an_activity_can_have(name: str) -> None:
    with pytest.raises(TombolaError, match="names no pool: take 1 to 64 letters, digits, _ and -"):
        checked_name(name)
    assert checked_name("Spring_2027-a") == "Spring_2027-a"
