"""DynamoDB as the ledger that forgets: each order is erased in one transaction with the tombstone that it leaves."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tombola.aws.belongings import Belongings, belongings_of
from tombola.aws.clock import conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.aws.decode import Item
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import milliseconds, number, quota_key, text
from tombola.aws.shipment_items import batch_key
from tombola.aws.tombstone_items import delete_order, delete_shipment, disown_code, forget_call, tombstone_item
from tombola.aws.transaction import CONDITION_FAILED
from tombola.aws.void_ledger import OVERTAKEN_MAX, VoidLedger
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.quota import counters_around
from tombola.rules.tombstone import is_finished, tombstone_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FORGETTING = "forgetting"  # the mark of a quota whose orders are being erased: their number is no draws' any more
PAGES_MAX = 100  # of a user's partition, of 1 MB each
# The faults that keep an order, which is as it was read, from being erased; without one it has moved on.
DAMAGE = {
    "code": "its code is not on record as its own: audit it",
    "shipment": "its parcel is not on record: audit it",
    "stock": "its shard of stock is not there, or no unit of it is gone: audit it",
}


class ForgetLedger(VoidLedger):
    """The ledger with the writes by which a user is forgotten; calls_table remembers calls to providers."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table_name: str,
        calls_table: str,
        patience: Callable[[], Deadline] = conflict_deadline,
    ) -> None:
        super().__init__(dynamodb, table_name, patience)
        self._calls_table = calls_table

    def belongings(self, user_id: str) -> Belongings:
        """Return what the user has, read after every earlier write; raise BusyError if it is too much to read."""
        items: list[Mapping[str, Any]] = []
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": text(f"USER#{user_id}")},
            "ConsistentRead": True,
        }
        for _ in range(PAGES_MAX):
            with busy_when_unanswered():
                found = self._dynamodb.query(**query)
            items += found["Items"]
            if "LastEvaluatedKey" not in found:
                return belongings_of(user_id, items)
            query["ExclusiveStartKey"] = found["LastEvaluatedKey"]
        raise BusyError(f"more items of one user than {PAGES_MAX} pages hold")

    def has_left(self, activity_id: str, batch: str) -> bool:
        """Return whether the export has ended with which batch leaves, so that its file is written."""
        return "finished_at" in (self._get(batch_key(activity_id, batch)) or {})

    def mark_forgetting(self, user_id: str, activity_id: str) -> bool:
        """Mark the user's quota, of which orders are erased from now on; return False if it is not there any more."""
        return self._write_quota(
            self._dynamodb.update_item,
            Key=quota_key(user_id, activity_id),
            UpdateExpression=f"SET {FORGETTING} = :one",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":one": number(1)},
        )

    def erase_quota(self, user_id: str, activity_id: str, seen: Item, now: datetime) -> bool:
        """Erase the user's quota, which was read as seen; return False if a draw was counted since."""
        counted = {name: value for name, value in seen.items() if name not in ("pk", "sk", FORGETTING)}
        uncounted = sorted(counters_around(now) - counted.keys())
        names = {f"#c{place}": name for place, name in enumerate([*counted, *uncounted])}
        conditions = [f"#c{place} = :c{place}" for place in range(len(counted))]
        conditions += [f"attribute_not_exists(#c{len(counted) + place})" for place in range(len(uncounted))]
        return self._write_quota(
            self._dynamodb.delete_item,
            Key=quota_key(user_id, activity_id),
            ConditionExpression=" AND ".join([f"{FORGETTING} = :one", *conditions]),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":one": number(1)}
            | {f":c{place}": value for place, value in enumerate(counted.values())},
        )

    def erase(self, order: Order, tombstone_id: str, who: str, now: datetime) -> bool:
        """Erase order, and whatever its user has with it; a prize that was not handed over goes back to stock.

        Return False if the order has moved on, or is gone. Raise ValueError if it can never be erased as it is.
        """
        for _ in range(OVERTAKEN_MAX):
            codes = self._transact(self._writes_of_erasure(order, tombstone_id, who, now))
            refused = {role for role, code in codes.items() if code == CONDITION_FAILED}
            if not refused:
                return True
            if "order" in refused:
                return False
            if "call" in refused:
                raise BusyError(f"order {order.order_id}: its provider is being asked for it: run it again")
            for role in refused & DAMAGE.keys():
                raise ValueError(f"order {order.order_id}: {DAMAGE[role]}")
        raise BusyError(f"activity {order.activity_id}: others wrote to its log at each of {OVERTAKEN_MAX} tries")

    def _writes_of_erasure(self, order: Order, tombstone_id: str, who: str, now: datetime) -> dict[str, Any]:
        """Return the writes by role."""
        item = tombstone_item(tombstone_of(order), tombstone_id)
        put = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        writes: dict[str, Any] = {"order": {"Delete": delete_order(self._table, order)}, "tombstone": {"Put": put}}
        code, shipment = disown_code(self._table, order), delete_shipment(self._table, order)
        call = forget_call(self._calls_table, order, milliseconds(now))
        beside = {"code": ("Update", code), "shipment": ("Delete", shipment), "call": ("Delete", call)}
        writes |= {role: {write: request} for role, (write, request) in beside.items() if request is not None}
        return writes if is_finished(order) else writes | self._writes_of_return(order, who, now)

    def _write_quota(self, write: Callable[..., Any], **request: Any) -> bool:  # noqa: ANN401 - a request
        """Make a write of one quota; return whether its condition held."""
        try:
            with busy_when_unanswered():
                try_again(partial(write, TableName=self._table, **request), self._patience())
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True
