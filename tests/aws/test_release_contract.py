"""Prizes that are not granted at once, on three ledgers: at a time, or when somebody lets them go."""

from dataclasses import replace
from typing import Any

import pytest

from builders import NOON, SECOND, UNCOUNTED, a_lost_order, an_act, an_order
from fakes import MemoryLedger
from tables import TableLedger, orders_due
from tombola.rules.activity import GrantType
from tombola.rules.order import BY_HAND, LANES, GrantState, Order
from tombola.rules.verdict import Recorded

Ledger = MemoryLedger | TableLedger
LATER = NOON + 60 * SECOND
ACT = an_act(at=LATER, what="release")


def by_hand(**changes: Any) -> Order:
    return an_order(shard=None, grant_type=GrantType.BY_HAND, **changes)


def test_a_prize_of_a_later_time_is_due_then(ledger: Ledger) -> None:
    order = an_order(shard=None, grant_type=GrantType.AT_A_TIME, grant_at=LATER, due_at=LATER)

    assert ledger.record(order, UNCOUNTED) == Recorded(order)
    assert ledger.order("xiaofuge", 7) == order
    assert orders_due(ledger, "7", LATER - SECOND) == []
    assert orders_due(ledger, "7", LATER) == [7]


def test_a_prize_that_is_granted_by_hand_waits_in_a_lane_of_its_own_until_it_is_released(ledger: Ledger) -> None:
    order = by_hand()
    ledger.record(order, UNCOUNTED)
    assert orders_due(ledger, BY_HAND, LATER) == [7]
    assert [due for lane in LANES for due in orders_due(ledger, lane, LATER)] == []

    assert ledger.release(order, ACT)
    assert ledger.order("xiaofuge", 7) == replace(order, grant_at=LATER, due_at=LATER, acts=(ACT,))
    assert orders_due(ledger, BY_HAND, LATER) == []
    assert [(due.sk[-1], due.at) for due in ledger.due("7", LATER, limit=10).entries] == [("7", LATER)]
    assert not ledger.release(order, replace(ACT, at=LATER + SECOND))
    assert ledger.order("xiaofuge", 7) == replace(order, grant_at=LATER, due_at=LATER, acts=(ACT,))


@pytest.mark.parametrize(
    "order",
    [
        an_order(),
        an_order(grant_type=GrantType.AT_A_TIME, grant_at=LATER),
        by_hand(grant_at=NOON),
        *[by_hand(grant_state=state) for state in GrantState if state is not GrantState.WAITING],
        a_lost_order(grant_type=GrantType.BY_HAND),
    ],
    ids=["at once", "at a time", "released", "granted", "parked", "void", "lost"],
)
def test_only_what_waits_for_a_hand_is_released(ledger: Ledger, order: Order) -> None:
    ledger.put(order)

    assert not ledger.release(by_hand(), ACT)
    assert not ledger.release(order, ACT)
    assert ledger.order("xiaofuge", 7) == order


def test_an_unknown_order_cannot_be_released(ledger: Ledger) -> None:
    assert not ledger.release(by_hand(), ACT)
    assert ledger.order("xiaofuge", 7) is None
