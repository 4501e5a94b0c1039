"""The stock of an award in the table: shard by shard, topped up or lowered while draws go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.activity_items import stock_item
from tombola.aws.items import number, stock_key
from tombola.rules.stock import deal
from tombola_cli.errors import TombolaError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES_MAX = 30  # plans for one award; each is made anew when draws were faster
KEYS_MAX = 100  # of one batch read
READS_MAX = 10  # for keys that a batch read leaves unprocessed


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as it was read; None of it is there before it is put."""

    initial: int = 0
    left: int = 0
    version: int = 0  # 0: not there


@dataclass(frozen=True, slots=True)
class Shards:
    """The stock items of one award of an activity, or of its cap."""

    dynamodb: "DynamoDBClient"
    table: str
    activity_id: str
    award_id: str

    def settle(self, units: int, count: int) -> None:
        """Bring the sum of what count shards began with to units; taken up where an earlier run stopped.

        Raise TombolaError if more is won already, or if draws were faster for too long.
        """
        for _ in range(TRIES_MAX):
            shards = self.read(count)
            won = sum(shard.initial - shard.left for shard in shards)
            if units < won:
                raise TombolaError(f"{self._name}: {won} are won, so that the stock cannot be lowered to {units}")
            gains = deal([shard.left for shard in shards], units - sum(shard.initial for shard in shards))
            if all(
                self._change(number, shard, gain)
                for number, (shard, gain) in enumerate(zip(shards, gains, strict=True))
                if gain or not shard.version
            ):
                return
        raise TombolaError(f"{self._name}: draws were faster {TRIES_MAX} times: apply again, it goes on from here")

    def read(self, count: int) -> list[Shard]:
        """Return count shards as they are now, those that are not there as nothing."""
        keys = [stock_key(self.activity_id, self.award_id, shard) for shard in range(count)]
        items: dict[str, Any] = {}
        for start in range(0, len(keys), KEYS_MAX):
            items |= {item["pk"]["S"]: item for item in self._batch(keys[start : start + KEYS_MAX])}
        return [_shard(items.get(key["pk"]["S"])) for key in keys]

    def drop(self, first: int, count: int) -> None:
        """Delete the shards from first up to count; nobody draws from them any more."""
        for shard in range(first, count):
            self.dynamodb.delete_item(TableName=self.table, Key=stock_key(self.activity_id, self.award_id, shard))

    @property
    def _name(self) -> str:
        return f"activity {self.activity_id}, stock of {self.award_id}"

    def _batch(self, keys: Sequence[Any]) -> list[Any]:
        request: Any = {self.table: {"Keys": keys, "ConsistentRead": True}}
        items: list[Any] = []
        for _ in range(READS_MAX):
            found = self.dynamodb.batch_get_item(RequestItems=request)
            items += found["Responses"].get(self.table, [])
            request = found.get("UnprocessedKeys")
            if not request:
                return items
        raise TombolaError(f"{self._name}: some shards stayed unread in {READS_MAX} reads")

    def _change(self, shard: int, seen: Shard, gain: int) -> bool:
        """Let shard gain, or lose, units; return False if it is not as it was seen. Sent twice, it acts once."""
        try:
            if not seen.version:
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item=stock_item(self.activity_id, self.award_id, shard, gain),
                    ConditionExpression="attribute_not_exists(pk)",
                )
                return True
            self.dynamodb.update_item(
                TableName=self.table,
                Key=stock_key(self.activity_id, self.award_id, shard),
                # No ADD: the version lets a change that is sent twice act once.
                UpdateExpression="SET #left = #left + :gain, initial = initial + :gain, version = :next",
                ConditionExpression="version = :version AND #left >= :needed",
                ExpressionAttributeNames={"#left": "left"},
                ExpressionAttributeValues={
                    ":gain": number(gain),
                    ":needed": number(max(0, -gain)),
                    ":version": number(seen.version),
                    ":next": number(seen.version + 1),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ConditionalCheckFailedException", "TransactionConflictException"):
                return False
            raise
        return True


def _shard(item: Any) -> Shard:  # noqa: ANN401 - an item, or None
    if item is None:
        return Shard()
    return Shard(*(int(item[name]["N"]) for name in ("initial", "left", "version")))
