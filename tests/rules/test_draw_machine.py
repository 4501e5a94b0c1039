"""Every way of a draw: what it was told so far, and what it wants then. No ledger, no clock, no double."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, SEED, WAITS, a_request, a_share, an_activity, an_order
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.draw_machine import ANSWERS, ASKS_MAX, TRIES_MAX, DrawMachine
from tombola.rules.draw_steps import (
    ENDS,
    Busy,
    Counted,
    End,
    GiveUp,
    Left,
    LookAtCounters,
    LookAtRecord,
    Noted,
    NoteLooksFirst,
    NoteSoldOut,
    Opened,
    OpenSeed,
    Outcome,
    ReadStock,
    Record,
    Seen,
    Want,
)
from tombola.rules.drawn_order import Draw
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.order import Order
from tombola.rules.problem import cap_reached, quota_used_up
from tombola.rules.quota import TAKEN, Period, Quotas
from tombola.rules.stock import live_shard_of, shard_of
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import CapShardEmpty, CountMoved, QuotaUsedUp, Recorded, Repeat, ShardEmpty

SINGLE = StrategyMode.SINGLE
USER, ACTIVITY_ID = "xiaofuge", "100001"
REQUEST = a_request()
ORDER_ID = order_id_of(ACTIVITY_ID, USER, REQUEST.idempotency_key)
ON_RECORD = an_order(ORDER_ID)
SHARDS, CAP_SHARDS = 4, 3
OPENED = Opened(SEED)
NOTED = Noted()
BUSY = Busy(by_own_draw=False)
OWN_BUSY = Busy(by_own_draw=True)
LOOK, COUNT = LookAtRecord(USER, ORDER_ID, ACTIVITY_ID), LookAtCounters(USER, ACTIVITY_ID)
LOOKS_FIRST = NoteLooksFirst(USER, NOON)
NEW = Seen(None, {})

# The ticket falls on award 1 as long as that is there, and then on award 2.
SHARES = a_share("1", weight=WHOLE, shards=SHARDS), a_share("2", weight=1, shards=SHARDS)
TOTAL = an_activity(*SHARES, cap=Cap(limit=9, shards=CAP_SHARDS))
ALONE = an_activity(SHARES[0], a_share("2", weight=0, shards=SHARDS), strategy_mode=SINGLE)
LOCKED = an_activity(a_share("1", weight=WHOLE, shards=SHARDS, unlock_after=1), SHARES[1])
UNCAPPED = an_activity(*SHARES)
QUOTAS = an_activity(quotas=Quotas(activity=5, month=2, day=1))


def own(stock: str, shards: int = SHARDS) -> int:
    return shard_of(SEED, ORDER_ID, stock, shards)


OTHER, OTHER_CAP = (own("1") + 1) % SHARDS, (own(CAP, CAP_SHARDS) + 1) % CAP_SHARDS  # shards that are found


def units(shards: int, *live: int) -> tuple[int, ...]:
    return tuple(7 if shard in live else 0 for shard in range(shards))


NONE = units(SHARDS)
FOUND = Left({"1": units(SHARDS, OTHER), "2": NONE})
GONE = Left({"1": NONE, "2": units(SHARDS, 0)})
ALL_GONE = Left({"2": NONE, "1": NONE})
CAP_FOUND, CAP_GONE = Left({CAP: units(CAP_SHARDS, OTHER_CAP)}), Left({CAP: units(CAP_SHARDS)})


class Try(NamedTuple):
    """What tells one Record from another; how the rest of an order is made, test_drawn_order.py says."""

    award: str | None = "1"
    shard: int | None = own("1")
    cap_shard: int | None = None
    attempt: int = 0
    excluded: tuple[str, ...] = ()
    taken: int | None = None


CAPPED = Try(cap_shard=own(CAP, CAP_SHARDS))
SECOND_AWARD = Try("2", own("2"), excluded=("1",))
LOST = Try(None, None)


@dataclass(frozen=True)
class Path:
    """A way from the first want on; hints are those of the beginning."""

    told: Sequence[Outcome]
    wants: object
    activity: Activity = UNCAPPED
    sold_out: frozenset[str] = frozenset()
    looks_first: bool = False


def again(times: int, *told: Outcome) -> list[Outcome]:
    return [OPENED, *told * times]


BEGINNING = {
    "a draw opens the seed first": Path([], OpenSeed(UNCAPPED)),
    "with the seed it tries": Path([OPENED], Try()),
    "a hint that the cap is reached refuses, and no seed is opened": Path(
        [], cap_reached(ACTIVITY_ID, 9), TOTAL, frozenset({CAP})
    ),
    "a hint of a cap that is taken away is no refusal": Path([], GiveUp(0), UNCAPPED, frozenset({CAP})),
    "a hint of a sold-out award excludes it": Path([OPENED], SECOND_AWARD, UNCAPPED, frozenset({"1"})),
    "a hint of a refusal looks at the record first": Path([OPENED], LOOK, looks_first=True),
    "an activity with locks counts first": Path([OPENED], COUNT, LOCKED),
    "a look at the record counts as well": Path([OPENED], LOOK, LOCKED, looks_first=True),
}
ENDINGS = {
    "recorded is the end": Path([OPENED, Recorded(ON_RECORD)], Recorded(ON_RECORD)),
    "after a repeat the next draw looks first": Path([OPENED, Repeat(ON_RECORD)], LOOKS_FIRST),
    "a repeat is the end": Path([OPENED, Repeat(ON_RECORD), NOTED], Repeat(ON_RECORD)),
    "after a refusal the next draw looks first": Path([OPENED, QuotaUsedUp((Period.DAY,))], LOOKS_FIRST, QUOTAS),
    "a used-up quota is the end": Path(
        [OPENED, QuotaUsedUp((Period.DAY,)), NOTED],
        quota_used_up(ACTIVITY_ID, Period.DAY, 1, NOON.replace(hour=0) + timedelta(days=1)),
        QUOTAS,
    ),
    "of two used-up quotas the first is told": Path(
        [OPENED, QuotaUsedUp((Period.ACTIVITY, Period.DAY)), NOTED],
        quota_used_up(ACTIVITY_ID, Period.ACTIVITY, 5, None),
        QUOTAS,
    ),
}
COUNTING = {
    "a count excludes what is locked": Path([OPENED, Counted({})], SECOND_AWARD._replace(taken=0), LOCKED),
    "a count unlocks": Path([OPENED, Counted({TAKEN: 1})], Try(taken=1), LOCKED),
    "a count that has moved is counted anew": Path([OPENED, Counted({}), CountMoved()], COUNT, LOCKED),
    "the new count decides": Path([OPENED, Counted({}), CountMoved(), Counted({TAKEN: 1})], Try(taken=1), LOCKED),
    "a new count forgets the shard that was found": Path(
        [OPENED, Counted({TAKEN: 1}), ShardEmpty(), FOUND, CountMoved(), Counted({TAKEN: 2})], Try(taken=2), LOCKED
    ),
    "counters alone refuse nobody": Path([OPENED, Counted({TAKEN: 10})], LOOK, LOCKED),
    "counters with the order refuse": Path(
        [OPENED, Counted({TAKEN: 10}), Seen(None, {TAKEN: 10}), NOTED],
        quota_used_up(ACTIVITY_ID, Period.ACTIVITY, 10, None),
        LOCKED,
    ),
    "the draw that was counted is this one": Path(
        [OPENED, Counted({TAKEN: 10}), Seen(ON_RECORD, {TAKEN: 10}), NOTED], Repeat(ON_RECORD), LOCKED
    ),
    "counters with the order may let pass": Path(
        [OPENED, Counted({TAKEN: 10}), Seen(None, {TAKEN: 9})], Try(taken=9), LOCKED
    ),
}
LOOKING = {
    "what is on record is a repeat": Path([OPENED, Seen(ON_RECORD, {}), NOTED], Repeat(ON_RECORD), looks_first=True),
    "what is on record is a repeat beyond every quota": Path(
        [OPENED, Seen(ON_RECORD, {TAKEN: 10}), NOTED], Repeat(ON_RECORD), looks_first=True
    ),
    "a look that finds a repeat prolongs the hint": Path([OPENED, Seen(ON_RECORD, {})], LOOKS_FIRST, looks_first=True),
    "a look that refuses prolongs the hint": Path([OPENED, Seen(None, {TAKEN: 10})], LOOKS_FIRST, looks_first=True),
    "a look refuses by the count": Path(
        [OPENED, Seen(None, {TAKEN: 10}), NOTED],
        quota_used_up(ACTIVITY_ID, Period.ACTIVITY, 10, None),
        looks_first=True,
    ),
    "a look tells of the day that it is": Path(
        [OPENED, Seen(None, {"d2026-11-22": 1})], Try("3", 0), QUOTAS, looks_first=True
    ),
    "after a look it tries": Path([OPENED, NEW], Try(), looks_first=True),
    "a look counts what locks hang on": Path([OPENED, Seen(None, {TAKEN: 1})], Try(taken=1), LOCKED, looks_first=True),
    "one look is enough": Path([OPENED, NEW, BUSY], Try(), looks_first=True),
}
STOCK = {
    "an empty shard in total mode asks for all awards and not for the cap": Path(
        [OPENED, ShardEmpty()], ReadStock(ACTIVITY_ID, {"1": SHARDS, "2": SHARDS}), TOTAL
    ),
    "an empty shard in single mode asks for its own award": Path(
        [OPENED, ShardEmpty()], ReadStock(ACTIVITY_ID, {"1": SHARDS}), ALONE
    ),
    "a live shard is taken, and what else is sold out changes nothing": Path(
        [OPENED, ShardEmpty(), FOUND], Try(shard=OTHER)
    ),
    "of many live shards one is chosen in secret": Path(
        [OPENED, ShardEmpty(), Left({"1": (1, 1, 1, 1), "2": NONE})],
        Try(shard=live_shard_of(SEED, ORDER_ID, "1", (1, 1, 1, 1))),
    ),
    "others are told what is sold out": Path([OPENED, ShardEmpty(), GONE], NoteSoldOut(UNCAPPED, ("1",), NOON)),
    "in total mode the next attempt draws among the rest": Path(
        [OPENED, ShardEmpty(), GONE, NOTED], SECOND_AWARD._replace(attempt=1)
    ),
    "in total mode all that is sold out is learned at once": Path(
        [OPENED, ShardEmpty(), ALL_GONE], NoteSoldOut(UNCAPPED, ("1", "2"), NOON)
    ),
    "when all is sold out the draw is lost": Path(
        [OPENED, ShardEmpty(), ALL_GONE, NOTED], LOST._replace(attempt=1, excluded=("1", "2"))
    ),
    "what a hint excluded stays excluded": Path(
        [OPENED, ShardEmpty(), Left({"1": units(SHARDS, 0), "2": NONE}), NOTED],
        LOST._replace(attempt=1, excluded=("1", "2")),
        UNCAPPED,
        frozenset({"1"}),
    ),
    "in single mode the ticket stands, and loses": Path(
        [OPENED, ShardEmpty(), Left({"1": NONE}), NOTED], LOST._replace(excluded=("1",)), ALONE
    ),
    "a shard found for one award is not the next award's": Path(
        [OPENED, ShardEmpty(), FOUND, ShardEmpty(), GONE, NOTED], SECOND_AWARD._replace(attempt=1)
    ),
}
CAPS = {
    "an empty shard of the cap asks for the cap alone": Path(
        [OPENED, CapShardEmpty()], ReadStock(ACTIVITY_ID, {CAP: CAP_SHARDS}), TOTAL
    ),
    "a live shard of the cap is taken": Path([OPENED, CapShardEmpty(), CAP_FOUND], Try(cap_shard=OTHER_CAP), TOTAL),
    "a shard of the cap and one of the award": Path(
        [OPENED, CapShardEmpty(), CAP_FOUND, ShardEmpty(), FOUND], Try(shard=OTHER, cap_shard=OTHER_CAP), TOTAL
    ),
    "others are told that the cap is reached": Path(
        [OPENED, CapShardEmpty(), CAP_GONE], NoteSoldOut(TOTAL, (CAP,), NOON), TOTAL
    ),
    "a cap without units is the end": Path(
        [OPENED, CapShardEmpty(), CAP_GONE, NOTED], cap_reached(ACTIVITY_ID, 9), TOTAL
    ),
}
BUSIES = {
    "a busy transaction is tried again": Path([OPENED, BUSY], Try()),
    "an own draw in the way is looked for": Path([OPENED, OWN_BUSY], LOOK),
    "an own draw in the way may unlock": Path(
        [OPENED, Counted({}), OWN_BUSY, Seen(None, {TAKEN: 1})], Try(taken=1), LOCKED
    ),
    "a count that stands keeps the shard that was found": Path(
        [OPENED, Counted({TAKEN: 1}), ShardEmpty(), FOUND, OWN_BUSY, Seen(None, {TAKEN: 1})],
        Try(shard=OTHER, taken=1),
        LOCKED,
    ),
    "a busy look is made again": Path([OPENED, BUSY], LOOK, looks_first=True),
    "a busy count is made again": Path([OPENED, BUSY], COUNT, LOCKED),
    "a busy look for who is beyond a quota is made again": Path([OPENED, Counted({TAKEN: 10}), BUSY], LOOK, LOCKED),
    "after a busy read of stock it tries again": Path([OPENED, ShardEmpty(), BUSY], Try()),
    "after a busy read of the cap it tries again": Path([OPENED, CapShardEmpty(), BUSY], CAPPED, TOTAL),
}
BOUNDS = {
    "the last try is a try": Path(again(TRIES_MAX - 1, BUSY), Try()),
    "busy tries have a bound": Path(again(TRIES_MAX, BUSY), GiveUp(TRIES_MAX)),
    "looks have a bound": Path(again(TRIES_MAX, BUSY), GiveUp(TRIES_MAX), looks_first=True),
    "counts that move have a bound": Path(again(TRIES_MAX, Counted({}), CountMoved()), GiveUp(TRIES_MAX), LOCKED),
    "shards that empty have a bound": Path(again(TRIES_MAX, ShardEmpty(), FOUND), GiveUp(TRIES_MAX)),
    "shards of the cap that empty have a bound": Path(
        again(TRIES_MAX, CapShardEmpty(), CAP_FOUND), GiveUp(TRIES_MAX), TOTAL
    ),
    "the last try still tells others what is sold out": Path(
        [*again(TRIES_MAX - 1, BUSY), ShardEmpty(), GONE], NoteSoldOut(UNCAPPED, ("1",), NOON)
    ),
    "and ends then": Path([*again(TRIES_MAX - 1, BUSY), ShardEmpty(), GONE, NOTED], GiveUp(TRIES_MAX)),
}
PATHS = BEGINNING | ENDINGS | COUNTING | LOOKING | STOCK | CAPS | BUSIES | BOUNDS


@pytest.mark.parametrize("name", PATHS)
def test_a_draw_that_was_told_so_much_wants(name: str) -> None:
    path = PATHS[name]
    machine = a_machine(path.activity, path.sold_out, looks_first=path.looks_first)

    for outcome in path.told:
        machine.told(outcome)

    wants = shown(machine.wants)
    assert (type(wants), wants) == (type(path.wants), path.wants)


def a_machine(activity: Activity, sold_out: frozenset[str] = frozenset(), *, looks_first: bool = False) -> DrawMachine:
    draw = Draw(REQUEST, ORDER_ID, activity, UTC, NOON, NOON + WAITS.first_check, sold_out)
    return DrawMachine(draw, looks_first=looks_first)


def shown(want: Want | End) -> object:
    if not isinstance(want, Record):
        return want
    order, counts = want
    assert counts.seen == order.proof.taken  # what was decided by is a condition
    award_id = None if order.award is None else order.award.award_id
    return Try(award_id, order.shard, order.cap_shard, order.proof.attempt, order.proof.excluded, order.proof.taken)


OUTCOMES: tuple[Outcome, ...] = (
    OPENED,
    Counted({}),
    NEW,
    FOUND,
    NOTED,
    BUSY,
    Recorded(ON_RECORD),
    Repeat(ON_RECORD),
    QuotaUsedUp((Period.ACTIVITY,)),
    CountMoved(),
    CapShardEmpty(),
    ShardEmpty(),
)
WAYS: dict[type, tuple[Activity, bool, list[Outcome]]] = {
    OpenSeed: (UNCAPPED, False, []),
    LookAtCounters: (LOCKED, False, [OPENED]),
    LookAtRecord: (UNCAPPED, True, [OPENED]),
    Record: (TOTAL, False, [OPENED]),
    ReadStock: (UNCAPPED, False, [OPENED, ShardEmpty()]),
    NoteSoldOut: (UNCAPPED, False, [OPENED, ShardEmpty(), GONE]),
    NoteLooksFirst: (UNCAPPED, False, [OPENED, Repeat(ON_RECORD)]),
    Recorded: (UNCAPPED, False, [OPENED, Recorded(ON_RECORD)]),
}


@pytest.mark.parametrize("want", WAYS)
def test_only_what_answers_a_want_is_taken_and_an_end_takes_nothing(want: type) -> None:
    activity, looks_first, way = WAYS[want]
    taken = set[type]()
    for outcome in OUTCOMES:
        machine = a_machine(activity, looks_first=looks_first)
        for told in way:
            machine.told(told)
        assert type(machine.wants) is want
        try:
            machine.told(outcome)
        except ValueError as error:
            assert str(error) == f"{type(outcome).__name__} does not answer {want.__name__}"  # noqa: PT017
        else:
            taken.add(type(outcome))

    assert taken == {outcome for asked, outcome in ANSWERS if asked is want}


RANKS = {LookAtCounters: 0, LookAtRecord: 1, Record: 2, ReadStock: 3}
HINTS = st.frozensets(st.sampled_from(["1", "2"]))
ACTIVITIES = st.sampled_from([TOTAL, ALONE, LOCKED, UNCAPPED, QUOTAS])


@given(st.data(), ACTIVITIES, HINTS, st.booleans())
def test_a_draw_ends_whatever_it_is_told_and_no_try_asks_twice_for_the_same(
    data: st.DataObject, activity: Activity, sold_out: frozenset[str], looks_first: bool
) -> None:
    machine = a_machine(activity, sold_out, looks_first=looks_first)
    asks = list[tuple[int, int]]()  # the try, and the rank of what was asked in it

    while not isinstance(machine.wants, ENDS):
        if type(machine.wants) in RANKS:
            asks.append((machine.tries, RANKS[type(machine.wants)]))
        machine.told(data.draw(answers(machine.wants)))

    assert len(asks) <= ASKS_MAX * TRIES_MAX
    assert asks == sorted(set(asks))


def answers(want: Want) -> st.SearchStrategy[Outcome]:
    """Return all that the world may say, but rarely what ends a draw."""
    counters = st.fixed_dictionaries({TAKEN: st.integers(0, 11)})
    match want:
        case OpenSeed():
            return st.just(OPENED)
        case NoteSoldOut() | NoteLooksFirst():
            return st.just(NOTED)
        case LookAtCounters():
            return st.one_of(busy(), counters.map(Counted))
        case LookAtRecord():
            return st.one_of(busy(), counters.map(lambda each: Seen(None, each)))
        case ReadStock(_, shards):
            left = {name: st.tuples(*[st.integers(0, 1)] * count) for name, count in shards.items()}
            return st.one_of(busy(), st.fixed_dictionaries(left).map(Left))
        case Record(order):
            return st.one_of(busy(), st.sampled_from(verdicts(order)))


def busy() -> st.SearchStrategy[Outcome]:
    return st.booleans().map(Busy)


def verdicts(order: Order) -> list[Outcome]:
    """Return the verdicts that say nothing final of order."""
    found: list[Outcome] = [BUSY]
    found += [] if order.proof.taken is None else [CountMoved()]
    found += [] if order.shard is None else [ShardEmpty()]
    return found if order.cap_shard is None else [*found, CapShardEmpty()]
