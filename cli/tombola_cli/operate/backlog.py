"""How many prizes are not granted yet, and what do they wait for? Counts of the index `due`, which is a moment old."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

from tombola.aws.items import moment, text
from tombola.rules.order import BY_HAND, DEADLINES, LANES, PARKED
from tombola.rules.unreadable import UNREADABLE
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 16  # lanes that are counted at once
# Compensation looks at an order again within the longest wait, an hour by default, after it has sent its message.
SOON = timedelta(hours=1)
MILLI = timedelta(milliseconds=1)  # the index counts whole ones
WATCH_SECONDS = 10.0  # between two counts

Condition = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Prizes that are not granted: due, due within the hour or on their way, due later, and waiting for a person.

    unreadable counts whatever item stands in that lane.
    """

    due: int
    soon: int
    later: int
    by_hand: int
    unclaimed: int
    parked: int
    unreadable: int

    @property
    def under_way(self) -> int:
        """Return those that are granted within the hour if nothing is in their way."""
        return self.due + self.soon


def counted(stack: Stack, now: datetime) -> Backlog:
    """Count the lanes; only keys are read, a million of which are some 15,000 read units.

    Most lanes are empty most of the time, so each is asked for its first entry before it is counted by time.
    """
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    count = partial(_count, dynamodb, stack.table_name)
    times: list[Condition] = [
        ("due_at <= :now", {":now": moment(now)}),
        ("due_at BETWEEN :after AND :soon", {":after": moment(now + MILLI), ":soon": moment(now + SOON)}),
        ("due_at > :soon", {":soon": moment(now + SOON)}),
    ]
    with ThreadPoolExecutor(READERS) as readers:
        taken = list(compress(LANES, readers.map(partial(_is_taken, dynamodb, stack.table_name), LANES)))
        due, soon, later = (sum(readers.map(partial(count, condition=each), taken)) for each in times)
        by_hand, parked, unreadable, *unclaimed = readers.map(count, (BY_HAND, PARKED, UNREADABLE, *DEADLINES))
    return Backlog(
        due=due,
        soon=soon,
        later=later,
        by_hand=by_hand,
        unclaimed=sum(unclaimed),
        parked=parked,
        unreadable=unreadable,
    )


def until_granted(count: Callable[[], Backlog], pause: Callable[[], None]) -> Iterator[tuple[Backlog, int]]:
    """Yield counts, each with the most that were under way, until nothing is under way any more."""
    most = 0
    while True:
        found = count()
        most = max(most, found.under_way)
        yield found, most
        if found.under_way == 0:
            return
        pause()


def _is_taken(dynamodb: "DynamoDBClient", table_name: str, lane: str) -> bool:
    found = dynamodb.query(
        TableName=table_name,
        IndexName="due",
        Select="COUNT",
        KeyConditionExpression="lane = :lane",
        ExpressionAttributeValues={":lane": text(lane)},
        Limit=1,
    )
    return found["Count"] > 0


def _count(dynamodb: "DynamoDBClient", table_name: str, lane: str, condition: Condition = ("", {})) -> int:
    words, values = condition
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table_name,
        IndexName="due",
        Select="COUNT",
        KeyConditionExpression=f"lane = :lane AND {words}" if words else "lane = :lane",
        ExpressionAttributeValues={":lane": text(lane), **values},
    )
    return sum(page["Count"] for page in pages)
