"""Reading many items at once."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from tombola.aws.faults import busy_when_unanswered
from tombola.rules.problem import BusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_MAX = 100  # of one batch read
BATCH_TRIES_MAX = 3  # for keys that a batch read leaves unprocessed


def batch_get(dynamodb: "DynamoDBClient", table: str, keys: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the items that exist, read consistently; unread is not absent, so what stays unread is BusyError."""
    items: list[Mapping[str, Any]] = []
    remaining = iter(keys)
    while chunk := list(islice(remaining, KEYS_MAX)):
        items += _batch_get_chunk(dynamodb, table, chunk)
    return items


def _batch_get_chunk(dynamodb: "DynamoDBClient", table: str, keys: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    items: list[Mapping[str, Any]] = []
    request: Any = {table: {"Keys": keys, "ConsistentRead": True}}
    for _ in range(BATCH_TRIES_MAX):
        with busy_when_unanswered():
            found = dynamodb.batch_get_item(RequestItems=request)
        items += found["Responses"].get(table, [])
        request = found.get("UnprocessedKeys")
        if not request:
            return items
    raise BusyError(f"{len(keys)} keys: some stayed unread in {BATCH_TRIES_MAX} tries")
