"""How DynamoDB is asked for codes: little of a fresh pool, more where codes expire, and never without end."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from builders import NOON
from code_pools import POOL, an_order_of_a_code
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws import code_ledger
from tombola.aws.code_items import free_item, free_key
from tombola.aws.code_ledger import DynamoCodePool
from tombola.rules.code_pool import CHOICES, Choices, shard_of_code

OF_ONE = [code for code in (f"C{number:05d}" for number in range(16_000)) if shard_of_code(code) == 0]
EXPIRED = 1_200
BATCH = 25  # items of one write


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        yield TableLedger(boto3.client("dynamodb"))


def put(table: TableLedger, items: list[dict[str, Any]]) -> DynamoCodePool:
    for start in range(0, len(items), BATCH):
        batch: Any = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
        table.dynamodb.batch_write_item(RequestItems={table.table: batch})
    return DynamoCodePool(table.dynamodb, table.table)


def pages_read(table: TableLedger) -> list[int]:
    """Return how many codes each query reads, as queries are answered."""
    read: list[int] = []
    note = lambda parsed, **_: read.append(parsed["ScannedCount"])  # noqa: E731 - a handler
    table.dynamodb.meta.events.register("after-call.dynamodb.Query", note)
    return read


def test_a_fresh_pool_is_asked_once_for_no_more_codes_than_it_takes_to_choose(table: TableLedger) -> None:
    pool, read = put(table, [free_item(POOL, code, None) for code in OF_ONE[: 3 * CHOICES]]), pages_read(table)

    assert len(pool.choices(POOL, 0, NOON).codes) == CHOICES
    assert read == [CHOICES]


def test_a_good_code_is_found_behind_however_many_that_expire(table: TableLedger) -> None:
    pool = put(table, [free_item(POOL, code, NOON) for code in OF_ONE[:EXPIRED]])
    put(table, [free_item(POOL, code, None) for code in OF_ONE[EXPIRED : EXPIRED + 2 * CHOICES]])
    read = pages_read(table)

    found = pool.choices(POOL, 0, NOON)

    assert (len(found.codes), found.whole) == (CHOICES, False)
    assert len(read) == 4
    assert set(found.codes) <= set(OF_ONE[EXPIRED : EXPIRED + 2 * CHOICES])


def test_a_look_at_codes_that_all_expire_ends_and_does_not_say_that_there_are_no_others(
    table: TableLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_ledger, "PAGES_MAX", 2)
    pool = put(table, [free_item(POOL, code, NOON) for code in OF_ONE[:EXPIRED]])
    read = pages_read(table)

    assert pool.choices(POOL, 0, NOON) == Choices((), whole=False)
    assert len(read) == 2


def test_no_page_of_a_look_is_longer_than_dynamodb_takes_however_many_there_are(table: TableLedger) -> None:
    """Limit is a number of 32 bits; no table has as many codes here as it takes to see that, so DynamoDB is played."""
    limits: list[int] = []

    class Expired:
        def query(self, Limit: int, **_: Any) -> dict[str, Any]:  # noqa: N803 - DynamoDB's name
            limits.append(Limit)
            return {"Items": [], "LastEvaluatedKey": {}}

    client: Any = Expired()
    assert code_ledger.DynamoCodePool(client, table.table).choices(POOL, 0, NOON) == Choices((), whole=False)
    assert (len(limits), limits[0]) == (code_ledger.PAGES_MAX, CHOICES)
    assert max(limits) == code_ledger.PAGE_MAX < 2**31


def test_a_code_whose_expiry_nobody_can_read_is_passed_over(table: TableLedger) -> None:
    pool = put(table, [{**free_key(POOL, OF_ONE[0]), "expires_at": {"S": "soon"}}, free_item(POOL, OF_ONE[1], None)])

    assert pool.choices(POOL, 0, NOON).codes == (OF_ONE[1],)


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_claim_that_can_never_succeed_is_an_error_without_its_code(table: TableLedger, reason: str) -> None:
    class Refusing:
        def transact_write_items(self, **_: object) -> None:
            reasons = [{"Code": "None"}, {"Code": reason, "Message": "SECRET"}, {"Code": "None"}]
            answer: Any = {"Error": {"Code": code_ledger.CANCELED, "Message": "SECRET"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")

    client: Any = Refusing()
    with pytest.raises(RuntimeError, match=reason) as raised:
        DynamoCodePool(client, table.table).take(POOL, "SECRET", an_order_of_a_code(), NOON)
    assert "SECRET" not in str(raised.value)
