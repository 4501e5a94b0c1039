"""Stock as shards of the real table: dealt evenly, raised and lowered while draws take units in between."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from builders import UNCOUNTED, an_activity, an_order
from tables import TableLedger
from tombola.aws.activity_items import activity_item
from tombola_cli.errors import TombolaError
from tombola_cli.shards import TRIES_MAX, OvertakenError, Shard, Shards

AWARD = "3"
ENTRIES = 0  # of the activity's log


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        ledger = TableLedger(boto3.client("dynamodb"))
        ledger.put_item(activity_item(an_activity()))
        yield ledger


@pytest.fixture
def shards(ledger: TableLedger) -> Shards:
    return Shards(ledger.dynamodb, ledger.table, "100001", AWARD)


def win(ledger: TableLedger, order_id: int, shard: int) -> None:
    ledger.record(an_order(order_id, user_id=f"user-{order_id}", shard=shard), UNCOUNTED)


def left(shards: Shards, count: int = 4) -> list[int]:
    return [shard.left for shard in shards.read(count)]


def test_units_are_dealt_evenly_over_shards_that_were_not_there(shards: Shards) -> None:
    shards.settle(10, 4, ENTRIES)

    assert shards.read(4) == [Shard(3, 3, 1), Shard(3, 3, 1), Shard(2, 2, 1), Shard(2, 2, 1)]


def test_settling_again_writes_nothing(shards: Shards) -> None:
    shards.settle(10, 4, ENTRIES)
    before = shards.read(4)
    shards.settle(10, 4, ENTRIES)

    assert shards.read(4) == before


def test_what_is_won_stays_won_when_stock_is_raised_and_lowered(ledger: TableLedger, shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)
    for order_id in range(3):
        win(ledger, order_id, shard=0 if order_id < 2 else 1)
    shards.settle(12, 4, ENTRIES)
    assert (sum(left(shards)), sum(shard.initial for shard in shards.read(4))) == (9, 12)
    assert max(left(shards)) - min(left(shards)) <= 1

    shards.settle(4, 4, ENTRIES)
    assert (sum(left(shards)), sum(shard.initial for shard in shards.read(4))) == (1, 4)


def test_stock_is_lowered_to_what_is_won_and_not_below(ledger: TableLedger, shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)
    win(ledger, 1, shard=0)
    shards.settle(1, 4, ENTRIES)
    assert left(shards) == [0, 0, 0, 0]

    with pytest.raises(TombolaError, match="1 are won, so that the stock cannot be lowered to 0"):
        shards.settle(0, 4, ENTRIES)


def test_a_change_that_is_sent_twice_acts_once(shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)
    seen = shards.read(4)[0]

    assert shards._change(0, seen, 5, ENTRIES)
    assert not shards._change(0, seen, 5, ENTRIES)
    assert shards.read(4)[0] == Shard(7, 7, 2)


def test_units_that_were_won_since_they_were_seen_cannot_be_taken_away(ledger: TableLedger, shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)
    seen = shards.read(4)[0]
    win(ledger, 1, shard=0)

    assert not shards._change(0, seen, -2, ENTRIES)
    assert shards.read(4)[0] == Shard(2, 1, 1)


class Busy(Shards):
    """Between each look at the shards and the change of them, somebody wins."""

    wins: Any = None

    def read(self, count: int) -> list[Shard]:
        found = super().read(count)
        next(self.wins)()
        return found


def busy(ledger: TableLedger, wins: Any) -> Shards:
    found = Busy(ledger.dynamodb, ledger.table, "100001", AWARD)
    object.__setattr__(found, "wins", wins)
    return found


def test_a_plan_that_a_draw_has_overtaken_is_made_anew(ledger: TableLedger, shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)

    def four_wins() -> None:
        for number in range(4):
            win(ledger, number, number)

    busy(ledger, iter([four_wins, *[lambda: None] * TRIES_MAX])).settle(5, 4, ENTRIES)

    assert (sum(left(shards)), sum(shard.initial for shard in shards.read(4))) == (1, 5)


def test_lowering_never_raises_and_puts_what_is_missing(shards: Shards) -> None:
    shards.lower(8, 2)
    assert shards.read(2) == [Shard(0, 0, 1), Shard(0, 0, 1)]

    shards.settle(6, 2, ENTRIES)
    shards.lower(8, 2)
    assert left(shards, 2) == [3, 3]
    shards.lower(1, 2)
    assert sorted(left(shards, 2)) == [0, 1]


def test_nothing_is_raised_or_dropped_for_an_activity_that_has_changed(ledger: TableLedger, shards: Shards) -> None:
    shards.lower(0, 2)
    ledger.put_item(activity_item(an_activity(entries=1)))

    with pytest.raises(OvertakenError):
        shards.settle(8, 2, ENTRIES)
    with pytest.raises(OvertakenError):
        shards.drop(1, 2, ENTRIES)
    assert shards.read(2) == [Shard(0, 0, 1), Shard(0, 0, 1)]


def test_a_shard_is_dropped_only_when_it_is_empty(shards: Shards) -> None:
    shards.settle(8, 4, ENTRIES)
    with pytest.raises(OvertakenError):
        shards.drop(2, 4, ENTRIES)

    shards.lower(0, 4)
    shards.drop(2, 4, ENTRIES)
    shards.drop(2, 4, ENTRIES)

    assert [shard.version > 0 for shard in shards.read(4)] == [True, True, False, False]
