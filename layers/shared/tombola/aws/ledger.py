"""DynamoDB as the ledger. Every write is conditional: sent twice, it acts once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.batch import batch_get, read_together
from tombola.aws.clock import conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.aws.decode import Fields, count
from tombola.aws.faults import answer_behind, busy_in_words, busy_when_unanswered, try_again
from tombola.aws.items import (
    counters_from,
    decode_order,
    decode_units_left,
    order_key,
    order_of_key,
    quota_key,
    stock_key,
    text,
)
from tombola.aws.order_update import update_of
from tombola.aws.shipment_items import change_of_address, new_shipment_key, shipment_item
from tombola.aws.transaction import CONDITION_FAILED, read_cancellation, writes_by_role
from tombola.rules.order import Order, OrderKey
from tombola.rules.order_life import (
    ACCEPT,
    BEGIN,
    CHANGE_ADDRESS,
    CLAIM,
    GIVE_ADDRESS,
    GRANT,
    GRANT_SHIPMENT,
    GRANT_WITH,
    HOLD,
    MARK_FAILED,
    MARK_SENT,
    PARK,
    POSTPONE,
    UNBEGIN,
    UNCLAIM,
    Change,
    Said,
    changed,
)
from tombola.rules.problem import BusyError
from tombola.rules.quota import Count
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Recorded, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGES_MAX = 20  # of a user's orders: some 20,000
CANCELED = "TransactionCanceledException"

TellMissing = Callable[[str, list[str]], None]  # activity_id, and its shards that are not there or cannot be read


class DynamoLedger:
    """The adapter of the functions' ledger ports; table_name has the items and the `due` index of design.md.

    A single write that meets a conflict is tried again until patience ends; a draw's transaction is its flow's to try.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table_name: str,
        patience: Callable[[], Deadline] = conflict_deadline,
        tell_missing: TellMissing = lambda *_: None,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._patience = patience
        self._tell_missing = tell_missing

    def order(self, user_id: str, order_id: int) -> Order | Unreadable | None:
        item = self._get(order_key(user_id, order_id))
        return decode_order(item) if item else None

    def orders_of(self, user_id: str) -> Sequence[Order | Unreadable]:
        items: list[Mapping[str, Any]] = []
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :order)",
            "ExpressionAttributeValues": {":pk": text(f"USER#{user_id}"), ":order": text("ORDER#")},
            "ConsistentRead": True,
        }
        for _ in range(PAGES_MAX):
            with busy_when_unanswered():
                found = self._dynamodb.query(**query)
            items += found["Items"]
            if "LastEvaluatedKey" not in found:
                return [decode_order(item) for item in items]
            query["ExclusiveStartKey"] = found["LastEvaluatedKey"]
        raise BusyError(f"more orders of one user than {PAGES_MAX} pages hold")

    def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
        return counters_from(self._get(quota_key(user_id, activity_id)) or {})

    def order_and_counters(
        self, user_id: str, order_id: int, activity_id: str
    ) -> tuple[Order | Unreadable | None, dict[str, int]]:
        keys = order_key(user_id, order_id), quota_key(user_id, activity_id)
        order, counted = read_together(self._dynamodb, self._table, keys)
        return decode_order(order) if order else None, counters_from(counted or {})

    def record(self, order: Order, count: Count) -> Verdict:
        writes = writes_by_role(self._table, order, count)
        try:
            with busy_when_unanswered():
                self._dynamodb.transact_write_items(TransactItems=list(writes.values()))
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            reasons: Any = error.response
            return read_cancellation(list(writes), reasons["CancellationReasons"], order, count)
        return Recorded(order)

    def stock_left(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        left = self._stock(activity_id, shards, consistent=True)
        missing = [f"{award_id}/{shard}" for (award_id, shard), units in left.items() if isinstance(units, Unreadable)]
        if missing:
            self._tell_missing(activity_id, missing)
        units = {name: 0 if isinstance(found, Unreadable) else found for name, found in left.items()}
        return {award_id: tuple(units[award_id, shard] for shard in range(count)) for award_id, count in shards.items()}

    def stock_shown(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, int]:
        """Return the units left of each award, a moment old and at half the price: to be looked at only."""
        total = dict.fromkeys(shards, 0)
        for (award_id, _), units in self._stock(activity_id, shards, consistent=False).items():
            if isinstance(units, Unreadable):  # or the copy that was read is older than the shard: an alarm hangs on it
                return {name: sum(left) for name, left in self.stock_left(activity_id, shards).items()}
            total[award_id] += units
        return total

    def _stock(
        self, activity_id: str, shards: Mapping[str, int], *, consistent: bool
    ) -> dict[tuple[str, int], int | Unreadable]:
        keys = {
            (award_id, shard): stock_key(activity_id, award_id, shard)
            for award_id, count in shards.items()
            for shard in range(count)
        }
        found = batch_get(self._dynamodb, self._table, keys.values(), consistent=consistent)
        items = {item["pk"]["S"]: item for item in found}
        return {name: decode_units_left(items.get(key["pk"]["S"], key)) for name, key in keys.items()}

    def orders(self, keys: Iterable[OrderKey]) -> dict[OrderKey, Order | Unreadable]:
        wanted = (order_key(user_id, order_id) for user_id, order_id in dict.fromkeys(keys))
        items = batch_get(self._dynamodb, self._table, wanted)
        return {order_of_key(item): decode_order(item) for item in items}

    def mark_sent(self, order: Order, now: datetime) -> bool:
        return self._mark(order, MARK_SENT, now=now)

    def mark_failed(self, order: Order, now: datetime) -> bool:
        return self._mark(order, MARK_FAILED, now=now)

    def grant(self, order: Order, now: datetime) -> bool:
        return self._change(order, GRANT, now=now)

    def grant_with(self, order: Order, content: str, now: datetime) -> bool:
        return self._change(order, GRANT_WITH, now=now, content=content)

    def accept(self, order: Order, until: datetime, now: datetime) -> bool:
        return self._change(order, ACCEPT, until=until, now=now)

    def give_address(self, order: Order, address: ShippingAddress, until: datetime, now: datetime) -> bool:
        with _without_its_address(order):
            return self._change(order, GIVE_ADDRESS, address=address, until=until, now=now)

    def change_address(self, order: Order, address: ShippingAddress) -> bool:
        with _without_its_address(order):
            return self._change(order, CHANGE_ADDRESS, address=address)

    def change_shipment(self, order: Order, address: ShippingAddress) -> bool:
        with _without_its_address(order):
            seen = self._addresses_of_shipment(order)
            return seen is not None and self._update(change_of_address(self._table, order, address, seen))

    def grant_shipment(self, order: Order, address: ShippingAddress, now: datetime) -> bool:
        """Grant order and put its shipment, or neither; return False if it has moved on, or has another address."""
        put = {"TableName": self._table, "Item": shipment_item(order, address, now)}
        writes: Any = [
            {"Update": update_of(self._table, order, GRANT_SHIPMENT, {"now": now})},
            {"Put": put | {"ConditionExpression": "attribute_not_exists(pk)"}},
        ]
        try:
            with _without_its_address(order), busy_when_unanswered():
                try_again(lambda: self._dynamodb.transact_write_items(TransactItems=writes), self._patience())
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            refusal: Any = error.response
            if CONDITION_FAILED in (reason["Code"] for reason in refusal["CancellationReasons"]):
                return False
            raise BusyError(f"order {order.order_id}: held by other transactions") from error
        return True

    def begin(self, order: Order) -> bool:
        return self._change(order, BEGIN)

    def postpone(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        return self._change(order, POSTPONE, because=because, until=until, now=now)

    def unbegin(self, order: Order) -> bool:
        return self._change(order, UNBEGIN)

    def hold(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        return self._change(order, HOLD, because=because, until=until, now=now)

    def park(self, order: Order, because: str, now: datetime) -> bool:
        return self._change(order, PARK, because=because, now=now)

    def claim(self, order: Order, until: datetime) -> Order | None:
        return changed(order, CLAIM, until=until) if self._change(order, CLAIM, until=until) else None

    def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> Sequence[Order] | None:
        writes: Any = [{"Update": update_of(self._table, order, CLAIM, {"until": until})} for order, until in claims]
        try:
            with busy_when_unanswered():
                self._dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            return None
        return [changed(order, CLAIM, until=until) for order, until in claims]

    def unclaim(self, order: Order, until: datetime) -> bool:
        return self._change(order, UNCLAIM, until=until)

    def _addresses_of_shipment(self, order: Order) -> int | None:
        """Return how many addresses order's new parcel was given, and none of them; None if it is not there."""
        key = new_shipment_key(order.activity_id, order.order_id)
        found = batch_get(self._dynamodb, self._table, [key], only=["addresses"])
        return Fields(found[0]).read("addresses", "N", count) if found else None

    def _get(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with busy_when_unanswered():
            return self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _mark(self, order: Order, change: Change, **said: Said) -> bool:
        """Change order's item; whatever goes wrong is BusyError, since the draw is on record and must be answered."""
        try:
            return self._change(order, change, **said)
        except (BotoCoreError, ClientError) as error:
            raise BusyError(f"order {order.order_id}: {answer_behind(error) or type(error).__name__}") from error

    def _change(self, order: Order, change: Change, **said: Said) -> bool:
        """Make change; return whether the order was in a state that allows it."""
        return self._update(update_of(self._table, order, change, said))

    def _update(self, request: Any) -> bool:  # noqa: ANN401 - of one item
        """Make one update; return whether its condition held."""
        try:
            with busy_when_unanswered():
                try_again(partial(self._dynamodb.update_item, **request), self._patience())
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _without_its_address(order: Order) -> AbstractContextManager[None]:
    return busy_in_words(f"order {order.order_id}: the table did not answer a write with its address")
