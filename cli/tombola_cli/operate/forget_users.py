"""Forgetting one user, or all users of activities that are closed and ended before a date."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tombola.aws.belongings import Belongings, belongings_of
from tombola.aws.items import text
from tombola.rules.activity import Activity
from tombola.rules.tombstone import is_over
from tombola_cli.errors import TombolaError
from tombola_cli.files.file_times import read_moment
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.forgetting import Failure, Forgetting, Left, Tally, Wish, units
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WORKERS = 8  # users who are forgotten side by side
AT_ONCE = 100  # users between two looks at the clock of AWS
IN_VAIN_MAX = 50  # users in a row with whom AWS failed, until a run gives up
USER = "USER#"

Tell = Callable[[int], None]  # how many users are done with


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """One user in all activities; without a user_id everybody in activities."""

    user_id: str | None = None
    activities: frozenset[str] | None = None
    unreadable: tuple[Left, ...] = ()  # activities of which nobody knows when they ended


def ended_before(date: str, stack: Stack) -> Whom:
    """Return everybody in the activities that are closed and ended before date, which each reads in its time zone.

    Raise TombolaError if date is none.
    """
    now, ended, unreadable = stack.now(), set[str](), list[Left]()
    for each in activities_in(stack):
        if not isinstance(each, Activity):
            because = f"the activity cannot be read: {each.because}"
            unreadable.append(Left("", each.pk.removeprefix("ACTIVITY#"), because))
        elif is_over(each, now) and each.end < _moment(date, ZoneInfo(each.time_zone)):
            ended.add(each.activity_id)
    _moment(date, ZoneInfo("UTC"))
    return Whom(activities=frozenset(ended), unreadable=tuple(unreadable))


def surveyed(whom: Whom, wish: Wish, stack: Stack, tell: Tell = lambda _: None) -> Tally:
    """Return what would come of it, without doing it."""
    run, tally, now = Forgetting(wish, stack, stack.client("dynamodb")), Tally(), stack.now()
    tally.leave(*whom.unreadable)
    for found in _found(whom, run, stack):
        tally.take(run.survey(found, whom.activities, now))
        tell(tally.users)
    return tally


def performed(whom: Whom, wish: Wish, stack: Stack, tell: Tell = lambda _: None) -> Tally:
    """Forget them; return what came of it. Each unit that goes back to stock adds a line to its activity's log."""
    tally, in_vain, workers = Tally(), 0, 1 if wish.give_up else WORKERS
    run = Forgetting(wish, stack, stack.client("dynamodb"))
    tally.leave(*whom.unreadable)
    with ThreadPoolExecutor(workers) as threads:
        for some in parts_of(_found(whom, run, stack), AT_ONCE):
            for done in threads.map(partial(run.perform, wanted=whom.activities, now=stack.now()), some):
                tally.take(done)
                failed = [left.because for left in done.left if isinstance(left, Failure)]
                in_vain = in_vain + 1 if failed else 0
                if in_vain >= IN_VAIN_MAX:
                    raise TombolaError(f"{tally.orders} orders erased, then {in_vain} users failed: {failed[0]}")
                tell(tally.users)
    return tally


def blocking(user_id: str, stack: Stack) -> list[str]:
    """Return the activities whose list of blocked users names this one."""
    return [each.activity_id for each in activities_in(stack) if isinstance(each, Activity) and user_id in each.blocked]


def _found(whom: Whom, run: Forgetting, stack: Stack) -> Iterator[Belongings]:
    """Yield what each of them has; nobody who has nothing there."""
    if whom.user_id is not None:
        found = run.ledger.belongings(whom.user_id)
        if found.units or found.unreadable:
            yield found
        return
    for pk, items in groupby(_items_of_users(stack), key=lambda item: str(item["pk"]["S"])):
        found = belongings_of(pk.removeprefix(USER), items)
        if units(found, whom.activities):
            yield found


def _items_of_users(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Yield the items of all users, those of one together: the items of a partition follow on each other."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=stack.table_name,
        FilterExpression="begins_with(pk, :user)",
        ExpressionAttributeValues={":user": text(USER)},
        ConsistentRead=True,
    )
    return (item for page in pages for item in page["Items"])


def _moment(date: str, zone: ZoneInfo) -> datetime:
    try:
        return read_moment(date, zone, last=False)
    except ValueError as error:
        raise TombolaError(f"--before: {error}") from None
