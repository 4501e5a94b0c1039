"""Walking through partitions of a table's index by time, the oldest entry first, from where a walk before ended."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from heapq import merge
from typing import TYPE_CHECKING, Any

from tombola.aws.faults import busy_when_unanswered
from tombola.aws.items import milliseconds, moment, number, text
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

READERS = 16  # threads that read the first pages of many partitions


@dataclass(frozen=True, slots=True)
class Index:
    """An index of the table, and the attributes that its entries stand under."""

    name: str
    partition: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry stands in an index: all that DynamoDB needs to go on behind it."""

    partition: str
    at: str  # as it is written there
    pk: str
    sk: str

    @classmethod
    def read(cls, token: str) -> "Place":
        """Return the place that token was written for; raise TombolaError if it was written for none."""
        try:
            fields = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            place = cls(**{name: str(value) for name, value in fields.items()})
            Decimal(place.at)
        except (ValueError, TypeError, AttributeError, InvalidOperation):
            raise TombolaError("--after is no token of a list: it must be the next of a page before") from None
        return place

    def token(self) -> str:
        """Return the place as one word."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which entries a walk meets: those of some partitions, of a span of time, behind a place."""

    index: Index
    partitions: Sequence[str]
    until: datetime
    since: datetime | None = None
    after: Place | None = None
    page: int  # entries a query

    def __post_init__(self) -> None:
        if self.after is not None and self.after.partition not in self.partitions:
            raise TombolaError("--after is a token of another list: it must be the next of a page before")

    def order(self, entry: Place) -> tuple[Decimal, int, str]:
        """Return where entry, which stands in one of the partitions, comes in the walk."""
        return Decimal(entry.at), self.partitions.index(entry.partition), entry.sk

    def meets(self, entry: Place) -> bool:
        """Return whether the walk comes to entry, which stands in one of the partitions."""
        first = 0 if self.since is None else milliseconds(self.since)
        in_time = first <= Decimal(entry.at) <= milliseconds(self.until)
        return in_time and (self.after is None or self.order(entry) > self.order(self.after))


def walk(route: Route, stack: Stack) -> Iterator[Place]:
    """Yield the entries of route, the oldest first; of one time those of the first partition first.

    That makes one place enough to go on from. An entry that moves meanwhile may come twice, or not at all.
    """
    dynamodb = stack.client("dynamodb")
    walks = [_walk_one(place, route, dynamodb, stack.table_name) for place in range(len(route.partitions))]
    with ThreadPoolExecutor(min(READERS, len(walks))) as readers:
        begun = list(readers.map(_begun, walks))
    for _, entry in merge(*begun, key=lambda each: (Decimal(each[1].at), each[0])):
        yield entry


def count(route: Route, stack: Stack) -> int:
    """Return the number of the entries of route, which is all that is sent of them."""
    dynamodb = stack.client("dynamodb")
    places = range(len(route.partitions))
    with ThreadPoolExecutor(min(READERS, len(places))) as readers:
        return sum(readers.map(lambda place: _count_one(place, route, dynamodb, stack.table_name), places))


def _begun(walk: Iterator[tuple[int, Place]]) -> Iterator[tuple[int, Place]]:
    """Return walk with its first page read."""
    first = next(walk, None)

    def whole() -> Iterator[tuple[int, Place]]:
        if first is not None:
            yield first
            yield from walk

    return whole()


def _walk_one(place: int, route: Route, dynamodb: "DynamoDBClient", table: str) -> Iterator[tuple[int, Place]]:
    """Yield the entries of one partition, each with the partition's number."""
    index, partition = route.index, route.partitions[place]
    for found in _pages(place, route, dynamodb, table, {"Limit": route.page}):
        for item in found["Items"]:
            yield place, Place(partition=partition, at=item[index.time]["N"], pk=item["pk"]["S"], sk=item["sk"]["S"])


def _count_one(place: int, route: Route, dynamodb: "DynamoDBClient", table: str) -> int:
    return sum(found["Count"] for found in _pages(place, route, dynamodb, table, {"Select": "COUNT"}))


def _pages(
    place: int, route: Route, dynamodb: "DynamoDBClient", table: str, form: dict[str, Any]
) -> Iterator["QueryOutputTypeDef"]:
    """Yield the answers about one partition, in the form that is asked for."""
    index, partition = route.index, route.partitions[place]
    first, start = _begin(place, route)
    if first > milliseconds(route.until):
        return
    query: Any = {
        "TableName": table,
        "IndexName": index.name,
        "KeyConditionExpression": f"{index.partition} = :partition AND {index.time} BETWEEN :first AND :until",
        "ExpressionAttributeValues": {
            ":partition": text(partition),
            ":first": number(first),
            ":until": moment(route.until),
        },
        **form,
        **start,
    }
    while True:
        with busy_when_unanswered():
            found = dynamodb.query(**query)
        yield found
        if "LastEvaluatedKey" not in found:
            return
        query["ExclusiveStartKey"] = found["LastEvaluatedKey"]


def _begin(place: int, route: Route) -> tuple[int, dict[str, Any]]:
    """Return the first time that is asked for, and where behind it the query begins."""
    first, after, index = 0 if route.since is None else milliseconds(route.since), route.after, route.index
    if after is None or Decimal(after.at) < first:
        return first, {}
    first = int(Decimal(after.at))
    if route.partitions[place] == after.partition:
        time = {index.partition: text(after.partition), index.time: {"N": after.at}}
        return first, {"ExclusiveStartKey": {**time, "pk": text(after.pk), "sk": text(after.sk)}}
    # Of that moment the partitions before after's were listed to their end, and those behind it not at all.
    return first + (place < route.partitions.index(after.partition)), {}
