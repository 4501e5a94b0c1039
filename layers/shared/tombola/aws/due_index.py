"""The index `due`: what must happen next, and the items that nobody can read out of everybody's way."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tombola.aws.activity_items import decode_activity
from tombola.aws.batch import batch_get
from tombola.aws.clock import conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.aws.decode import LAST_MOMENT, Fields, moment_from, totally, unreadable
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import decode_order, moment, text
from tombola.rules.activity import Activity
from tombola.rules.due import LanePage, Standing
from tombola.rules.order import Order
from tombola.rules.unreadable import UNREADABLE, Aside, Unreadable, why_misplaced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KINDS: dict[tuple[str, str], Callable[[Mapping[str, Any]], Order | Activity | Unreadable]] = {
    ("USER", "ORDER"): decode_order,
    ("ACTIVITY", "CONFIG"): decode_activity,
}
decode_moment = totally(lambda item: Fields(item).read("due_at", "N", moment_from))


class DueIndex:
    """The adapter of the lanes' port; table_name has the index `due`, which is a moment old."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table_name: str, patience: Callable[[], Deadline] = conflict_deadline
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._patience = patience

    def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
        return self._query(
            "lane = :lane AND due_at <= :until", {":lane": text(lane), ":until": moment(until)}, limit, after
        )

    def never(self, lane: str, limit: int) -> LanePage:
        values = {":lane": text(lane), ":last": moment(LAST_MOMENT)}
        return self._query("lane = :lane AND due_at >= :last", values, limit, None)

    def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
        items = self._items(entries)
        return [(each, decode_item(items[each.pk, each.sk])) for each in entries if (each.pk, each.sk) in items]

    def set_aside(self, entry: Standing, until: datetime) -> bool:
        return self._move(
            entry,
            "SET lane = :unreadable, due_at = :until, lane_before = :lane, due_before = :due REMOVE wake",
            {":unreadable": text(UNREADABLE), ":until": moment(until)},
        )

    def asides(self, until: datetime, limit: int) -> list[Aside]:
        return self.asides_among(self.due(UNREADABLE, until, limit).entries)

    def asides_among(self, entries: Sequence[Standing]) -> list[Aside]:
        """Return what stands in lane `unreadable` for entries of it, as it is now."""
        items = self._items(entries)
        return [_aside(each, items[each.pk, each.sk]) for each in entries if (each.pk, each.sk) in items]

    def give_back(self, aside: Aside, due_at: datetime) -> bool:
        return self._move(
            aside.standing,
            "SET lane = :before, due_at = :then REMOVE lane_before, due_before, wake",
            {":before": text(aside.lane or ""), ":then": moment(due_at)},
        )

    def put_off(self, entry: Standing, until: datetime) -> bool:
        return self._move(entry, "SET due_at = :until REMOVE wake", {":until": moment(until)})

    def _query(self, condition: str, values: Mapping[str, Any], limit: int, after: LanePage | None) -> LanePage:
        start: Any = {"ExclusiveStartKey": after.then} if after is not None and after.then is not None else {}
        with busy_when_unanswered():
            found = self._dynamodb.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=limit,
                **start,
            )
        return LanePage(tuple(map(standing_from, found["Items"])), found.get("LastEvaluatedKey"))

    def _items(self, entries: Sequence[Standing]) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return what is there now, read after every earlier write."""
        keys = {(entry.pk, entry.sk): _key(entry) for entry in entries}  # DynamoDB refuses to be asked for one twice
        found = batch_get(self._dynamodb, self._table, keys.values())
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    def _move(self, entry: Standing, expression: str, values: Mapping[str, Any]) -> bool:
        """Change where entry stands, which wakes no stream; return False if it does not stand there any more."""
        seen = {":lane": text(entry.lane), ":due": {"N": entry.due_at}}
        update = partial(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(entry),
            UpdateExpression=expression,
            ConditionExpression="lane = :lane AND due_at = :due",
            ExpressionAttributeValues={**seen, **values},
        )
        try:
            with busy_when_unanswered():
                try_again(update, self._patience())
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def decode_item(item: Mapping[str, Any]) -> Order | Activity | Unreadable:
    """Return any item of the index, read as the kind that its key names."""
    kind = str(item["pk"]["S"]).partition("#")[0], str(item["sk"]["S"]).partition("#")[0]
    decode = KINDS.get(kind)
    return unreadable(item, "nothing with such a key stands in a lane") if decode is None else decode(item)


def _aside(entry: Standing, item: Mapping[str, Any]) -> Aside:
    lane, decoded = item.get("lane_before", {}).get("S"), decode_item(item)
    before = decode_moment({"due_at": item.get("due_before")})
    if isinstance(decoded, Unreadable):
        because: str | None = decoded.because
    else:
        because = "nobody knows where it stood" if lane is None else why_misplaced(decoded, lane)
    due_at = None if isinstance(before, Unreadable) else before
    return Aside(standing=entry, lane=lane, due_at=due_at, because=because)


def standing_from(item: Mapping[str, Any]) -> Standing:
    """Return an entry of the index from the keys that stand there."""
    at = decode_moment(item)
    return Standing(
        pk=item["pk"]["S"],
        sk=item["sk"]["S"],
        lane=item["lane"]["S"],
        due_at=item["due_at"]["N"],
        at=None if isinstance(at, Unreadable) else at,
    )


def _key(entry: Standing) -> dict[str, Any]:
    return {"pk": text(entry.pk), "sk": text(entry.sk)}
