"""Handing codes over: by chance, past those who came first, from shard to shard, and never for ever."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from builders import NOON, SECOND, an_award
from code_pools import POOL, MemoryCodePool, an_order_of_a_code, fill, free_in, used_in
from fakes import MemoryLedger
from tombola.aws.code_prizes import CLAIMS_MAX, CodePrizes
from tombola.aws.deadline import Deadline
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import POOL_SHARDS, Choices, Taken, no_code_left, shard_of_code, too_many_expire
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Granted, Refused, Unchanged

LATER = NOON + 60 * SECOND
CODES = [f"CODE-{number:03d}" for number in range(16)]


def no_hurry() -> Deadline:
    return Deadline(seconds_left=lambda: 1e9, sleep=lambda _: None, chance=lambda: 0.5)


def no_time() -> Deadline:
    return Deadline(seconds_left=lambda: 0, sleep=lambda _: None, chance=lambda: 0.5)


@dataclass
class Counted:
    """A pool that answers as it is told to, once each, and then as its twin would."""

    pool: MemoryCodePool
    answers: Iterator[Taken] = field(default_factory=lambda: iter(()))
    asked: list[str] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)

    def choices(self, pool: str, shard: int, now: datetime) -> Choices:
        self.looks.append(shard)
        return self.pool.choices(pool, shard, now)

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken:
        self.asked.append(code)
        return next(self.answers, None) or self.pool.take(pool, code, order, now)


def a_pool(*orders: Order, codes: Sequence[str] = (), answers: Sequence[Taken] = ()) -> Counted:
    ledger = MemoryLedger()
    for order in orders:
        ledger.put(order)
    pool = MemoryCodePool(ledger)
    fill(pool, codes)
    return Counted(pool, iter(answers))


def prizes(pool: Counted, low: int = 0, told: list[tuple[str, int]] | None = None, chance: int = 0) -> CodePrizes:
    tell = (lambda name, left: told.append((name, left))) if told is not None else (lambda *_: None)
    return CodePrizes(pool=pool, low=low, tell_low=tell, chance=lambda below: chance % below, patience=no_hurry)


def test_each_order_gets_a_code_of_its_own() -> None:
    orders = [an_order_of_a_code(number) for number in range(len(CODES))]
    pool = a_pool(*orders, codes=CODES)

    assert [prizes(pool).grant(order, LATER) for order in orders] == [Granted()] * len(CODES)
    assert (free_in(pool.pool), set(used_in(pool.pool))) == (set(), set(CODES))


def test_chance_says_which_of_the_codes_of_a_shard_is_taken() -> None:
    order = an_order_of_a_code(shard_of_code(CODES[0]))
    theirs = [code for code in CODES if shard_of_code(code) == shard_of_code(CODES[0])]
    assert len(theirs) > 1

    for chance, code in enumerate(theirs):
        pool = a_pool(order, codes=CODES)
        prizes(pool, chance=chance).grant(order, LATER)
        assert pool.asked == [code]


def test_an_order_begins_at_a_shard_of_its_own_and_goes_on_to_the_next_where_none_is_left() -> None:
    order = an_order_of_a_code(3)
    pool = a_pool(order, codes=[next(code for code in CODES if shard_of_code(code) == 1)])

    assert prizes(pool).grant(order, LATER) == Granted()
    assert pool.looks == [3, 4, 5, 6, 7, 0, 1]


def test_a_code_that_somebody_else_was_faster_with_is_no_failure() -> None:
    order = an_order_of_a_code()
    pool = a_pool(order, codes=CODES, answers=[Taken.GONE, Taken.HELD, Taken.GONE])

    assert prizes(pool).grant(order, LATER) == Granted()
    assert len(pool.asked) == 4


def test_an_order_that_has_moved_on_asks_for_no_other_code() -> None:
    order = an_order_of_a_code()
    pool = a_pool(order, codes=CODES, answers=[Taken.MOVED_ON])

    assert prizes(pool).grant(order, LATER) == Unchanged()
    assert len(pool.asked) == 1


def test_an_empty_pool_is_refused_with_its_name_and_told() -> None:
    order, told = an_order_of_a_code(), list[tuple[str, int]]()
    pool = a_pool(order)

    assert prizes(pool, low=100, told=told).grant(order, LATER) == Refused(no_code_left(POOL))
    assert told == [(POOL, 0)]
    assert sorted(pool.looks) == [*range(POOL_SHARDS)]


class Unseen:
    """A pool one of whose shards begins with more expired codes than a look shows."""

    def choices(self, pool: str, shard: int, now: datetime) -> Choices:
        return Choices((), whole=shard != 1)

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken:
        raise AssertionError(f"{code} of {pool} was never shown to {order} at {now}")


def test_a_pool_whose_good_codes_were_not_reached_is_not_called_empty() -> None:
    told = list[tuple[str, int]]()
    unseen = CodePrizes(pool=Unseen(), low=100, tell_low=lambda *said: told.append(said), patience=no_hurry)

    assert unseen.grant(an_order_of_a_code(), LATER) == Refused(too_many_expire(POOL))
    assert told == [(POOL, 0)]


def test_an_award_that_names_no_pool_is_refused() -> None:
    order = an_order_of_a_code(award=an_award(award_type=AwardType.CODE))

    assert prizes(a_pool(order)).grant(order, LATER) == Refused("its award names no pool")


@pytest.mark.parametrize(("low", "told"), [(2 * POOL_SHARDS, []), (2 * POOL_SHARDS + 1, [(POOL, 2 * POOL_SHARDS)])])
def test_a_pool_is_told_when_about_fewer_codes_are_left_than_an_operator_wants(
    low: int, told: list[tuple[str, int]]
) -> None:
    shard = next(shard for shard in range(POOL_SHARDS) if sum(shard_of_code(code) == shard for code in CODES) == 2)
    order, heard = an_order_of_a_code(shard), list[tuple[str, int]]()

    prizes(a_pool(order, codes=CODES), low=low, told=heard).grant(order, LATER)

    assert heard == told


def test_claims_that_only_ever_meet_others_end_as_busy_and_not_as_a_refusal() -> None:
    order = an_order_of_a_code()
    for answer in (Taken.GONE, Taken.HELD):
        pool = a_pool(order, codes=CODES, answers=[answer] * 1_000)
        with pytest.raises(BusyError):
            prizes(pool).grant(order, LATER)
        assert len(pool.asked) == CLAIMS_MAX


def test_a_claim_that_is_held_waits_only_while_there_is_time() -> None:
    order = an_order_of_a_code()
    pool = a_pool(order, codes=CODES, answers=[Taken.HELD] * 2)

    with pytest.raises(BusyError):
        CodePrizes(pool=pool, low=0, tell_low=lambda *_: None, patience=no_time).grant(order, LATER)
    assert len(pool.asked) == 1
