"""Putting the wins of before the index of wins into it: orders with an award that do not say where they are listed.

The table is scanned in segments, and a record counts those that are done: ended at any point, the same command goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.decode import DamageError, Fields, count, moment_from, totally
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import moment, number, order_of_key, text
from tombola.rules.activity import Activity
from tombola.rules.wins import win_key
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.run_record import RunRecord
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RECORD_KEY = {"pk": text("WINS-FILL"), "sk": text("FILL")}
SEGMENTS = 128  # of the table, between two of which a run is gone on with
THREADS = 8  # that write
PART = 1_000  # orders that are in memory at once

Tell = Callable[[int, int, int], None]  # segments that are done, of how many, and the wins put into the index


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """How far a fill has come: segments that are done, wins that it put into the index, orders that cannot be read."""

    done: int = 0
    filled: int = 0
    unreadable: int = 0
    version: int = 0
    finished_at: datetime | None = None


def fill_wins(stack: Stack, now: datetime, tell: Tell = lambda *_: None) -> Filled:
    """List every win of the table that is not listed; raise TombolaError if another run does so.

    A fill that had ended begins anew: it finds the wins that an older version of the draw function wrote since.
    """
    record, wins = _Record(stack), _Wins(stack)
    state = record.read()
    if state.finished_at is not None:
        state = Filled(version=state.version)
    with ThreadPoolExecutor(THREADS) as threads:
        for segment in range(state.done, SEGMENTS):
            listed = Counter[bool | None]()
            for part in parts_of(wins.unlisted(segment), PART):
                listed.update(threads.map(wins.list_one, part))
            filled, unreadable = state.filled + listed[True], state.unreadable + listed[None]
            state = record.write(replace(state, done=segment + 1, filled=filled, unreadable=unreadable))
            tell(state.done, SEGMENTS, state.filled)
    return record.write(replace(state, finished_at=now))


@dataclass(slots=True)
class _Wins:
    """The orders of the table that have an award and are not listed."""

    stack: Stack
    dynamodb: "DynamoDBClient" = field(init=False)
    shards: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dynamodb = self.stack.client("dynamodb")

    def unlisted(self, segment: int) -> Iterator[Mapping[str, Any]]:
        scan: Any = {
            "TableName": self.stack.table_name,
            "Segment": segment,
            "TotalSegments": SEGMENTS,
            "FilterExpression": "begins_with(sk, :order) AND attribute_exists(award) AND attribute_not_exists(win)",
            "ExpressionAttributeValues": {":order": text("ORDER#")},
            "ProjectionExpression": "pk, sk, activity_id",
            "ConsistentRead": True,
        }
        while True:
            with busy_when_unanswered():
                found = self.dynamodb.scan(**scan)
            yield from found["Items"]
            if "LastEvaluatedKey" not in found:
                return
            scan["ExclusiveStartKey"] = found["LastEvaluatedKey"]

    def list_one(self, item: Mapping[str, Any]) -> bool | None:
        """Say on an order where it is listed; return whether it did not say so before, None if it cannot be read."""
        try:
            (_, order_id), activity_id = order_of_key(item), Fields(item).read("activity_id", "S", str)
        except DamageError:
            return None
        # Not by the seed, which no operator has: these are drawn, and nobody can choose their shard any more.
        win = win_key(activity_id, order_id % self._shards_of(activity_id))
        try:
            try_again(lambda: self._update(item, win), self.stack.patience())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _update(self, item: Mapping[str, Any], win: str) -> None:
        with busy_when_unanswered():
            self.dynamodb.update_item(
                TableName=self.stack.table_name,
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression="SET win = :win REMOVE wake",  # or a stream would hand it to distribution again
                ConditionExpression="attribute_exists(award) AND attribute_not_exists(win)",
                ExpressionAttributeValues={":win": text(win)},
            )

    def _shards_of(self, activity_id: str) -> int:
        if activity_id not in self.shards:
            activity = activity_ledger(self.stack).activity(activity_id)
            self.shards[activity_id] = activity.win_shards if isinstance(activity, Activity) else 1
        return self.shards[activity_id]


class _Record:
    """The record of a fill."""

    def __init__(self, stack: Stack) -> None:
        self._record = RunRecord(stack, RECORD_KEY, "another run fills the index of wins")

    def read(self) -> Filled:
        found = self._record.read()
        return Filled() if found is None else legible(_decode(found))

    def write(self, state: Filled) -> Filled:
        """Put state in place of the one that it followed, and return it with its version; sent twice, it acts once."""
        after = replace(state, version=state.version + 1)
        numbers = {name: number(getattr(after, name)) for name in ("done", "filled", "unreadable")}
        finished = {} if after.finished_at is None else {"finished_at": moment(after.finished_at)}
        self._record.put(numbers | finished, after.version)
        return after


def _filled_from(item: Mapping[str, Any]) -> Filled:
    fields = Fields(item)
    return Filled(
        **{name: fields.read(name, "N", count) for name in ("done", "filled", "unreadable", "version")},
        finished_at=fields.maybe("finished_at", "N", moment_from),
    )


_decode = totally(_filled_from)
