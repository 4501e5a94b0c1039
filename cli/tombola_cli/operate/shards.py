"""The stock of an activity in the table: shard by shard, topped up or lowered while draws go on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tombola.aws.activity_items import stock_item
from tombola.aws.batch import batch_get
from tombola.aws.deadline import Deadline
from tombola.aws.decode import Fields, count, totally
from tombola.aws.faults import try_again
from tombola.aws.items import number, stock_key
from tombola.rules.activity import CAP
from tombola.rules.stock import deal
from tombola_cli.errors import TombolaError
from tombola_cli.operate.batches import Batches, OvertakenError, Step, stock_name
from tombola_cli.operate.guard import Guard
from tombola_cli.operate.legible import legible

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PLANS_MAX = 1_000  # of one run; all but the last few make progress
KEEP_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

Tell = Callable[[int, int], None]  # shards that are done, of how many


@dataclass(frozen=True, slots=True)
class Reading:
    """The units of a shard when it was read: all zero where it is not there."""

    initial: int = 0
    left: int = 0
    version: int = 0

    @property
    def is_there(self) -> bool:
        return self.version > 0

    @property
    def won(self) -> int:
        return self.initial - self.left


@dataclass(frozen=True, slots=True)
class Goal:
    """The units that the shards of an award, or of the cap, are to have begun with in all."""

    units: int
    shards: int


def read_shards(
    dynamodb: "DynamoDBClient", table: str, activity_id: str, shards: Mapping[str, int]
) -> dict[str, list[Reading]]:
    """Return a reading of each shard of each award; shards says how many shards there are."""
    keys = {
        award_id: [stock_key(activity_id, award_id, shard) for shard in range(count)]
        for award_id, count in shards.items()
    }
    found = batch_get(dynamodb, table, (key for each in keys.values() for key in each))
    items = {item["pk"]["S"]: item for item in found}
    return {award_id: [_reading(items.get(key["pk"]["S"])) for key in each] for award_id, each in keys.items()}


def below_won(award_id: str, won: int, units: int) -> str:
    """Return why stock cannot be less than the units won, or a cap less than the draws made."""
    taken = "drawn" if award_id == CAP else "won"
    return f"{stock_name(award_id)}: {won} are {taken}, so that it cannot be lowered to {units}"


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock items of an activity: of its awards, and of its cap."""

    dynamodb: "DynamoDBClient"
    table: str
    activity_id: str
    patience: Callable[[], Deadline]  # how long nothing at all may be written

    def lower(self, goals: Mapping[str, Goal], guard: Guard) -> None:
        """Bring what the shards of each award began with down to its goal, if it is above; put shards that are missing.

        Raise TombolaError if more is won already, or if nothing can be written for too long, and OvertakenError where
        the guard does not hold.
        """
        self._meet(goals, guard, lambda *_: None, rises=False)

    def meet(self, goals: Mapping[str, Goal], guard: Guard, tell: Tell = lambda *_: None) -> None:
        """Bring each award to its goal; raise OvertakenError where the guard does not hold."""
        self._meet(goals, guard, tell, rises=True)

    def read(self, shards: Mapping[str, int]) -> dict[str, list[Reading]]:
        read = partial(read_shards, self.dynamodb, self.table, self.activity_id, shards)
        return try_again(read, self.patience())

    def drop(self, spare: Mapping[str, range], guard: Guard) -> None:
        """Delete these shards; raise OvertakenError where one is not empty, or the guard does not hold."""
        condition = {
            "TableName": self.table,
            "ConditionExpression": "attribute_not_exists(pk) OR initial = :none",
            "ExpressionAttributeValues": {":none": number(0)},
        }
        keys = [(name, stock_key(self.activity_id, name, shard)) for name, shards in spare.items() for shard in shards]
        steps = [Step(award_id, 0, {"Delete": {"Key": key, **condition}}) for award_id, key in keys]
        if not self._batches(guard).write(steps):
            raise OvertakenError

    def _meet(self, goals: Mapping[str, Goal], guard: Guard, tell: Tell, *, rises: bool) -> None:
        batches, count = self._batches(guard), sum(goal.shards for goal in goals.values())
        for _ in range(PLANS_MAX):
            steps = list(self._plan(goals, rises=rises))
            if not steps:
                return
            # Another look follows in any case: two who change the same stock may not see each other.
            batches.write(steps, lambda waiting: tell(count - waiting, count))
        raise TombolaError(
            f"activity {self.activity_id}: its stock was changed {PLANS_MAX} times meanwhile: apply again"
        )

    def _plan(self, goals: Mapping[str, Goal], *, rises: bool) -> Iterator[Step]:
        """Yield what each shard has to gain or lose; raise TombolaError if more is won than there is to be."""
        for award_id, readings in self.read({name: goal.shards for name, goal in goals.items()}).items():
            units, won = goals[award_id].units, sum(reading.won for reading in readings)
            if units < won:
                raise TombolaError(f"activity {self.activity_id}, {below_won(award_id, won, units)}")
            change = units - sum(reading.initial for reading in readings)
            gains = deal([reading.left for reading in readings], change if rises else min(0, change))
            for place, (seen, gain) in enumerate(zip(readings, gains, strict=True)):
                if gain or not seen.is_there:
                    yield self.step(award_id, place, seen, gain)

    def step(self, award_id: str, shard: int, seen: Reading, gain: int) -> Step:
        """Let shard gain, or lose, units, if it is as it was seen, whatever was won of it; sent twice, it acts once."""
        put = {
            "TableName": self.table,
            "Item": stock_item(self.activity_id, award_id, shard, gain),
            "ConditionExpression": "attribute_not_exists(pk)",
            **KEEP_OLD,
        }
        update = {
            "TableName": self.table,
            "Key": stock_key(self.activity_id, award_id, shard),
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
            **KEEP_OLD,
        }
        return Step(award_id, seen.version, {"Update": update} if seen.is_there else {"Put": put})

    def _batches(self, guard: Guard) -> Batches:
        return Batches(self.dynamodb, self.table, self.activity_id, guard, self.patience)


def _reading(item: Mapping[str, Any] | None) -> Reading:
    """Return what item says; raise TombolaError if it cannot be read."""
    return Reading() if item is None else legible(_decode(item))


def _reading_from(item: Mapping[str, Any]) -> Reading:
    return Reading(*(Fields(item).read(name, "N", count) for name in ("initial", "left", "version")))


_decode = totally(_reading_from)
