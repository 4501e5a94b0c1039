"""An operator's acts on an order: each is done once, or refused with its reason, and stands on the order."""

from dataclasses import replace
from typing import Any

import pytest

from builders import NOON, SECOND, WAITS, an_activity, an_award, an_order
from fakes import MemoryLedger
from tombola.flows.acts import MOVED_ON, release, retry, void
from tombola.flows.distribute import DistributePorts, distribute
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act, GrantState, Order, may_be_granted
from tombola.rules.verdict import Granted, Refused

PARKED = an_order(grant_state=GrantState.PARKED, parked_because="the pool is empty", failures=3, claims=5, begun=3)
LATER = NOON + 60 * SECOND


class Pool:
    """A provider that refuses until it is filled; granted names the orders."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self.ledger, self.granted, self.is_full = ledger, list[int](), True

    def grant(self, order: Order, now: Any) -> Granted | Refused:
        if not self.is_full:
            return Refused("the pool is empty")
        self.ledger.grant(order, now)
        self.granted.append(order.order_id)
        return Granted()


def a_ledger(order: Order = PARKED) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.apply(an_activity(), {("3", 0): 5})
    ledger.left["100001", "3", 0] = 4
    ledger.put(order)
    return ledger


def on_record(ledger: MemoryLedger) -> Order:
    order = ledger.order("xiaofuge", 7)
    assert order is not None
    return order


def ports(ledger: MemoryLedger) -> DistributePorts:
    return DistributePorts(ledger=ledger, prizes={AwardType.TEXT: Pool(ledger)}, waits=WAITS)


def test_a_prize_that_is_tried_again_is_granted_and_its_history_stays() -> None:
    ledger = a_ledger()

    assert retry(PARKED, "ann", "refilled", ledger, LATER) is None
    assert distribute(on_record(ledger), ports(ledger), LATER) == Granted()

    order = on_record(ledger)
    assert (order.grant_state, order.grants) == (GrantState.GRANTED, 1)
    tried = Act(at=LATER, what="retry", who="ann", why="refilled", ended="the pool is empty", parked_at=PARKED.due_at)
    assert order.acts == (tried,)


def test_a_prize_that_fails_again_is_parked_again_and_every_retry_stays_on_it() -> None:
    ledger = a_ledger()
    prizes = Pool(ledger)
    prizes.is_full = False
    for minute in range(3):
        now = LATER + minute * 60 * SECOND
        assert retry(on_record(ledger), "ann", f"try {minute}", ledger, now) is None
        distribute(on_record(ledger), DistributePorts(ledger=ledger, prizes={AwardType.TEXT: prizes}, waits=WAITS), now)

    order = on_record(ledger)
    assert order.grant_state is GrantState.PARKED
    assert [(act.why, act.ended) for act in order.acts] == [(f"try {n}", "the pool is empty") for n in range(3)]


def test_a_prize_whose_time_is_to_come_waits_for_it_when_it_is_tried_again() -> None:
    ledger = a_ledger(replace(PARKED, grant_type=GrantType.AT_A_TIME, grant_at=LATER + 60 * SECOND))

    assert retry(on_record(ledger), "ann", "", ledger, LATER) is None

    assert on_record(ledger).due_at == LATER + 60 * SECOND
    assert not may_be_granted(on_record(ledger), LATER)


def test_an_act_is_refused_where_a_late_grant_came_first() -> None:
    ledger = a_ledger()
    ledger.grant(PARKED, LATER)
    granted = on_record(ledger)

    assert retry(PARKED, "ann", "", ledger, LATER) == MOVED_ON
    assert void(PARKED, "ann", "", ledger, LATER, not_issued=True) == MOVED_ON
    assert on_record(ledger) == granted
    assert ledger.left["100001", "3", 0] == 4
    assert (
        retry(granted, "ann", "", ledger, LATER) == "only a parked prize can be tried again, and this order is granted"
    )


def test_a_prize_that_is_void_is_never_granted_and_its_unit_is_in_stock_again() -> None:
    ledger = a_ledger()

    assert void(PARKED, "ann", "nobody makes it any more", ledger, LATER, not_issued=False) is None
    assert not ledger.grant(PARKED, LATER)
    assert void(PARKED, "bob", "", ledger, LATER, not_issued=False) == MOVED_ON

    order = on_record(ledger)
    assert (order.grant_state, order.lane, order.due_at, order.grants) == (GrantState.VOID, None, None, 0)
    assert [(act.what, act.who, act.why) for act in order.acts] == [("void", "ann", "nobody makes it any more")]
    assert ledger.left["100001", "3", 0] == 5


def test_a_coupon_is_not_voided_without_a_word_on_the_call_that_failed() -> None:
    coupon = replace(PARKED, award=an_award(award_type=AwardType.COUPON))
    ledger = a_ledger(coupon)

    refusal = void(coupon, "ann", "", ledger, LATER, not_issued=False)

    assert refusal is not None
    assert "--not-issued" in refusal
    assert on_record(ledger) == coupon
    assert void(coupon, "ann", "", ledger, LATER, not_issued=True) is None
    assert on_record(ledger).grant_state is GrantState.VOID


def test_a_prize_by_hand_is_let_go_once_with_who_and_why() -> None:
    by_hand = an_order(grant_type=GrantType.BY_HAND)
    ledger = a_ledger(by_hand)

    assert release(by_hand, "ann", "the bike is there", ledger, LATER) is None
    assert release(by_hand, "bob", "", ledger, LATER) == MOVED_ON
    assert release(on_record(ledger), "bob", "", ledger, LATER) == "it does not wait for a hand"

    order = on_record(ledger)
    assert order.acts == (Act(at=LATER, what="release", who="ann", why="the bike is there"),)
    assert may_be_granted(order, LATER)


@pytest.mark.parametrize("act", [release, retry])
def test_words_that_are_too_long_change_nothing(act: Any) -> None:
    order = PARKED if act is retry else an_order(grant_type=GrantType.BY_HAND)
    ledger = a_ledger(order)

    with pytest.raises(ValueError, match="why: 501 characters"):
        act(order, "ann", "w" * 501, ledger, LATER)

    assert on_record(ledger) == order
