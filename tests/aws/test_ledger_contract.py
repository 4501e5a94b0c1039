"""One contract, three ledgers: what holds for the fake holds for DynamoDB, on two emulators."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product

import pytest

from addresses import an_address
from builders import NOON, SECOND, a_count, a_lost_order, an_act, an_activity, an_award, an_order
from fakes import MemoryLedger
from tables import TableLedger, orders_due
from tombola.aws.items import order_from, order_item
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import BY_HAND, DEADLINES, PARKED, GrantState, MqState, Order, OrderKey, Outcome, Proof
from tombola.rules.order_life import CHANGES, LEAVE, SHIP, Change, allows, changed, words_of
from tombola.rules.quota import TAKEN, Period
from tombola.rules.verdict import QuotaUsedUp, Recorded, Repeat, ShardEmpty

Ledger = MemoryLedger | TableLedger
LATER = NOON + 60 * SECOND
USED_UP = QuotaUsedUp((Period.ACTIVITY,))


def with_stock(ledger: Ledger, units: int = 5) -> Ledger:
    ledger.apply(an_activity(), {("3", 0): units})
    return ledger


def key(order: Order) -> OrderKey:
    return order.user_id, order.order_id


def test_an_order_is_read_as_it_was_recorded(ledger: Ledger) -> None:
    order = an_order(
        user_id="a/b ü😀",
        award=an_award(award_name="平板"),
        outcome=Outcome.FALLBACK,
        tree_id="2110081902",
        proof=Proof(attempt=1, excluded=("1", "2"), version=3, taken=4),
    )

    assert with_stock(ledger).record(order, a_count(10)) == Recorded(order)
    assert ledger.order(*key(order)) == order
    assert ledger.order("somebody", order.order_id) is None


def test_a_lost_order_takes_quota_and_no_stock(ledger: Ledger) -> None:
    order = a_lost_order()

    assert with_stock(ledger).record(order, a_count(1)) == Recorded(order)
    assert ledger.order(*key(order)) == order
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (5,)}
    assert ledger.record(an_order(8), a_count(1)) == USED_UP


def test_recording_again_returns_what_is_on_record_and_changes_nothing(ledger: Ledger) -> None:
    first = an_order()
    with_stock(ledger).record(first, a_count(2))
    again = replace(first, award=an_award("9"), drawn_at=LATER)

    assert ledger.record(again, a_count(2)) == Repeat(first)
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (4,)}
    assert ledger.record(an_order(8), a_count(2)) == Recorded(an_order(8))


def test_an_order_and_what_its_user_has_counted_are_read_together(ledger: Ledger) -> None:
    first = an_order()
    user_id = first.user_id
    assert with_stock(ledger).order_and_counters(user_id, first.order_id, "100001") == (None, {})

    ledger.record(first, a_count(2))

    assert ledger.order_and_counters(user_id, first.order_id, "100001") == (first, {TAKEN: 1})
    assert ledger.order_and_counters(user_id, 8, "100001") == (None, {TAKEN: 1})
    assert ledger.order_and_counters(user_id, first.order_id, "another") == (first, {})
    assert ledger.order_and_counters("fustack", first.order_id, "100001") == (None, {})


def test_a_repeat_is_known_even_when_quota_and_stock_are_used_up(ledger: Ledger) -> None:
    first = an_order()
    with_stock(ledger, units=1).record(first, a_count(1))

    assert ledger.record(first, a_count(1)) == Repeat(first)


def test_a_used_up_quota_is_told_before_an_empty_shard(ledger: Ledger) -> None:
    with_stock(ledger, units=1).record(an_order(), a_count(1))

    assert ledger.record(an_order(8), a_count(1)) == USED_UP


def test_the_last_unit_is_taken_once_and_a_refused_draw_costs_no_quota(ledger: Ledger) -> None:
    with_stock(ledger, units=1).record(an_order(), a_count(2))

    assert ledger.record(an_order(8), a_count(2)) == ShardEmpty()
    assert ledger.order("xiaofuge", 8) is None
    assert ledger.record(a_lost_order(9), a_count(2)) == Recorded(a_lost_order(9))


def test_an_unlimited_award_needs_no_stock_item(ledger: Ledger) -> None:
    order = an_order(shard=None)

    assert ledger.record(order, a_count(10)) == Recorded(order)


def test_stock_is_read_shard_by_shard_beyond_one_batch(ledger: Ledger) -> None:
    units = {(award_id, shard): shard for award_id, shards in (("1", 100), ("2", 2)) for shard in range(shards)}
    ledger.apply(an_activity(), units)

    assert ledger.stock_left("100001", {"1": 100, "2": 2}) == {"1": tuple(range(100)), "2": (0, 1)}
    assert ledger.stock_shown("100001", {"1": 100, "2": 2}) == {"1": sum(range(100)), "2": 1}
    assert ledger.stock_left("100001", {}) == {}
    assert ledger.stock_shown("100001", {}) == {}


def test_a_batch_of_orders_is_read_without_doubles_and_without_strangers(ledger: Ledger) -> None:
    ledger.put(an_order(1))
    ledger.put(a_lost_order(2))
    keys = [("xiaofuge", 1), ("xiaofuge", 1), ("xiaofuge", 2), ("xiaofuge", 3)]

    assert ledger.orders(keys) == {("xiaofuge", 1): an_order(1), ("xiaofuge", 2): a_lost_order(2)}


def test_a_grant_leaves_the_due_index_and_counts_once(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)

    assert ledger.grant(order, LATER)
    assert not ledger.grant(order, LATER)
    granted = ledger.order(*key(order))
    assert granted == replace(
        order,
        grant_state=GrantState.GRANTED,
        mq_state=MqState.SENT,
        grants=1,
        granted_at=LATER,
        due_at=None,
    )
    assert orders_due(ledger, "7", LATER) == []


def test_an_unknown_order_cannot_be_granted(ledger: Ledger) -> None:
    assert not ledger.grant(an_order(), LATER)
    assert ledger.order("xiaofuge", 7) is None


def test_marking_sent_leaves_the_time_it_is_due(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)

    assert ledger.mark_sent(order, LATER)
    assert ledger.order(*key(order)) == replace(order, mq_state=MqState.SENT, sent_at=LATER)


def test_a_failed_send_is_due_at_once_unless_a_claim_came_first(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    assert ledger.mark_failed(order, NOON)
    assert ledger.order(*key(order)) == replace(order, mq_state=MqState.FAILED, due_at=NOON)

    other = an_order(8)
    ledger.put(other)
    ledger.claim(other, LATER + SECOND)
    assert not ledger.mark_failed(other, NOON)


@pytest.mark.parametrize("name", ["mark_failed", "park", "claim"])
def test_an_order_that_lost_its_time_is_given_one_by_whoever_moves_it(ledger: Ledger, name: str) -> None:
    order = an_order(due_at=None)
    ledger.put(order)

    assert STEPS[name](ledger, order)
    after = ledger.order(*key(order))
    assert after is not None
    assert after.due_at == LATER
    assert not STEPS[name](ledger, order)


def test_a_claim_is_won_once_and_returns_the_order_as_it_is_now(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)

    assert ledger.claim(order, LATER + SECOND) == replace(order, claims=1, due_at=LATER + SECOND, wake=True)
    assert ledger.claim(order, LATER + 2 * SECOND) is None


def test_claims_made_together_are_all_won_or_none(ledger: Ledger) -> None:
    first, second, third = (an_order(order_id) for order_id in (7, 8, 9))
    for order in (first, second, third):
        ledger.put(order)

    claimed = ledger.claim_all([(first, LATER + SECOND), (second, LATER + 2 * SECOND)])

    assert claimed == [
        replace(first, claims=1, due_at=LATER + SECOND, wake=True),
        replace(second, claims=1, due_at=LATER + 2 * SECOND, wake=True),
    ]
    assert [ledger.order(*key(order)) for order in (first, second)] == claimed
    assert ledger.claim_all([(third, LATER + SECOND), (first, LATER + SECOND)]) is None
    assert ledger.order(*key(third)) == third


def test_a_claim_is_taken_back_unless_the_order_has_moved_on(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    claimed = ledger.claim(order, LATER + 9 * SECOND)
    assert claimed is not None

    assert ledger.unclaim(claimed, LATER + SECOND)
    assert ledger.order(*key(order)) == replace(order, claims=1, due_at=LATER + SECOND)
    assert not ledger.unclaim(claimed, LATER + 2 * SECOND)


def test_an_order_keeps_the_lane_that_a_version_with_fewer_lanes_gave_it(ledger: Ledger) -> None:
    order = an_order(7 + 16, lane_before="7")
    ledger.put(order)

    assert ledger.order(*key(order)) == order
    assert ledger.claim(order, LATER + SECOND) is not None
    assert orders_due(ledger, "7", LATER + SECOND) == [7 + 16]
    assert orders_due(ledger, "23", LATER + SECOND) == []


def test_a_failed_grant_is_counted_once_and_asks_for_a_new_message(ledger: Ledger) -> None:
    order = an_order(mq_state=MqState.SENT, sent_at=NOON)
    ledger.put(order)

    assert ledger.postpone(order, "down", LATER, NOON)
    assert not ledger.postpone(order, "down", LATER, NOON)
    assert ledger.order(*key(order)) == replace(
        order, failures=1, failed_at=NOON, failed_because="down", sent_at=None, due_at=LATER
    )


def test_a_grant_that_was_held_up_is_on_record_once_and_counts_nothing(ledger: Ledger) -> None:
    order = an_order(mq_state=MqState.SENT, sent_at=NOON, failures=1, begun=2, claims=3)
    ledger.put(order)

    assert ledger.hold(order, "refused", LATER + SECOND, NOON)
    assert not ledger.hold(order, "refused", LATER + SECOND, NOON)
    assert ledger.order(*key(order)) == replace(
        order, failed_at=NOON, failed_because="refused", sent_at=None, due_at=LATER + SECOND, begun=0
    )


def test_a_try_that_was_none_is_taken_back_and_can_be_begun_again(ledger: Ledger) -> None:
    order = an_order(claims=3)
    begun = replace(order, begun=1)
    ledger.put(order)
    assert not ledger.unbegin(order)

    for _ in range(2):
        assert ledger.begin(order)
        assert ledger.unbegin(begun)
        assert not ledger.unbegin(begun)
        assert ledger.order(*key(order)) == order


def test_a_parked_order_stands_in_the_lane_for_operators(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)

    assert ledger.park(order, "refused", LATER)
    assert orders_due(ledger, PARKED, LATER, limit=10) == [7]
    assert orders_due(ledger, "7", LATER) == []
    parked = ledger.order(*key(order))
    assert parked is not None
    assert (parked.grant_state, parked.parked_because) == (GrantState.PARKED, "refused")


def test_a_call_that_comes_back_well_after_its_order_was_parked_is_a_grant(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    ledger.park(order, "5 grants were begun, and none ended", NOON)

    assert ledger.grant(order, LATER)
    assert not ledger.grant(order, LATER)
    granted = ledger.order(*key(order))
    assert granted is not None
    assert (granted.grant_state, granted.grants, granted.lane, granted.due_at) == (GrantState.GRANTED, 1, None, None)
    assert orders_due(ledger, PARKED, LATER) == []


def test_due_orders_come_oldest_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for number, order_id in enumerate((7 + 256, 7, 7 + 128)):
        ledger.put(an_order(order_id, due_at=NOON + number * SECOND))
    ledger.put(an_order(8))

    assert orders_due(ledger, "7", LATER, limit=2) == [263, 7]
    assert orders_due(ledger, "7", NOON + SECOND, limit=10) == [263, 7]
    assert ledger.due("7", NOON, limit=10).entries[0].at == NOON


def test_all_orders_of_a_user_are_found_beyond_one_page_and_nobody_elses(ledger: Ledger) -> None:
    long = an_award(award_content="兑" * 20_000)
    theirs = [an_order(number, award=long) for number in range(30)]  # a query reads 1 MB at most
    for order in (*theirs, an_order(1, user_id="xiaofuge2"), an_order(2, user_id="xiao")):
        ledger.put(order)
    ledger.record(a_lost_order(99), a_count(1))

    found = ledger.orders_of("xiaofuge")

    assert sorted(found, key=lambda order: order.order_id) == [*theirs, a_lost_order(99)]
    assert list(ledger.orders_of("nobody")) == []


SAID = {
    "now": LATER,
    "until": LATER,
    "because": "down",
    "content": "WELCOME-10",
    "act": an_act(at=LATER),
    "address": an_address(),
    "batch": "b1",
    "carrier": "DHL",
    "tracking": "00340",
}
STEPS: dict[str, Callable[[Ledger, Order], object]] = {
    "mark_sent": lambda ledger, order: ledger.mark_sent(order, LATER),
    "mark_failed": lambda ledger, order: ledger.mark_failed(order, LATER),
    "grant": lambda ledger, order: ledger.grant(order, LATER),
    "grant_with": lambda ledger, order: ledger.grant_with(order, "WELCOME-10", LATER),
    "begin": lambda ledger, order: ledger.begin(order),
    "unbegin": lambda ledger, order: ledger.unbegin(order),
    "hold": lambda ledger, order: ledger.hold(order, "down", LATER, LATER),
    "postpone": lambda ledger, order: ledger.postpone(order, "down", LATER, LATER),
    "park": lambda ledger, order: ledger.park(order, "down", LATER),
    "claim": lambda ledger, order: ledger.claim(order, LATER),
    "unclaim": lambda ledger, order: ledger.unclaim(order, LATER),
    "release": lambda ledger, order: ledger.release(order, an_act(at=LATER)),
    "retry": lambda ledger, order: ledger.retry(order, an_act(at=LATER)),
    "void": lambda ledger, order: ledger.void(order, an_act(at=LATER)),
    "grant_shipment": lambda ledger, order: order.award and ledger.grant_shipment(order, an_address(), LATER),
    "accept": lambda ledger, order: ledger.accept(order, LATER, LATER),
    "give_address": lambda ledger, order: ledger.give_address(order, an_address(), LATER, LATER),
    "change_address": lambda ledger, order: ledger.change_address(order, an_address()),
    "leave": lambda ledger, order: ledger._change(order, LEAVE, batch="b1"),
    "ship": lambda ledger, order: ledger._change(order, SHIP, carrier="DHL", tracking="00340", now=LATER),
    "miss": lambda ledger, order: ledger.miss(order, "down", an_act(at=LATER)),
    "lapse": lambda ledger, order: ledger.lapse(order, an_act(at=LATER)),
    "retry_unclaimed": lambda ledger, order: ledger.retry_unclaimed(order, an_act(at=LATER), LATER),
}
PARCEL = an_award(award_type=AwardType.PHYSICAL)
MADE_UP = Change(  # with a part of every kind
    name="made_up",
    told="something happens",
    grant_from=(GrantState.PARKED, GrantState.VOID),
    grant_to=GrantState.WAITING,
    mq_from=(MqState.SENT, MqState.FAILED),
    mq_to=MqState.SENT,
    as_seen=("due_at", "begun"),
    sets=(("due_at", "now"), ("failed_because", "because")),
    counts=("claims",),
    restarts=("failures",),
    removes=("begun", "parked_because"),
    new_lane=True,
    wakes=True,
    by_act=True,
)


def test_every_change_of_the_table_is_a_step_of_the_ledger() -> None:
    assert STEPS.keys() == {change.name for change in CHANGES}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_step_makes_its_change_where_the_table_allows_it_and_nowhere_else(ledger: Ledger, change: Change) -> None:
    assert made_of_all(ledger, change, STEPS[change.name])


def test_a_change_that_is_added_to_the_table_is_written_as_it_stands_there(ledger: Ledger) -> None:
    def make(ledger: Ledger, order: Order) -> bool:
        return ledger._change(order, MADE_UP, now=LATER, because="down", act=an_act(at=LATER))

    assert made_of_all(ledger, MADE_UP, make)


def made_of_all(ledger: Ledger, change: Change, step: Callable[[Ledger, Order], object]) -> bool:
    """Make change to an order in every state, as the table has it; return whether some were changed, and some not."""
    orders = [
        *map(an_order_in, enumerate(product(MqState, GrantState, GrantType))),
        a_lost_order(100),
        an_order(101, due_at=None, shard=None),
        an_order(102, shard=None, claims=2, begun=2, failures=1, sent_at=NOON, wake=True),
        an_order(
            103, shard=None, grant_state=GrantState.PARKED, claims=2, begun=2, failures=1, acts=(an_act(who="bob"),)
        ),
        an_order(104, shard=None, grant_state=GrantState.PARKED, grant_at=LATER - SECOND),
        an_order(105, shard=None, accept_by=LATER),
        an_order(106, shard=None, accept_by=LATER, award=PARCEL),
        an_order(107, shard=None, accept_by=LATER, accepted_at=NOON, award=PARCEL, address=an_address(), addresses=1),
        an_order(108, shard=None, grant_state=GrantState.PARKED, accept_by=NOON),
        an_order(109, shard=None, grant_state=GrantState.GRANTED, award=PARCEL, batch="b0"),
    ]
    changes, standing = 0, {lane: set[int]() for lane in (PARKED, BY_HAND, *DEADLINES)}
    for order in orders:
        ledger.put(order)
        made = bool(step(ledger, order))
        words = {word: SAID[word] for word in words_of(change)}
        after = changed(order, change, **words) if made else order  # type: ignore[arg-type]

        assert made == allows(change, order, order)
        assert ledger.order(*key(order)) == after
        for lane in filter(None, (order.lane, after.lane)):
            standing.setdefault(lane, set())
        if after.lane is not None and after.due_at:
            standing[after.lane].add(order.order_id)
        changes += made
    assert {lane: set(orders_due(ledger, lane, LATER, 100)) for lane in standing} == standing
    items = (item for item in ledger.items() if item["sk"]["S"].startswith("ORDER#"))
    for item in items:  # an order that has left the index says so itself, too
        assert item.get("lane") == order_item(order_from(item)).get("lane")
    return 0 < changes < len(orders)


def an_order_in(numbered: tuple[int, tuple[MqState, GrantState, GrantType]]) -> Order:
    order_id, (mq_state, grant_state, grant_type) = numbered
    return an_order(order_id, shard=None, mq_state=mq_state, grant_state=grant_state, grant_type=grant_type)


def test_a_hundred_draws_at_once_sell_exactly_what_there_is(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    with_stock(ledger, units=30)
    orders = [an_order(number, user_id=f"user-{number}") for number in range(100)]

    verdicts = list(crowd.map(lambda order: ledger.record(order, a_count(1)), orders))

    assert sum(isinstance(verdict, Recorded) for verdict in verdicts) == 30
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (0,)}


def test_one_draw_that_is_asked_for_many_times_at_once_is_one_order(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    with_stock(ledger)
    requests = [an_order(drawn_at=NOON + number * SECOND) for number in range(32)]

    verdicts = list(crowd.map(lambda order: ledger.record(order, a_count(32)), requests))

    (first,) = [verdict.order for verdict in verdicts if isinstance(verdict, Recorded)]
    assert [verdict.order for verdict in verdicts if isinstance(verdict, Repeat)] == [first] * 31
    assert ledger.order(*key(first)) == first
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (4,)}
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 1


def test_many_draws_of_one_user_at_once_are_as_many_as_are_left(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    with_stock(ledger, units=32)

    verdicts = list(crowd.map(lambda order: ledger.record(order, a_count(3)), map(an_order, range(32))))

    recorded = {verdict.order.order_id for verdict in verdicts if isinstance(verdict, Recorded)}
    assert len(recorded) == 3
    assert verdicts.count(USED_UP) == 29
    assert {order.order_id for order in ledger.orders_of("xiaofuge")} == recorded
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (29,)}
