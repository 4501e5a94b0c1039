"""Retrying and voiding a parked order, on three ledgers: the order, its stock and the log move together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, a_share, an_act, an_activity, an_order
from fakes import MemoryLedger
from tables import TableLedger, orders_due
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.log import START, Entry
from tombola.rules.order import PARKED, GrantState, MqState, Order
from tombola.rules.quota import Count

Ledger = MemoryLedger | TableLedger
LATER = NOON + 60 * SECOND
ACT = an_act(at=LATER, what="void", who="ann", why="for xiaofuge, order 7", ended="down", parked_at=NOON)
ANY_NUMBER = Count(limits=())


def staged(ledger: Ledger, *orders: Order, units: int = 5, **changes: Any) -> Ledger:
    """Let each of orders be drawn of a stock of units, and be parked if it is not in another state."""
    ledger.apply(an_activity(a_share(shards=2), **changes), {("3", 0): 0, ("3", 1): units})
    for order in orders:
        ledger.record(order, ANY_NUMBER)
    return ledger


def a_parked_order(order_id: int = 7, **changes: Any) -> Order:
    parked = {"shard": 1, "grant_state": GrantState.PARKED, "parked_because": "down"}
    return an_order(order_id, **{**parked, **changes})


def log(ledger: Ledger) -> list[Entry]:
    return list(ledger.log("100001", 0, 100))


def left(ledger: Ledger) -> tuple[int, ...]:
    return tuple(ledger.stock_left("100001", {"3": 2})["3"])


def test_a_void_order_is_in_no_lane_and_its_unit_is_where_it_was_taken_from(ledger: Ledger) -> None:
    order = a_parked_order()
    staged(ledger, order)
    assert left(ledger) == (0, 4)

    assert ledger.void(order, ACT)

    assert ledger.order("xiaofuge", 7) == replace(order, grant_state=GrantState.VOID, due_at=None, acts=(ACT,))
    assert orders_due(ledger, PARKED, LATER + SECOND) == []
    assert left(ledger) == (0, 5)


def test_the_activitys_log_tells_of_the_unit_and_names_no_user_no_order_and_no_reason(ledger: Ledger) -> None:
    staged(ledger, a_parked_order())
    before = ledger.activity("100001")
    assert before is not None

    ledger.void(a_parked_order(), ACT)

    (entry,) = log(ledger)
    assert entry == Entry(
        number=1,
        at=LATER,
        who="ann",
        what="return",
        why="an order was voided",
        state_from=ActivityState.DOING,
        state_to=ActivityState.DOING,
        version=1,
        changes=("award 3 stock: 1 returned",),
        before=START,
    )
    assert ledger.activity("100001") == replace(before, entries=1, digest=entry.digest)


def test_whoever_voids_again_is_told_so_and_changes_nothing(ledger: Ledger) -> None:
    order = a_parked_order()
    staged(ledger, order, a_parked_order(8))
    ledger.void(order, ACT)
    after = ledger.order("xiaofuge", 7)

    assert ledger.void(order, ACT)  # the same act: its answer was lost
    assert not ledger.void(order, replace(ACT, who="bob"))
    assert not ledger.retry(order, replace(ACT, what="retry"))
    assert ledger.order("xiaofuge", 7) == after
    assert (left(ledger), len(log(ledger))) == ((0, 4), 1)


@pytest.mark.parametrize("order", [a_parked_order(shard=None), a_parked_order(shard=None, cap_shard=0)])
def test_a_prize_of_unlimited_stock_returns_nothing_and_no_draw_of_the_cap(ledger: Ledger, order: Order) -> None:
    ledger.apply(an_activity(), {("*", 0): 9})
    ledger.record(order, ANY_NUMBER)
    drawn = ledger.stock_left("100001", {"*": 1})

    assert ledger.void(order, ACT)
    found = ledger.order("xiaofuge", 7)
    assert found is not None
    assert found.grant_state is GrantState.VOID
    assert ledger.stock_left("100001", {"*": 1}) == drawn
    assert log(ledger) == []


@pytest.mark.parametrize(("grant_state", "mq_state"), list(product(GrantState, MqState)))
def test_only_a_parked_order_is_voided_and_none_of_the_writes_stands_alone(
    ledger: Ledger, grant_state: GrantState, mq_state: MqState
) -> None:
    order = a_parked_order(grant_state=grant_state, mq_state=mq_state)
    staged(ledger, order)

    assert ledger.void(order, ACT) == (grant_state is GrantState.PARKED)
    assert (left(ledger), len(log(ledger))) == (((0, 5), 1) if grant_state is GrantState.PARKED else ((0, 4), 0))


def test_an_order_that_is_lost_unknown_or_parked_anew_is_not_voided(ledger: Ledger) -> None:
    order, lost = a_parked_order(), a_lost_order(8, grant_state=GrantState.PARKED)
    staged(ledger, order, lost)
    ledger.retry(order, an_act(at=LATER))
    retried = ledger.order("xiaofuge", 7)
    assert retried is not None
    ledger.park(retried, "down again", LATER + SECOND)

    for each in (order, lost, a_parked_order(9)):
        assert not ledger.void(each, ACT)
    assert (left(ledger), log(ledger)) == ((0, 4), [])


def test_a_unit_that_no_stock_can_take_back_voids_nothing(ledger: Ledger) -> None:
    order, astray = a_parked_order(shard=0), a_parked_order(8, shard=5)
    staged(ledger)
    for each in (order, astray):
        ledger.put(each)  # of a shard of which no unit is gone, and of one that is not there
        with pytest.raises(ValueError, match=f"order {each.order_id}: "):
            ledger.void(each, ACT)
        assert ledger.order("xiaofuge", each.order_id) == each
    assert (left(ledger), log(ledger)) == ((0, 5), [])


def test_an_order_whose_activity_is_not_on_record_is_not_voided(ledger: Ledger) -> None:
    order = a_parked_order(activity_id="gone")
    staged(ledger)
    ledger.put(order)

    with pytest.raises(ValueError, match=r"order 7: .*activity"):
        ledger.void(order, ACT)
    assert ledger.order("xiaofuge", 7) == order


@pytest.mark.parametrize("state", list(ActivityState), ids=lambda each: each.name)
@pytest.mark.parametrize("seed", [None, bytes(range(32))], ids=["secret", "revealed"])
def test_a_unit_is_returned_in_every_state_of_the_activity(
    ledger: Ledger, state: ActivityState, seed: bytes | None
) -> None:
    staged(ledger, a_parked_order(), state=state, seed=seed)

    assert ledger.void(a_parked_order(), ACT)
    assert left(ledger) == (0, 5)
    assert [entry.state_to for entry in log(ledger)] == [state]


def test_voids_and_moves_of_one_activity_each_add_their_line_to_the_log(ledger: Ledger) -> None:
    first, second = a_parked_order(), a_parked_order(8)
    staged(ledger, first, second)
    ledger.void(first, ACT)
    activity = ledger.activity("100001")
    assert activity is not None
    ledger.move(activity, Action.CLOSE, "ann", "", LATER)
    ledger.void(second, ACT)

    entries = log(ledger)
    assert [(entry.number, entry.what) for entry in entries] == [(1, "return"), (2, "close"), (3, "return")]
    assert [entry.before for entry in entries] == [START, *(entry.digest for entry in entries[:-1])]
    after = ledger.activity("100001")
    assert after is not None
    assert (after.entries, after.digest, after.state) == (3, entries[-1].digest, ActivityState.CLOSE)


def test_one_order_that_many_void_at_once_is_void_once(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    order = a_parked_order()
    staged(ledger, order)

    voided = list(crowd.map(lambda n: ledger.void(order, replace(ACT, who=f"operator {n}")), range(8)))

    assert sorted(voided) == [False] * 7 + [True]
    assert (left(ledger), len(log(ledger))) == ((0, 5), 1)


def test_a_grant_and_a_void_that_meet_leave_one_of_both(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    orders = [a_parked_order(number) for number in range(1, 6)]
    staged(ledger, *orders)

    steps = [(order, step) for order in orders for step in (ledger.grant, ledger.void)]
    made = list(crowd.map(lambda each: each[1](each[0], ACT if each[1] == ledger.void else LATER), steps))

    assert [made[place] + made[place + 1] for place in range(0, 10, 2)] == [1] * 5
    voids = sum(made[1::2])
    assert (left(ledger), len(log(ledger))) == ((0, voids), voids)


def test_an_order_that_is_tried_again_is_due_in_its_numbered_lane_as_if_nothing_had_failed(ledger: Ledger) -> None:
    order = a_parked_order(failures=3, claims=5, begun=2, sent_at=NOON, failed_because="down", failed_at=NOON)
    staged(ledger, order)
    act = replace(ACT, what="retry")

    assert ledger.retry(order, act)

    assert ledger.order("xiaofuge", 7) == replace(
        order,
        grant_state=GrantState.WAITING,
        failures=0,
        claims=0,
        begun=0,
        sent_at=None,
        parked_because=None,
        due_at=LATER,
        wake=True,
        acts=(act,),
    )
    assert (orders_due(ledger, PARKED, LATER), orders_due(ledger, "7", LATER)) == ([], [7])
    assert left(ledger) == (0, 4)


def test_an_order_of_a_version_with_fewer_lanes_is_tried_again_in_the_lane_of_a_new_one(ledger: Ledger) -> None:
    order = an_order(7 + 16, lane_before="7", shard=None)
    ledger.put(order)
    assert ledger.park(order, "down", NOON)
    parked = ledger.order("xiaofuge", 7 + 16)
    assert parked is not None
    assert parked.lane_before is None

    assert ledger.retry(parked, ACT)

    assert (orders_due(ledger, "7", LATER), orders_due(ledger, "23", LATER)) == ([], [23])


def test_a_retry_is_made_once_and_its_repeat_is_told_so(ledger: Ledger) -> None:
    order = a_parked_order()
    staged(ledger, order)

    assert ledger.retry(order, ACT)
    assert ledger.retry(order, ACT)  # the same act: its answer was lost
    assert not ledger.retry(order, replace(ACT, who="bob"))
    found = ledger.order("xiaofuge", 7)
    assert found is not None
    assert found.acts == (ACT,)


def test_acts_are_kept_in_the_order_in_which_they_were_made(ledger: Ledger) -> None:
    staged(ledger, a_parked_order())
    for number in range(3):
        order = ledger.order("xiaofuge", 7)
        assert order is not None
        assert ledger.retry(order, an_act(at=LATER + number * SECOND, why=str(number)))
        order = ledger.order("xiaofuge", 7)
        assert order is not None
        assert ledger.park(order, "down", LATER + number * SECOND)

    found = ledger.order("xiaofuge", 7)
    assert found is not None
    assert [act.why for act in found.acts] == ["0", "1", "2"]
