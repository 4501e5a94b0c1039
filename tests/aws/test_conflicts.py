"""The DynamoDB that conflicts answers as AWS says in the DynamoDB Developer Guide.

The sentences below are those of the page "Amazon DynamoDB Transactions: How it works", section "Transaction conflict
handling in DynamoDB" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON, UNCOUNTED, an_activity, an_order
from conflicts import CONFLICT, NONE, UNKNOWN, Clock, Conflicting, ConflictingLedger, Held
from tables import TableLedger
from tombola.aws.faults import RETRYABLE_CODES, RETRYABLE_REASONS
from tombola.aws.ledger import DynamoLedger
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Recorded

LOCK_MS = 4.0
SHARED = {"pk": {"S": "shared"}, "sk": {"S": "x"}}


class Table:
    """One table behind the client; each call is about one item, or about it and one that nobody else wants."""

    def __init__(self, ledger: TableLedger, **spoiled: int) -> None:
        self.clock = Clock()
        self.held = Held(LOCK_MS, self.clock.now)
        self.client = Conflicting(ledger.dynamodb, self.held, **spoiled)  # type: ignore[arg-type]
        self.name = ledger.table
        self.names = map("own-{}".format, itertools.count(1))

    def call(self, what: str) -> Any:
        table: Any = {"TableName": self.name}
        own = {"pk": {"S": next(self.names)}, "sk": {"S": "x"}}
        update = {"Key": SHARED, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
        missing = {"Key": SHARED, "ConditionExpression": "attribute_exists(never)"}
        parts: dict[str, list[Any]] = {
            "TransactWriteItems": [{"Update": {**table, **update}}],
            "TransactWriteItems that checks": [
                {"ConditionCheck": {**table, "Key": SHARED, "ConditionExpression": "attribute_not_exists(never)"}}
            ],
            "TransactWriteItems that is cancelled": [{"ConditionCheck": {**table, **missing}}],
        }
        if what in parts:
            return self.client.transact_write_items(TransactItems=[{"Put": {**table, "Item": own}}, *parts[what]])
        gets = [{"Get": {**table, "Key": key}} for key in (own, SHARED)]
        keys = {":pk": SHARED["pk"]}
        calls: dict[str, Callable[[], Any]] = {
            "TransactGetItems": lambda: self.client.transact_get_items(TransactItems=gets),
            "PutItem": lambda: self.client.put_item(**table, Item=SHARED),
            "UpdateItem": lambda: self.client.update_item(**table, **update),
            "DeleteItem": lambda: self.client.delete_item(**table, Key=SHARED),
            "BatchWriteItem": lambda: self.client.batch_write_item(
                RequestItems={self.name: [{"PutRequest": {"Item": item}} for item in (SHARED, own)]}
            ),
            "GetItem": lambda: self.client.get_item(**table, Key=SHARED),
            "Query": lambda: self.client.query(
                **table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=keys
            ),
            "Scan": lambda: self.client.scan(**table),
            "BatchGetItem": lambda: self.client.batch_get_item(RequestItems={self.name: {"Keys": [SHARED]}}),
        }
        return calls[what]()


WRITES, READS = ("PutItem", "UpdateItem", "DeleteItem"), ("GetItem", "Query", "Scan", "BatchGetItem")
WAYS = ("TransactWriteItems", "TransactWriteItems that checks", "TransactWriteItems that is cancelled")
# The sentence, what is ongoing, what is concurrent, and how that is refused.
PAGE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], str | None]] = {
    "single writes": (
        (
            "A PutItem, UpdateItem, or DeleteItem request for an item conflicts with an ongoing TransactWriteItems"
            " request that includes the same item."
        ),
        WAYS,
        WRITES,
        "TransactionConflictException",
    ),
    "transactions": (
        "An item within a TransactWriteItems request is part of another ongoing TransactWriteItems request.",
        WAYS,
        WAYS,
        "TransactionCanceledException",
    ),
    "transactional reads": (
        (
            "An item within a TransactGetItems request is part of an ongoing TransactWriteItems, BatchWriteItem,"
            " PutItem, UpdateItem, or DeleteItem request."
        ),
        (*WAYS, *WRITES, "BatchWriteItem"),
        ("TransactGetItems",),
        "TransactionCanceledException",
    ),
    "plain reads": (
        (
            "If an ongoing TransactWriteItems or TransactGetItems operation conflicts with a concurrent GetItem"
            " request, both operations can succeed."
        ),
        (*WAYS, "TransactGetItems"),
        READS,
        None,
    ),
    "all others": (
        "(The page lists no other conflict.)",
        ("TransactGetItems", *READS, *WRITES),
        (*WRITES, *WAYS[:2], *READS),
        None,
    ),
}


def attempt(table: Table, what: str) -> str | None:
    """Return how the call is refused; a condition that does not hold is the caller's own affair."""
    try:
        table.call(what)
    except ClientError as error:
        answer: Any = error.response
        codes = [reason["Code"] for reason in answer.get("CancellationReasons", [])]
        return None if "ConditionalCheckFailed" in codes else str(answer["Error"]["Code"])
    return None


@pytest.mark.parametrize("ledger", ["ministack", "dynoxide"], indirect=True)
@pytest.mark.parametrize("case", PAGE)
def test_it_answers_as_the_page_says(ledger: TableLedger, case: str) -> None:
    sentence, ongoing, concurrent, refused = PAGE[case]
    for first in ongoing:
        for second in concurrent:
            table = Table(ledger)
            ledger.put_item(SHARED)
            assert attempt(table, first) is None
            table.clock.ms += LOCK_MS - 1
            assert attempt(table, second) == refused, f"{second} while {first}: {sentence}"
            assert table.held.refused.total() == (refused is not None)

            if refused is not None:
                table.clock.ms += 2
                assert attempt(table, second) is None, f"{second} after {first}"


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_a_transaction_is_told_which_item_is_held_and_changes_nothing(ledger: TableLedger) -> None:
    table = Table(ledger)
    table.held.transact([(table.name, "shared", "x")])

    for what in (*WAYS, "TransactGetItems"):
        with pytest.raises(table.client.exceptions.TransactionCanceledException) as caught:
            table.call(what)
        assert caught.value.response["CancellationReasons"] == [NONE, CONFLICT]
    assert ledger.items() == []


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_a_transaction_that_met_a_held_item_holds_the_others_and_does_not_hold_that_one_longer(
    ledger: TableLedger,
) -> None:
    table = Table(ledger)
    table.held.transact([(table.name, "shared", "x")])
    table.clock.ms += LOCK_MS - 1
    assert attempt(table, "TransactWriteItems") == "TransactionCanceledException"
    table.clock.ms += 1

    assert not table.held.is_held((table.name, "shared", "x"))
    assert table.held.is_held((table.name, "own-1", "x"))


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_a_refused_write_is_caught_by_its_class_as_the_sdk_names_it(ledger: TableLedger) -> None:
    table = Table(ledger)
    table.call("TransactWriteItems")

    with pytest.raises(table.client.exceptions.TransactionConflictException, match="ongoing for the item"):
        table.call("UpdateItem")


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_a_batch_leaves_what_is_held_and_is_refused_where_all_of_it_is(ledger: TableLedger) -> None:
    table = Table(ledger)
    table.held.transact([(table.name, "shared", "x")])

    answer = table.call("BatchWriteItem")

    assert answer["UnprocessedItems"] == {table.name: [{"PutRequest": {"Item": SHARED}}]}
    assert ledger.items() == [{"pk": {"S": "own-1"}, "sk": {"S": "x"}}]
    with pytest.raises(table.client.exceptions.TransactionConflictException):
        table.client.batch_write_item(RequestItems=answer["UnprocessedItems"])
    table.clock.ms += LOCK_MS
    assert table.client.batch_write_item(RequestItems=answer["UnprocessedItems"])["UnprocessedItems"] == {}
    assert SHARED in ledger.items()


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_every_nth_call_is_throttled(ledger: TableLedger) -> None:
    table = Table(ledger, throttle_every=2)

    assert [attempt(table, "PutItem") for _ in range(4)] == [None, "ThrottlingException"] * 2
    table.call("GetItem")
    with pytest.raises(table.client.exceptions.TransactionCanceledException) as caught:
        table.call("TransactWriteItems")
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["ThrottlingError", "None"]
    assert {"ThrottlingException"} <= RETRYABLE_CODES
    assert set(codes) - {"None"} <= RETRYABLE_REASONS


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
def test_every_nth_batch_leaves_keys_unread(ledger: TableLedger) -> None:
    table = Table(ledger, unread_every=2)
    ledger.put_item(SHARED)

    answers = [table.call("BatchGetItem") for _ in range(2)]

    assert [answer["Responses"][table.name] for answer in answers] == [[SHARED], []]
    assert [answer["UnprocessedKeys"] for answer in answers] == [{}, {table.name: {"Keys": [SHARED]}}]


@pytest.mark.parametrize("ledger", ["dynoxide"], indirect=True)
@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_what_nobody_has_looked_up_is_no_way_around_it(ledger: TableLedger, name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        getattr(Table(ledger).client, name)


@pytest.mark.parametrize("ledger", ["memory", "dynoxide"], indirect=True)
def test_the_in_memory_twin_conflicts_like_the_table(ledger: Any) -> None:
    clock = Clock()
    held = Held(LOCK_MS, clock.now)
    ledger.apply(an_activity(), {("3", 0): 5})
    if isinstance(ledger, TableLedger):
        client: Any = Conflicting(ledger.dynamodb, held)
        conflicting: Any = DynamoLedger(client, ledger.table, lambda: clock.deadline_in(0))
    else:
        conflicting = ConflictingLedger(**vars(ledger), held=held)
    order, other = an_order(1), an_order(2, user_id="other")

    assert conflicting.record(order, UNCOUNTED) == Recorded(order)
    for write, *given in (
        (conflicting.record, order, UNCOUNTED),
        (conflicting.record, other, UNCOUNTED),  # of the same shard
        (conflicting.mark_sent, order, NOON),
        (conflicting.claim, order, NOON),
    ):
        with pytest.raises(BusyError):
            write(*given)
    clock.ms += LOCK_MS
    assert conflicting.mark_sent(order, NOON)
    assert conflicting.record(other, UNCOUNTED) == Recorded(other)
