"""A call that goes straight to the emulator comes to the same as by the SDK."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import straight_calls
from cloud import Cloud, an_empty_cloud

SDK = BaseClient._make_api_call  # type: ignore[attr-defined]
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ITEM = {**KEY, "blob": {"B": b"\x00\xff"}, "more": {"M": {"B": {"S": "a name"}, "L": {"L": [{"N": "1"}]}}}}
NEW = "attribute_not_exists(pk)"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with an_empty_cloud(monkeypatch) as cloud:
        cloud.ledger.put_item(ITEM)
        yield cloud


def outcomes(cloud: Cloud, operation: str, arguments: dict[str, Any]) -> list[tuple[type, dict[str, Any]]]:
    """Return what comes of a call by the SDK, and straight: an answer or an error, without how it was brought."""
    found: list[tuple[type, dict[str, Any]]] = []
    for call in (SDK, lambda *given: straight_calls.ask(SDK, *given)):
        try:
            kind: type = dict
            said: Any = call(cloud.ledger.dynamodb, operation, arguments)
        except ClientError as error:
            kind, said = type(error), error.response
        found.append((kind, {name: said[name] for name in said.keys() - {"ResponseMetadata", "__type"}}))
    return found


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("GetItem", {"Key": KEY}),
        ("GetItem", {"Key": {**KEY, "sk": {"S": "none"}}}),
        ("PutItem", {"Item": ITEM}),
        ("PutItem", {"Item": ITEM, "ConditionExpression": NEW}),
        ("Query", {"KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "no expression"}),
    ],
)
def test_it_answers_and_refuses_as_by_the_sdk(cloud: Cloud, operation: str, arguments: dict[str, Any]) -> None:
    sdk, straight = outcomes(cloud, operation, {"TableName": cloud.ledger.table, **arguments})

    assert straight[0] is sdk[0]
    assert {name: straight[1][name] for name in sdk[1]} == sdk[1]


def test_a_cancelled_transaction_says_why_as_by_the_sdk(cloud: Cloud) -> None:
    put = {"Put": {"TableName": cloud.ledger.table, "Item": ITEM, "ConditionExpression": NEW}}

    sdk, straight = outcomes(cloud, "TransactWriteItems", {"TransactItems": [put]})

    assert straight[0] is sdk[0] is cloud.ledger.dynamodb.exceptions.TransactionCanceledException
    assert straight[1]["CancellationReasons"][0]["Code"] == sdk[1]["CancellationReasons"][0]["Code"]


def test_another_service_is_asked_by_the_sdk(cloud: Cloud) -> None:
    asked = straight_calls.ask(SDK, cloud.sqs, "GetQueueUrl", {"QueueName": "invoices"})

    assert asked["QueueUrl"] == cloud.queue_url
