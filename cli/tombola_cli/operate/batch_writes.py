"""Writing many items at once, without conditions: each write is sent until it is taken."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from tombola.aws.deadline import Deadline
from tombola.aws.faults import busy_when_unanswered
from tombola.rules.problem import BusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITES_MAX = 25  # of one batch
TRIES_MAX = 40  # batches in a row of which nothing is written

T = TypeVar("T")


def parts_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of size, the last of them perhaps shorter."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part


def batch_write(
    dynamodb: "DynamoDBClient", table: str, writes: Sequence[Any], patience: Callable[[], Deadline]
) -> bool:
    """Make writes, 25 at the most; return whether any of them may have been made more than once.

    Raise BusyError where nothing at all is written for too long.
    """
    waiting, twice, tries, deadline = list(writes), False, 0, patience()
    while waiting:
        left, again = _send(dynamodb, table, waiting)
        twice = twice or again
        if len(left) < len(waiting):
            tries, deadline = 0, patience()
        waiting, tries = left, tries + 1
        if waiting and (tries >= TRIES_MAX or not deadline.pause(tries - 1)):
            raise BusyError(f"{len(waiting)} of {len(writes)} writes were not taken in {tries} tries: run it again")
    return twice


def _send(dynamodb: "DynamoDBClient", table: str, writes: Sequence[Any]) -> tuple[list[Any], bool]:
    """Return the writes that were not taken, and whether those that were may have been made before."""
    try:
        with busy_when_unanswered():
            answer: Any = dynamodb.batch_write_item(RequestItems={table: writes})
    except BusyError:  # perhaps written, and the answer was lost
        return list(writes), True
    again = answer.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    return answer.get("UnprocessedItems", {}).get(table, []), again
