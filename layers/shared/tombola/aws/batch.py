"""Reading many items at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.clock import deadline_in
from tombola.aws.deadline import Deadline
from tombola.aws.faults import answer_of, busy_when_unanswered, is_conflict
from tombola.rules.problem import BusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

KEYS_MAX = 100  # of one batch read
BATCH_TRIES_MAX = 3  # for keys that a batch read leaves unprocessed
UNREAD_SECONDS = 1.0  # that a batch read goes on waiting for them: at once they would meet the same throttle


def batch_get(
    dynamodb: "DynamoDBClient",
    table: str,
    keys: Iterable[Mapping[str, Any]],
    *,
    consistent: bool = True,
    only: Sequence[str] = (),
    patience: Callable[[float], Deadline] = deadline_in,
) -> list[Mapping[str, Any]]:
    """Return the items that exist, read consistently unless said otherwise.

    only are the attributes that come along, such as `drawn_at` or `award.award_id`; none: all of them. Unread is not
    absent: raise BusyError for keys that stay unread.
    """
    items: list[Mapping[str, Any]] = []
    remaining = iter(keys)
    while chunk := list(islice(remaining, KEYS_MAX)):
        asked: Any = {"Keys": chunk, "ConsistentRead": consistent, **_projected(only)}
        items += _batch_get_chunk(dynamodb, table, asked, patience)
    return items


def _projected(only: Sequence[str]) -> dict[str, Any]:
    """Return what asks for some attributes alone; their names are never in the way of DynamoDB's own words."""
    if not only:
        return {}
    alias = {part: f"#n{place}" for place, part in enumerate(dict.fromkeys(".".join(only).split(".")))}
    paths = (".".join(alias[part] for part in path.split(".")) for path in only)
    names = {sign: part for part, sign in alias.items()}
    return {"ProjectionExpression": ", ".join(paths), "ExpressionAttributeNames": names}


def _batch_get_chunk(
    dynamodb: "DynamoDBClient",
    table: str,
    asked: "KeysAndAttributesTypeDef",
    patience: Callable[[float], Deadline],
) -> list[Mapping[str, Any]]:
    items: list[Mapping[str, Any]] = []
    request: Any = {table: asked}
    waits = patience(UNREAD_SECONDS)
    for tries in range(BATCH_TRIES_MAX):
        with busy_when_unanswered():
            found = dynamodb.batch_get_item(RequestItems=request)
        items += found["Responses"].get(table, [])
        request = found.get("UnprocessedKeys")
        if not request:
            return items
        if tries == BATCH_TRIES_MAX - 1 or not waits.pause(tries):
            break
    raise BusyError(f"{len(asked['Keys'])} keys: some stayed unread in {tries + 1} tries")


def read_together(
    dynamodb: "DynamoDBClient", table: str, keys: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any] | None]:
    """Return the items as they are at one moment, None for one that is not there; BusyError while one is written.

    Reads that follow each other may see one part of a transaction and not yet the other: of this call alone DynamoDB
    promises that it does not (transaction-apis.html, "Isolation levels for DynamoDB transactions").
    """
    gets: Any = [{"Get": {"TableName": table, "Key": key}} for key in keys]
    try:
        with busy_when_unanswered():
            found = dynamodb.transact_get_items(TransactItems=gets)
    except ClientError as error:
        if is_conflict(error):
            raise BusyError(answer_of(error)) from error
        raise
    return [each.get("Item") for each in found["Responses"]]
