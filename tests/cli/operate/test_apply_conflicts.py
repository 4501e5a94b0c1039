"""One apply suffices where items conflict as on AWS: with nobody drawing, and while every shard is drawn from.

Time is played: each call takes some milliseconds, pauses take what they say, and draws come at random in between.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import boto3
import pytest

from builders import NOON, a_share, an_activity
from conflicts import WRITES, Clock, Conflicting, Held, Place, PlayedStack
from emulated_aws import emulated_aws
from tables import make_table
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.stock import WINS_A_SHARD
from tombola_cli.operate import apply, batches
from tombola_cli.operate.batches import ACTIONS_MAX
from tombola_cli.operate.shards import Reading, read_shards

CALL_MS = 2.0  # shorter than a lock, so that a run meets what it has held itself
LOCKS_MS = (4.0, 8.0)
SIZES = ((5, 10), (8, 10), (10, 25), (1, 100))
OWN_CONFLICTS_MAX = 8  # transactions that meet what the run itself still holds, and what is halved by them
UNITS = 10_000  # of an award: more than is won
_names = itertools.count(1)


@dataclass
class Crowd:
    """Draws of every shard that is looked at or written, since it was last: each takes a unit and holds it.

    The units are missing in the table as soon as somebody looks; when somebody writes, only where that counts.
    """

    client: Any
    table: str
    held: Held
    clock: Clock
    rate: float = 0.0  # wins a second and shard
    counts: bool = True
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311
    next_ms: dict[Place, float] = field(default_factory=dict)
    taken: Counter[Place] = field(default_factory=Counter)  # not yet missing in the table

    def before(self, operation: str, places: Sequence[Place]) -> None:
        self.clock.ms += CALL_MS
        for place in places:
            if self.rate and place[1].startswith("STOCK#"):
                self._draw(place)
                if self.counts or operation not in WRITES:
                    self._take({"pk": {"S": place[1]}, "sk": {"S": place[2]}}, self.taken.pop(place, 0))

    def _draw(self, place: Place) -> None:
        at = self.next_ms.get(place, self.clock.ms)
        while at <= self.clock.ms:
            if at >= self.held.until.get(place, at):
                self.held.until[place] = at + self.held.lock_ms
                self.taken[place] += 1
            at += self.chance.expovariate(self.rate) * 1000
        self.next_ms[place] = at

    def _take(self, key: Any, units: int) -> None:
        """Take so many units, or what there is."""
        if not units:
            return
        try:
            self.client.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression="SET #left = #left - :units",
                ConditionExpression="#left >= :units",
                ExpressionAttributeNames={"#left": "left"},
                ExpressionAttributeValues={":units": {"N": str(units)}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            left = self.client.get_item(TableName=self.table, Key=key)["Item"]["left"]["N"]
            self._take(key, int(left))


@dataclass
class World:
    """A table that conflicts, and who draws from it."""

    dynamodb: Conflicting
    stack: PlayedStack
    crowd: Crowd

    def apply(self, wanted: Activity) -> bool:
        return apply.apply(wanted, self.stack, "tests", "", NOON)

    @contextmanager
    def drawing(self, *, counts: bool) -> Iterator[None]:
        """Let every shard be drawn from as fast as the sizing rule allows."""
        self.crowd.rate, self.crowd.counts = WINS_A_SHARD, counts
        try:
            yield
        finally:
            self.crowd.rate = 0

    def shards(self, activity: Activity) -> dict[str, list[Reading]]:
        return read_shards(self.dynamodb.client, self.stack.table_name, activity.activity_id, activity.shards)

    def begun_with(self, activity: Activity) -> dict[str, int]:
        return {name: sum(shard.initial for shard in each) for name, each in self.shards(activity).items()}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], World]]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def make(lock_ms: float) -> World:
        client, kms = boto3.client("dynamodb"), boto3.client("kms")
        table, key, clock = make_table(client), kms.create_key()["KeyMetadata"]["Arn"], Clock()
        held = Held(lock_ms, clock.now)
        crowd = Crowd(client, table, held, clock)
        dynamodb = Conflicting(client, held, before=crowd.before)
        clients = {"dynamodb": dynamodb, "kms": kms}
        return World(dynamodb, PlayedStack.of(clock, clients, table_name=table, seed_key_arn=key), crowd)

    with emulated_aws():
        yield make


def an_activity_of(awards: int, shards: int, units: int = UNITS, **changes: Any) -> Activity:
    shares = [a_share(str(award), weight=1_000, stock=units, shards=shards) for award in range(awards)]
    activity_id = f"apply-{next(_names)}"
    return an_activity(*shares, activity_id=activity_id, **changes)


def every(activity: Activity, units: int) -> Activity:
    return replace(activity, shares=tuple(replace(share, stock=units) for share in activity.shares))


@pytest.mark.parametrize("lock_ms", LOCKS_MS)
@pytest.mark.parametrize(("awards", "shards"), SIZES)
def test_one_run_suffices_while_nobody_draws_and_fills_its_transactions(
    world: Callable[[float], World], awards: int, shards: int, lock_ms: float
) -> None:
    here, wanted = world(lock_ms), an_activity_of(awards, shards)

    assert here.apply(wanted)

    assert apply.plan(wanted, here.stack).does_nothing
    assert here.begun_with(wanted) == dict.fromkeys(wanted.shards, UNITS)
    items = awards * shards
    full = 2 * -(-items // (ACTIONS_MAX - 1)) + 1  # empty shards, the activity, their units
    assert full <= here.dynamodb.calls["TransactWriteItems"] <= full + OWN_CONFLICTS_MAX


@pytest.mark.parametrize("lock_ms", LOCKS_MS)
@pytest.mark.parametrize(("awards", "shards"), SIZES)
def test_one_run_suffices_while_every_shard_is_drawn_from(
    world: Callable[[float], World], awards: int, shards: int, lock_ms: float
) -> None:
    here, wanted = world(lock_ms), an_activity_of(awards, shards)
    here.apply(wanted)

    with here.drawing(counts=False):
        assert here.apply(every(wanted, 2 * UNITS))

    assert here.begun_with(wanted) == dict.fromkeys(wanted.shards, 2 * UNITS)
    assert here.crowd.held.refused["transaction"] > 0


@pytest.mark.parametrize("lock_ms", LOCKS_MS)
def test_stock_is_lowered_in_one_run_while_every_shard_is_drawn_from(
    world: Callable[[float], World], lock_ms: float
) -> None:
    here, wanted = world(lock_ms), an_activity_of(1, 20, cap=Cap(limit=UNITS, shards=2))
    here.apply(wanted)

    with here.drawing(counts=True):
        assert here.apply(replace(every(wanted, UNITS // 2), cap=Cap(limit=UNITS // 4, shards=2)))

    assert here.begun_with(wanted) == {"0": UNITS // 2, CAP: UNITS // 4}
    shards = here.shards(wanted)
    assert all(0 <= shard.left <= shard.initial for each in shards.values() for shard in each)
    assert all(sum(shard.left < shard.initial for shard in each) >= len(each) - 1 for each in shards.values())


def test_progress_is_told_shard_by_shard_up_to_the_last(world: Callable[[float], World]) -> None:
    here, told = world(LOCKS_MS[0]), list[tuple[int, int]]()

    apply.apply(an_activity_of(2, 100), here.stack, "tests", "", NOON, lambda *progress: told.append(progress))

    done = [shards for shards, _ in told]
    assert done == sorted(done)
    assert (told[0], told[-1]) == ((99, 200), (200, 200))


class PowerCutError(Exception):
    """The operator's machine went off."""


@pytest.mark.parametrize("step", range(5))
def test_wherever_an_apply_stops_there_is_never_more_stock_than_the_activity_says(
    world: Callable[[float], World], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(batches, "ACTIONS_MAX", 3)
    here, wanted = world(LOCKS_MS[0]), an_activity_of(2, 3, cap=Cap(limit=UNITS, shards=1))
    here.apply(wanted)
    shares = wanted.shares[0], replace(wanted.shares[1], stock=3 * UNITS)
    changed = replace(wanted, shares=shares, cap=Cap(limit=UNITS // 2, shards=1))
    played, countdown = here.dynamodb.before, itertools.count()

    def cut(operation: str, places: Sequence[Place]) -> None:
        """Let time pass; stop before this write, and thereby after the one before it."""
        played(operation, places)
        if operation in WRITES and next(countdown) == step:
            raise PowerCutError

    here.dynamodb.before = cut
    with pytest.raises(PowerCutError):
        here.apply(changed)
    here.dynamodb.before = played

    on_record = DynamoActivityLedger(here.dynamodb.client, here.stack.table_name).activity(wanted.activity_id)
    assert isinstance(on_record, Activity)
    units = apply.units_of(on_record)
    assert all(begun <= units[name] for name, begun in here.begun_with(on_record).items())
    here.apply(changed)
    assert here.begun_with(changed) == apply.units_of(changed)
