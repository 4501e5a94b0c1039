"""Walking through lanes of the index `due`, the oldest entry first, from where a walk before ended."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from heapq import merge
from typing import TYPE_CHECKING, Any

from tombola.aws.due_index import standing_from
from tombola.aws.faults import busy_when_unanswered
from tombola.aws.items import milliseconds, moment, text
from tombola.aws.items import number as value
from tombola.rules.due import Standing
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 100  # entries a query
READERS = 16  # threads that read the first pages of many lanes


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry stands in the index: all that DynamoDB needs to go on behind it."""

    lane: str
    due_at: str
    pk: str
    sk: str

    @classmethod
    def of(cls, entry: Standing) -> "Place":
        return cls(lane=entry.lane, due_at=entry.due_at, pk=entry.pk, sk=entry.sk)

    @classmethod
    def read(cls, token: str) -> "Place":
        """Return the place that token was written for; raise TombolaError if it was written for none."""
        try:
            fields = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            place = cls(**{name: str(value) for name, value in fields.items()})
            Decimal(place.due_at)
        except (ValueError, TypeError, AttributeError, InvalidOperation):
            raise TombolaError("--after is no token of a list: it must be the next of a page before") from None
        return place

    def token(self) -> str:
        """Return the place as one word."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode().rstrip("=")


def walk(lanes: Sequence[str], until: datetime, after: Place | None, stack: Stack) -> Iterator[Standing]:
    """Yield the entries of lanes that are due until then, the oldest first; of one time those of the first lane first.

    That makes one place enough to go on from. An entry that moves meanwhile may come twice, or not at all.
    """
    if after is not None and after.lane not in lanes:
        raise TombolaError("--after is a token of another list: it must be the next of a page before")
    dynamodb = stack.client("dynamodb", connections_max=READERS)
    walks = [_walk_lane(place, lanes, until, after, dynamodb, stack.table_name) for place in range(len(lanes))]
    with ThreadPoolExecutor(min(READERS, len(lanes))) as readers:
        begun = list(readers.map(_begun, walks))
    for _, entry in merge(*begun, key=lambda each: (Decimal(each[1].due_at), each[0])):
        yield entry


def _begun(walk: Iterator[tuple[int, Standing]]) -> Iterator[tuple[int, Standing]]:
    """Return walk with its first page read."""
    first = next(walk, None)

    def whole() -> Iterator[tuple[int, Standing]]:
        if first is not None:
            yield first
            yield from walk

    return whole()


def _walk_lane(
    number: int, lanes: Sequence[str], until: datetime, after: Place | None, dynamodb: "DynamoDBClient", table: str
) -> Iterator[tuple[int, Standing]]:
    """Yield the entries of one lane behind after, each with the lane's number."""
    first, start = _begin(number, lanes, after)
    if first > milliseconds(until):
        return
    query: Any = {
        "TableName": table,
        "IndexName": "due",
        "KeyConditionExpression": "lane = :lane AND due_at BETWEEN :first AND :until",
        "ExpressionAttributeValues": {":lane": text(lanes[number]), ":first": value(first), ":until": moment(until)},
        "Limit": PAGE,
        **start,
    }
    while True:
        with busy_when_unanswered():
            found = dynamodb.query(**query)
        for item in found["Items"]:
            yield number, standing_from(item)
        if "LastEvaluatedKey" not in found:
            return
        query["ExclusiveStartKey"] = found["LastEvaluatedKey"]


def _begin(number: int, lanes: Sequence[str], after: Place | None) -> tuple[int, dict[str, Any]]:
    """Return the first due_at that is asked for, and where behind it the query begins."""
    if after is None:
        return 0, {}
    first = int(Decimal(after.due_at))
    if lanes[number] == after.lane:
        key = {"lane": text(after.lane), "due_at": {"N": after.due_at}, "pk": text(after.pk), "sk": text(after.sk)}
        return first, {"ExclusiveStartKey": key}
    # Of that moment the lanes before after's were listed to their end, and those behind it not at all.
    return first + (number < lanes.index(after.lane)), {}
