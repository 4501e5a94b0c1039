"""How many codes a pool has: counted by queries that send no code."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tombola.aws.code_items import FREE, POOLS_PK, USED, shard_pk
from tombola.aws.items import moment, text
from tombola.rules.code_pool import EXPIRY_MARGIN, POOL_SHARDS
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SOON = timedelta(days=7)
POOLS_MAX = 10_000

Tell = Callable[[int], None]  # codes that are counted


@dataclass(frozen=True, slots=True)
class PoolCount:
    """The codes of a pool: free ones can be handed over, and those of them that expire soon; expired ones cannot."""

    pool: str
    free: int
    expire_soon: int
    expired: int
    used: int


class _Page(NamedTuple):
    fit: int  # the filter
    all: int


def pools_in(stack: Stack) -> list[str]:
    """Return the names of all pools."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    pages = dynamodb.get_paginator("query").paginate(
        TableName=stack.table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": text(POOLS_PK)},
        ConsistentRead=True,
        PaginationConfig={"MaxItems": POOLS_MAX},
    )
    return [item["sk"]["S"] for page in pages for item in page["Items"]]


def counted(pool: str, stack: Stack, now: datetime, tell: Tell = lambda _: None) -> PoolCount:
    """Return how many codes pool has; tell is told how many were counted."""
    here = _Counter(stack, pool, tell)
    soon = here.count(FREE, now + SOON)
    expired = here.count(FREE, now + EXPIRY_MARGIN).fit if soon.fit else 0
    return PoolCount(pool, soon.all - expired, soon.fit - expired, expired, here.count(USED, now).all)


def known_pool(pool: str, stack: Stack) -> str:
    """Return pool; raise TombolaError if nothing was ever imported into it."""
    if pool not in pools_in(stack):
        raise TombolaError(f"there is no pool {pool}: tombola codes stats shows which there are")
    return pool


def free_codes(pool: str, stack: Stack, now: datetime, enough: int) -> int:
    """Return how many codes of pool can be handed over; that there are enough is all it finds out beyond that."""
    found = 0
    for page in _Counter(stack, pool, lambda _: None).pages(FREE, now + EXPIRY_MARGIN):
        found += page.all - page.fit
        if found >= enough:
            break
    return found


class _Counter:
    def __init__(self, stack: Stack, pool: str, tell: Tell) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table = stack.table_name
        self._pool = pool
        self._tell = tell
        self._told = 0

    def count(self, state: str, until: datetime) -> _Page:
        """Return how many codes in a state expire until then, and how many there are."""
        pages = list(self.pages(state, until))
        return _Page(sum(page.fit for page in pages), sum(page.all for page in pages))

    def pages(self, state: str, until: datetime) -> Iterator[_Page]:
        for shard in range(POOL_SHARDS):
            found: Any = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :state)",
                FilterExpression="expires_at <= :until",
                ExpressionAttributeValues={
                    ":pk": text(shard_pk(self._pool, shard)),
                    ":state": text(state),
                    ":until": moment(until),
                },
                Select="COUNT",
                ConsistentRead=True,
            )
            for page in found:
                self._told += page["ScannedCount"]
                self._tell(self._told)
                yield _Page(page["Count"], page["ScannedCount"])
