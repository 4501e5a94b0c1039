"""Stock as shards of the real table: dealt evenly, raised and lowered while draws take units in between."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import boto3
import pytest

from builders import UNCOUNTED, an_activity, an_order
from conflicts import Clock, Conflicting, Held
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.activity_items import activity_item
from tombola.rules.activity import CAP
from tombola_cli.errors import TombolaError
from tombola_cli.operate.batches import TRIES_MAX, Batches, OvertakenError
from tombola_cli.operate.guard import guard_of
from tombola_cli.operate.shards import Goal, Reading, Stock

AWARD = "3"
GUARD = guard_of(an_activity())
SECONDS = 60


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        ledger = TableLedger(boto3.client("dynamodb"))
        ledger.put_item(activity_item(an_activity()))
        yield ledger


@dataclass(frozen=True)
class OneAward(Stock):
    """The stock of one award, and what happens after each look at its shards."""

    meanwhile: Iterator[Callable[[], None]] = field(default_factory=lambda: iter(()))

    def read(self, shards: Mapping[str, int]) -> dict[str, list[Reading]]:
        found = super().read(shards)
        next(self.meanwhile, lambda: None)()
        return found

    def shards(self, count: int = 4) -> list[Reading]:
        return super().read({AWARD: count})[AWARD]

    def left(self, count: int = 4) -> list[int]:
        return [shard.left for shard in self.shards(count)]

    def change(self, shard: int, seen: Reading, gain: int) -> bool:
        batches = Batches(self.dynamodb, self.table, self.activity_id, GUARD, self.patience)
        return batches.write([self.step(AWARD, shard, seen, gain)])


@pytest.fixture
def stock(ledger: TableLedger) -> OneAward:
    return a_stock(ledger)


def a_stock(ledger: TableLedger, *meanwhile: Callable[[], None]) -> OneAward:
    clock = Clock()
    return OneAward(ledger.dynamodb, ledger.table, "100001", partial(clock.deadline_in, SECONDS), iter(meanwhile))


def goal(units: int, shards: int = 4) -> dict[str, Goal]:
    return {AWARD: Goal(units, shards)}


def win(ledger: TableLedger, order_id: int, shard: int) -> None:
    ledger.record(an_order(order_id, user_id=f"user-{order_id}", shard=shard), UNCOUNTED)


def test_units_are_dealt_evenly_over_shards_that_were_not_there(stock: OneAward) -> None:
    stock.meet(goal(10), GUARD)

    assert stock.shards() == [Reading(3, 3, 1), Reading(3, 3, 1), Reading(2, 2, 1), Reading(2, 2, 1)]


def test_settling_again_writes_nothing(stock: OneAward) -> None:
    stock.meet(goal(10), GUARD)
    before = stock.shards()
    stock.meet(goal(10), GUARD)

    assert stock.shards() == before


def test_what_is_won_stays_won_when_stock_is_raised_and_lowered(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)
    for order_id in range(3):
        win(ledger, order_id, shard=0 if order_id < 2 else 1)
    stock.meet(goal(12), GUARD)
    assert (sum(stock.left()), sum(shard.initial for shard in stock.shards())) == (9, 12)
    assert max(stock.left()) - min(stock.left()) <= 1

    stock.meet(goal(4), GUARD)
    assert (sum(stock.left()), sum(shard.initial for shard in stock.shards())) == (1, 4)


def test_stock_is_lowered_to_what_is_won_and_not_below(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)
    win(ledger, 1, shard=0)
    stock.meet(goal(1), GUARD)
    assert stock.left() == [0, 0, 0, 0]

    with pytest.raises(
        TombolaError, match="activity 100001, the stock of 3: 1 are won, so that it cannot be lowered to 0"
    ):
        stock.meet(goal(0), GUARD)


def test_of_a_cap_it_says_cap(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet({CAP: Goal(2, 1)}, GUARD)
    ledger.record(an_order(1, shard=None, cap_shard=0), UNCOUNTED)

    with pytest.raises(TombolaError, match="activity 100001, the cap: 1 are drawn, so that it cannot be lowered to 0"):
        stock.lower({CAP: Goal(0, 1)}, GUARD)


def test_a_change_that_is_sent_twice_acts_once(stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)
    seen = stock.shards()[0]

    assert stock.change(0, seen, 5)
    assert not stock.change(0, seen, 5)
    assert stock.shards()[0] == Reading(7, 7, 2)


def test_units_that_were_won_since_they_were_seen_cannot_be_taken_away(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)
    seen = stock.shards()[0]
    win(ledger, 1, shard=0)

    assert not stock.change(0, seen, -2)
    assert stock.shards()[0] == Reading(2, 1, 1)


def test_a_plan_that_a_draw_has_overtaken_is_made_anew(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)

    def four_wins() -> None:
        for number in range(4):
            win(ledger, number, number)

    a_stock(ledger, four_wins).meet(goal(5), GUARD)

    assert (sum(stock.left()), sum(shard.initial for shard in stock.shards())) == (1, 5)


def held_up(ledger: TableLedger, meanwhile: Callable[[], None]) -> OneAward:
    """Return stock of which everything is held by others, always, from the second transaction on."""
    clock = Clock()
    held = Held(lock_ms=1.0, now=clock.now)

    def before(*_: object) -> None:
        held.others_every_ms = held.lock_ms if conflicting.calls["TransactWriteItems"] else 0

    conflicting: Any = Conflicting(ledger.dynamodb, held, before=before)
    return OneAward(conflicting, ledger.table, "100001", partial(clock.deadline_in, SECONDS), iter([meanwhile]))


def test_who_is_held_up_for_too_long_is_told_by_what(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)

    with pytest.raises(TombolaError) as caught:
        held_up(ledger, lambda: win(ledger, 1, 0)).lower(goal(1), GUARD)

    met = f"{TRIES_MAX - 1} met other transactions on the same items, 1 found units won that were to go"
    words = f"none of the last {TRIES_MAX} transactions was written: {met}"
    assert str(caught.value) == f"activity 100001, the stock of 3: {words}; apply again, it goes on from here"
    assert sum(stock.left()) == 7


def test_who_is_held_up_on_a_cap_is_told_so(ledger: TableLedger) -> None:
    stock = held_up(ledger, lambda: None)
    stock.meet({CAP: Goal(5, 1)}, GUARD)

    with pytest.raises(TombolaError, match="activity 100001, the cap: none of the last"):
        stock.meet({CAP: Goal(6, 1)}, GUARD)


def test_a_stock_that_somebody_else_has_changed_is_told(ledger: TableLedger, stock: OneAward) -> None:
    stock.meet(goal(8, shards=1), GUARD)

    with pytest.raises(TombolaError, match="1 found the stock changed by somebody else"):
        held_up(ledger, lambda: stock.meet(goal(12, shards=1), GUARD)).meet(goal(16, shards=1), GUARD)


def test_what_is_throttled_is_tried_again(ledger: TableLedger, stock: OneAward) -> None:
    clock = Clock()
    conflicting: Any = Conflicting(ledger.dynamodb, Held(4.0, clock.now), throttle_every=2)

    OneAward(conflicting, ledger.table, "100001", partial(clock.deadline_in, SECONDS)).meet(goal(8), GUARD)

    assert stock.left() == [2, 2, 2, 2]
    assert clock.slept


def test_who_gets_on_has_time_again(ledger: TableLedger, stock: OneAward) -> None:
    clock = Clock()

    def before(*_: object) -> None:
        clock.ms += 0.4 * SECONDS * 1000

    # Each second transaction is throttled, and all of them together take longer than one may be tried.
    conflicting: Any = Conflicting(ledger.dynamodb, Held(1.0, clock.now), throttle_every=2, before=before)
    batches = Batches(conflicting, ledger.table, "100001", GUARD, partial(clock.deadline_in, SECONDS), size=1)
    for shard in range(3):
        batches.write([stock.step(AWARD, shard, Reading(), 1)])

    assert stock.left(3) == [1, 1, 1]
    assert clock.ms > SECONDS * 1000


def test_lowering_never_raises_and_puts_what_is_missing(stock: OneAward) -> None:
    stock.lower(goal(8, shards=2), GUARD)
    assert stock.shards(2) == [Reading(0, 0, 1), Reading(0, 0, 1)]

    stock.meet(goal(6, shards=2), GUARD)
    stock.lower(goal(8, shards=2), GUARD)
    assert stock.left(2) == [3, 3]
    stock.lower(goal(1, shards=2), GUARD)
    assert sorted(stock.left(2)) == [0, 1]


def test_nothing_is_raised_or_dropped_for_an_activity_that_has_changed(ledger: TableLedger, stock: OneAward) -> None:
    stock.lower(goal(0, shards=2), GUARD)
    ledger.put_item(activity_item(an_activity(entries=1)))

    with pytest.raises(OvertakenError):
        stock.meet(goal(8, shards=2), GUARD)
    with pytest.raises(OvertakenError):
        stock.drop({AWARD: range(1, 2)}, GUARD)
    assert stock.shards(2) == [Reading(0, 0, 1), Reading(0, 0, 1)]


def test_a_shard_is_dropped_only_when_it_is_empty(stock: OneAward) -> None:
    stock.meet(goal(8), GUARD)
    with pytest.raises(OvertakenError):
        stock.drop({AWARD: range(2, 4)}, GUARD)

    stock.lower(goal(0), GUARD)
    stock.drop({AWARD: range(2, 4)}, GUARD)
    stock.drop({AWARD: range(2, 4)}, GUARD)

    assert [reading.is_there for reading in stock.shards()] == [True, True, False, False]
