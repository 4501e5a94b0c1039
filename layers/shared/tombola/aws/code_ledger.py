"""The pools of codes in DynamoDB: looking at free ones, and giving one to one order in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.clock import conflict_deadline
from tombola.aws.code_items import FREE, code_of, free_key, shard_pk, used_item
from tombola.aws.deadline import Deadline
from tombola.aws.faults import RETRYABLE_REASONS, busy_when_unanswered, try_again
from tombola.aws.items import moment, text
from tombola.aws.order_update import update_of
from tombola.aws.transaction import CONDITION_FAILED
from tombola.rules.code_pool import CHOICES, Choices, Taken, must_outlive
from tombola.rules.order import Order
from tombola.rules.order_life import GRANT_WITH
from tombola.rules.problem import BusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CANCELED = "TransactionCanceledException"
PAGES_MAX = 20  # of a shard, whose codes all expire soon
PAGE_GROWTH = 4  # so much longer is each page than the one before
PAGE_MAX = 25_000  # codes: more than the 1 MB of a page holds; DynamoDB takes no number beyond 32 bits


class DynamoCodePool:
    """The adapter of the pools; the items of a pool's shard stand in one partition of table_name."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table_name: str, patience: Callable[[], Deadline] = conflict_deadline
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._patience = patience

    def choices(self, pool: str, shard: int, now: datetime) -> Choices:
        """Return the first free codes of a shard that do not expire soon, read after every earlier write."""
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :free)",
            "FilterExpression": "attribute_not_exists(expires_at) OR expires_at > :good",
            "ExpressionAttributeValues": {
                ":pk": text(shard_pk(pool, shard)),
                ":free": text(FREE),
                ":good": moment(must_outlive(now)),
            },
            "ConsistentRead": True,
            "Limit": CHOICES,
        }
        for _ in range(PAGES_MAX):
            with busy_when_unanswered():
                found = self._dynamodb.query(**query)
            codes, ends = tuple(map(code_of, found["Items"])), "LastEvaluatedKey" not in found
            if codes or ends:
                return Choices(codes[:CHOICES], whole=ends and len(codes) <= CHOICES)
            query["ExclusiveStartKey"] = found["LastEvaluatedKey"]
            query["Limit"] = min(query["Limit"] * PAGE_GROWTH, PAGE_MAX)
        return Choices((), whole=False)

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken:
        """Give code to order: the code is used, and the order granted with it, or neither."""
        writes: Any = [
            {"Update": update_of(self._table, order, GRANT_WITH, {"now": now, "content": code})},
            {"Put": self._if_absent(used_item(pool, code, order, now))},
            {"Delete": {**self._where(free_key(pool, code)), "ConditionExpression": "attribute_exists(pk)"}},
        ]
        try:
            with busy_when_unanswered():
                self._dynamodb.transact_write_items(TransactItems=writes)
        except BusyError:
            # The words of an error are told, and those of AWS might repeat the code.
            raise BusyError(f"order {order.order_id}: the table did not answer the claim of a code") from None
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            refusal: Any = error.response
            taken, imported_twice = _read(order, refusal["CancellationReasons"])
            if imported_twice:
                self._forget(free_key(pool, code))
            return taken
        return Taken.GRANTED

    def _forget(self, free: Mapping[str, Any]) -> None:
        """Take away a free code that is used as well: it was imported twice. Where that fails, the next claim does."""
        gone = self._dynamodb.exceptions.ConditionalCheckFailedException
        delete = partial(self._dynamodb.delete_item, **self._where(free), ConditionExpression="attribute_exists(pk)")
        with suppress(gone, BusyError), busy_when_unanswered():
            try_again(delete, self._patience())  # the claim that was refused holds it for some milliseconds

    def _where(self, key: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a part of a request
        return {"TableName": self._table, "Key": key}

    def _if_absent(self, item: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a part of a request
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}


def _read(order: Order, reasons: Sequence[Mapping[str, Any]]) -> tuple[Taken, bool]:
    """Return what a cancelled claim says, and whether its code was used before.

    Raise RuntimeError for a reason that trying again cannot mend.
    """
    of_order, of_used, of_free = (reason["Code"] for reason in reasons)
    unknown = {of_order, of_used, of_free} - RETRYABLE_REASONS - {CONDITION_FAILED, "None"}
    if unknown:
        raise RuntimeError(f"order {order.order_id}: the claim of a code was cancelled for {sorted(unknown)}")
    if of_order == CONDITION_FAILED:
        return Taken.MOVED_ON, False
    if CONDITION_FAILED in (of_used, of_free):
        return Taken.GONE, of_used == CONDITION_FAILED and of_free == "None"
    return Taken.HELD, False
