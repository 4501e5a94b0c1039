"""The records of activities: which there are, the stock that is left, and the log of changes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tombola.aws.activity_items import ACTIVITIES_PK, activity_key, decode_activity
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.batch import batch_get
from tombola.rules.activity import Activity
from tombola.rules.log import START, Entry
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.shards import read_shards
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACTIVITIES_MAX = 10_000
PAGE = 100
PAGES_MAX = 1_000  # of a log
UTC = "UTC"


def activity_ledger(stack: Stack) -> DynamoActivityLedger:
    """Return the stack's ledger of activities, their logs and rule trees."""
    return DynamoActivityLedger(stack.client("dynamodb"), stack.table_name, stack.patience)


def activities_in(stack: Stack) -> list[Activity | Unreadable]:
    """Return every activity, those that begin last first, and after them those that cannot be read."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    pages = dynamodb.get_paginator("query").paginate(
        TableName=stack.table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": ACTIVITIES_PK}},
        ConsistentRead=True,
        PaginationConfig={"MaxItems": ACTIVITIES_MAX},
    )
    names = [item["sk"]["S"] for page in pages for item in page["Items"]]
    found = batch_get(dynamodb, stack.table_name, map(activity_key, names))
    decoded = [decode_activity(item) for item in found]
    legible = [each for each in decoded if isinstance(each, Activity)]
    unreadable = [each for each in decoded if isinstance(each, Unreadable)]
    return [*sorted(legible, key=lambda activity: activity.begin, reverse=True), *unreadable]


def shared_zone(activity_ids: Iterable[str], stack: Stack) -> str:
    """Return the name of the time zone that these activities share; UTC where they have several, or none is known."""
    keys = [activity_key(activity_id) for activity_id in dict.fromkeys(activity_ids)]
    found = [decode_activity(item) for item in batch_get(stack.client("dynamodb"), stack.table_name, keys)]
    zones = {each.time_zone for each in found if isinstance(each, Activity)}
    return zones.pop() if len(zones) == 1 else UTC


def stock_of(activity: Activity, stack: Stack) -> dict[str, int]:
    """Return the units left by award, and of the cap under CAP."""
    shards = read_shards(stack.client("dynamodb"), stack.table_name, activity.activity_id, activity.shards)
    return {award_id: sum(shard.left for shard in each) for award_id, each in shards.items()}


def log_of(activity: Activity, stack: Stack) -> tuple[list[Entry | Unreadable], int | None]:
    """Return the whole log, and the number of the first entry that does not fit the chain of hashes, if any."""
    ledger = activity_ledger(stack)
    entries: list[Entry | Unreadable] = []
    for _ in range(PAGES_MAX):
        page = ledger.log(activity.activity_id, len(entries), PAGE)
        entries += page
        if len(page) < PAGE:
            break
    return entries, _break_in(entries, activity)


def _break_in(entries: list[Entry | Unreadable], activity: Activity) -> int | None:
    before = START
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Unreadable) or (entry.number, entry.before) != (number, before):
            return number
        before = entry.digest
    return None if (len(entries), before) == (activity.entries, activity.digest) else len(entries) + 1
