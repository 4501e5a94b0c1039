"""DynamoDB as the ledger of activities: each change is one transaction with the line of the log that tells it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.activity_items import (
    activity_item,
    activity_key,
    decode_activity,
    decode_entry,
    decode_tree,
    entry_item,
    log_key,
    name_item,
    tree_key,
)
from tombola.aws.clock import conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.aws.decode import Item
from tombola.aws.faults import RETRYABLE_REASONS, answer_of, busy_when_unanswered, try_again
from tombola.aws.items import number, text
from tombola.rules.activity import Activity
from tombola.rules.activity_life import moved
from tombola.rules.activity_states import Action
from tombola.rules.log import Entry
from tombola.rules.problem import BusyError
from tombola.rules.tree import Tree
from tombola.rules.unreadable import Unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOG_PAGES_MAX = 40  # of 1 MB: a hundred entries of the largest size


class DynamoActivityLedger:
    """Activities, their logs and rule trees in the table table_name; conflicts are tried again until patience ends."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table_name: str, patience: Callable[[], Deadline] = conflict_deadline
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._patience = patience

    def activity(self, activity_id: str) -> Activity | Unreadable | None:
        item = self._get(activity_key(activity_id))
        return decode_activity(item) if item else None

    def tree(self, tree_id: str) -> Tree | Unreadable | None:
        item = self._get(tree_key(tree_id))
        return decode_tree(item) if item else None

    def log(self, activity_id: str, after: int, limit: int) -> Sequence[Entry | Unreadable]:
        """Return entries whose number is above after, oldest first: as many as limit, or all there are."""
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": activity_key(activity_id)["pk"],
                ":first": log_key(activity_id, after + 1)["sk"],
                ":last": text("LOG#~"),
            },
            "ConsistentRead": True,
        }
        entries: list[Entry | Unreadable] = []
        for _ in range(LOG_PAGES_MAX):  # a query ends at 1 MB
            with busy_when_unanswered():
                found = self._dynamodb.query(**query, Limit=limit - len(entries))
            entries += map(decode_entry, found["Items"])
            if "LastEvaluatedKey" not in found or len(entries) >= limit:
                return entries
            query["ExclusiveStartKey"] = found["LastEvaluatedKey"]
        raise BusyError(f"activity {activity_id}: {limit} entries of its log are more than {LOG_PAGES_MAX} pages")

    def move(self, activity: Activity, action: Action, who: str, why: str, now: datetime) -> Activity | None:
        after, entry = moved(activity, action, who, why, now)
        try:
            return after if self.write(activity, after, entry) else None
        except ClientError as error:  # refused for good, and for this activity alone
            raise ValueError(f"activity {activity.activity_id}: {error}") from error

    def write(self, before: Activity | None, after: Activity, entry: Entry) -> bool:
        """Put after in place of before, and entry on its log; return False if somebody changed it meanwhile.

        Sent twice, by the SDK or by us, it acts once: the log has grown by then.
        """
        condition: Mapping[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "entries = :entries",
                "ExpressionAttributeValues": {":entries": number(before.entries)},
            }
        puts: Any = [
            {"Put": {"TableName": self._table, "Item": activity_item(after), **condition}},
            {
                "Put": {
                    "TableName": self._table,
                    "Item": entry_item(after.activity_id, entry),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
        ]
        if before is None:
            puts.append({"Put": {"TableName": self._table, "Item": name_item(after.activity_id)}})
        try:
            with busy_when_unanswered():
                try_again(lambda: self._dynamodb.transact_write_items(TransactItems=puts), self._patience())
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            refusal: Any = error.response
            codes = {reason["Code"] for reason in refusal["CancellationReasons"]}
            if "ConditionalCheckFailed" in codes:
                return self._is_written(after)
            if codes & RETRYABLE_REASONS:
                raise BusyError(
                    f"activity {after.activity_id} is held by other transactions: try again ({answer_of(error)})"
                ) from error
            raise
        return True

    def _is_written(self, after: Activity) -> bool:
        """Return whether it is our own write that stands: its answer was lost, and it was sent again."""
        found = self.activity(after.activity_id)
        return isinstance(found, Activity) and (found.entries, found.digest) == (after.entries, after.digest)

    def _get(self, key: Item) -> Mapping[str, Any] | None:
        with busy_when_unanswered():
            found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")
