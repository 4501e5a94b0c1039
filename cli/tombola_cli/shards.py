"""The stock of an award in the table: shard by shard, topped up or lowered while draws go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.activity_items import activity_key, stock_item
from tombola.aws.batch import batch_get
from tombola.aws.faults import RETRYABLE_REASONS
from tombola.aws.items import number, stock_key
from tombola.rules.stock import deal
from tombola_cli.errors import TombolaError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES_MAX = 30  # plans for one award; each is made anew when draws were faster
REFUSED = frozenset({"None", "ConditionalCheckFailed", *RETRYABLE_REASONS})  # a plan made anew may go better


class OvertakenError(Exception):
    """The activity has changed since its stock was planned."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as it was read; None of it is there before it is put."""

    initial: int = 0
    left: int = 0
    version: int = 0  # 0: not there


def read_shards(
    dynamodb: "DynamoDBClient", table: str, activity_id: str, shards: Mapping[str, int]
) -> dict[str, list[Shard]]:
    """Return the shards of each award as they are now, those that are not there as nothing; shards are numbers."""
    keys = {
        award_id: [stock_key(activity_id, award_id, shard) for shard in range(count)]
        for award_id, count in shards.items()
    }
    found = batch_get(dynamodb, table, (key for each in keys.values() for key in each))
    items = {item["pk"]["S"]: item for item in found}
    return {award_id: [_shard(items.get(key["pk"]["S"])) for key in each] for award_id, each in keys.items()}


@dataclass(frozen=True, slots=True)
class Shards:
    """The stock items of one award of an activity, or of its cap."""

    dynamodb: "DynamoDBClient"
    table: str
    activity_id: str
    award_id: str

    def lower(self, units: int, count: int) -> None:
        """Bring the sum of what count shards began with down to units, if it is above; put shards that are missing.

        Raise TombolaError if more is won already, or if draws were faster for too long.
        """
        self._settle(units, count, None)

    def settle(self, units: int, count: int, entries: int) -> None:
        """Bring the sum to units; raise OvertakenError unless the activity's log has so many entries all the while."""
        self._settle(units, count, entries)

    def read(self, count: int) -> list[Shard]:
        """Return count shards as they are now, those that are not there as nothing."""
        return read_shards(self.dynamodb, self.table, self.activity_id, {self.award_id: count})[self.award_id]

    def drop(self, first: int, count: int, entries: int) -> None:
        """Delete the shards from first up to count, if they are empty and the activity has not changed since."""
        for shard in range(first, count):
            delete = {
                "Key": stock_key(self.activity_id, self.award_id, shard),
                "ConditionExpression": "attribute_not_exists(pk) OR initial = :none",
                "ExpressionAttributeValues": {":none": number(0)},
            }
            if not self._write({"Delete": {"TableName": self.table, **delete}}, entries):
                raise OvertakenError

    def _settle(self, units: int, count: int, entries: int | None) -> None:
        for _ in range(TRIES_MAX):
            shards = self.read(count)
            won = sum(shard.initial - shard.left for shard in shards)
            if units < won:
                raise TombolaError(f"{self._name}: {won} are won, so that the stock cannot be lowered to {units}")
            change = units - sum(shard.initial for shard in shards)
            gains = deal([shard.left for shard in shards], change if entries is not None else min(0, change))
            steps = [
                step for step in enumerate(zip(shards, gains, strict=True)) if step[1][1] or not step[1][0].version
            ]
            if not steps:
                return
            # Another look follows in any case: two who change the same stock may not see each other.
            if not all(self._change(shard, seen, gain, entries) for shard, (seen, gain) in steps):
                self._check_standing(entries)
        raise TombolaError(f"{self._name}: draws were faster {TRIES_MAX} times: apply again, it goes on from here")

    @property
    def _name(self) -> str:
        return f"activity {self.activity_id}, stock of {self.award_id}"

    def _change(self, shard: int, seen: Shard, gain: int, entries: int | None) -> bool:
        """Let shard gain, or lose, units; return False if it is not as it was seen. Sent twice, it acts once."""
        if not seen.version:
            put = {
                "TableName": self.table,
                "Item": stock_item(self.activity_id, self.award_id, shard, gain),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
            return self._write({"Put": put}, entries)
        update = {
            "TableName": self.table,
            "Key": stock_key(self.activity_id, self.award_id, shard),
            # No ADD: the version lets a change that is sent twice act once.
            "UpdateExpression": "SET #left = #left + :gain, initial = initial + :gain, version = :next",
            "ConditionExpression": "version = :version AND #left >= :needed",
            "ExpressionAttributeNames": {"#left": "left"},
            "ExpressionAttributeValues": {
                ":gain": number(gain),
                ":needed": number(max(0, -gain)),
                ":version": number(seen.version),
                ":next": number(seen.version + 1),
            },
        }
        return self._write({"Update": update}, entries)

    def _write(self, write: Any, entries: int | None) -> bool:  # noqa: ANN401 - a part of a transaction
        """Make one write; with entries only while the activity's log has so many: one transaction with that check."""
        check = [] if entries is None else [{"ConditionCheck": self._standing(entries)}]
        try:
            self.dynamodb.transact_write_items(TransactItems=[write, *check])  # type: ignore[list-item]
        except ClientError as error:
            refusal: Any = error.response
            if {reason["Code"] for reason in refusal.get("CancellationReasons", [{"Code": "another"}])} <= REFUSED:
                return False
            raise
        return True

    def _standing(self, entries: int) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": activity_key(self.activity_id),
            "ConditionExpression": "entries = :entries",
            "ExpressionAttributeValues": {":entries": number(entries)},
        }

    def _check_standing(self, entries: int | None) -> None:
        if entries is None:
            return
        found = self.dynamodb.get_item(TableName=self.table, Key=activity_key(self.activity_id), ConsistentRead=True)
        if found.get("Item", {}).get("entries") != number(entries):
            raise OvertakenError


def _shard(item: Any) -> Shard:  # noqa: ANN401 - an item, or None
    if item is None:
        return Shard()
    return Shard(*(int(item[name]["N"]) for name in ("initial", "left", "version")))
