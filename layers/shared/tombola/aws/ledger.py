"""DynamoDB as the ledger. Every write is conditional: sent twice, it acts once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.batch import batch_get, read_together
from tombola.aws.clock import conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import (
    counters_from,
    decode_order,
    decode_units_left,
    moment,
    number,
    order_key,
    order_of_key,
    quota_key,
    stock_key,
    text,
)
from tombola.aws.transaction import read_cancellation, writes_by_role
from tombola.rules.order import BY_HAND, PARKED, GrantState, MqState, Order, OrderKey, claimed, released
from tombola.rules.problem import BusyError
from tombola.rules.quota import Count
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Recorded, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGES_MAX = 20  # of a user's orders: some 20,000
CANCELED = "TransactionCanceledException"
WAITING = number(GrantState.WAITING)

TellMissing = Callable[[str, list[str]], None]  # activity_id, and its shards that are not there or cannot be read


class DynamoLedger:
    """The adapter of every ledger port; table_name has the items and the `due` index of design.md.

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
        return self._mark(
            order,
            "SET mq_state = :sent, sent_at = :now",
            "mq_state IN (:not_sent, :failed) AND grant_state = :waiting",
            {
                ":sent": number(MqState.SENT),
                ":not_sent": number(MqState.NOT_SENT),
                ":failed": number(MqState.FAILED),
                ":waiting": WAITING,
                ":now": moment(now),
            },
        )

    def mark_failed(self, order: Order, now: datetime) -> bool:
        # A claim that came first has set a later time, which must stand.
        condition, seen = _due_as_seen(order)
        return self._mark(
            order,
            "SET mq_state = :failed, due_at = :now",
            f"mq_state = :not_sent AND grant_state = :waiting AND {condition}",
            {
                ":failed": number(MqState.FAILED),
                ":not_sent": number(MqState.NOT_SENT),
                ":waiting": WAITING,
                ":now": moment(now),
                **seen,
            },
        )

    def grant(self, order: Order, now: datetime) -> bool:
        return self._update(
            order,
            "SET grant_state = :granted, mq_state = :sent, grants = grants + :one, granted_at = :now"
            " REMOVE lane, due_at",
            "grant_state = :waiting",
            {
                ":granted": number(GrantState.GRANTED),
                ":sent": number(MqState.SENT),
                ":one": number(1),
                ":waiting": WAITING,
                ":now": moment(now),
            },
        )

    def begin(self, order: Order) -> bool:
        values = {":next": number(order.begun + 1), ":waiting": WAITING}
        if not order.begun:
            return self._update(
                order, "SET begun = :next", "grant_state = :waiting AND attribute_not_exists(begun)", values
            )
        seen = {":seen": number(order.begun)}
        return self._update(order, "SET begun = :next", "grant_state = :waiting AND begun = :seen", values | seen)

    def postpone(self, order: Order, because: str, until: datetime) -> bool:
        return self._update(
            order,
            "SET failures = failures + :one, failed_because = :because, mq_state = :sent, due_at = :until"
            " REMOVE sent_at, begun",
            "grant_state = :waiting AND failures = :failures",
            {
                ":one": number(1),
                ":because": text(because),
                ":sent": number(MqState.SENT),
                ":until": moment(until),
                ":waiting": WAITING,
                ":failures": number(order.failures),
            },
        )

    def park(self, order: Order, because: str, now: datetime) -> bool:
        condition, seen = _due_as_seen(order)
        return self._update(
            order,
            "SET grant_state = :parked, lane = :lane, due_at = :now, parked_because = :because",
            f"grant_state = :waiting AND {condition}",
            {
                ":parked": number(GrantState.PARKED),
                ":lane": text(PARKED),
                ":now": moment(now),
                ":because": text(because),
                ":waiting": WAITING,
                **seen,
            },
        )

    def release(self, order: Order, now: datetime) -> bool:
        """Let order, which is granted by hand, be granted now; return False if it does not wait for that."""
        lane = released(order, now).lane
        return self._update(
            order,
            "SET grant_at = :now, due_at = :now, lane = :lane",
            "grant_state = :waiting AND lane = :by_hand",  # which nothing lost stands in, and nothing released
            {":now": moment(now), ":lane": text(str(lane)), ":waiting": WAITING, ":by_hand": text(BY_HAND)},
        )

    def claim(self, order: Order, until: datetime) -> Order | None:
        return claimed(order, until) if self._update(order, *_claim(order, until)) else None

    def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> Sequence[Order] | None:
        writes: Any = [{"Update": self._written(order, *_claim(order, until))} for order, until in claims]
        try:
            with busy_when_unanswered():
                self._dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            return None
        return [claimed(order, until) for order, until in claims]

    def unclaim(self, order: Order, until: datetime) -> bool:
        condition, seen = _due_as_seen(order)
        values = {":until": moment(until), ":waiting": WAITING, **seen}
        return self._update(order, "SET due_at = :until", f"grant_state = :waiting AND {condition}", values)

    def _get(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with busy_when_unanswered():
            return self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _mark(self, order: Order, expression: str, condition: str, values: Mapping[str, Any]) -> bool:
        """Change order's item; whatever goes wrong is BusyError, since the draw is on record and must be answered."""
        try:
            return self._update(order, expression, condition, values)
        except (BotoCoreError, ClientError) as error:
            raise BusyError(str(error)) from error

    def _update(self, order: Order, expression: str, condition: str, values: Mapping[str, Any]) -> bool:
        """Change order's item if condition holds; return whether it did."""
        update = partial(self._dynamodb.update_item, **self._written(order, expression, condition, values))
        try:
            with busy_when_unanswered():
                try_again(update, self._patience())
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _written(self, order: Order, expression: str, condition: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a request
        return {
            "TableName": self._table,
            "Key": order_key(order.user_id, order.order_id),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }


def _claim(order: Order, until: datetime) -> tuple[str, str, dict[str, Any]]:
    """Return what a claim changes, on what condition, and the values of both."""
    condition, seen = _due_as_seen(order)
    values = {":until": moment(until), ":one": number(1), ":waiting": WAITING, **seen}
    return "SET due_at = :until, claims = claims + :one", f"grant_state = :waiting AND {condition}", values


def _due_as_seen(order: Order) -> tuple[str, dict[str, Any]]:
    """Return the condition that order is due when it was seen to be, and its values: damage may have left no time."""
    if order.due_at is None:
        return "attribute_not_exists(due_at)", {}
    return "due_at = :seen", {":seen": moment(order.due_at)}
