"""What an order is, which lane it stands in, and when its prize may be granted."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from builders import NOON, SECOND, a_lost_order, an_act, an_award, an_order
from tombola.rules.activity import Award, GrantType
from tombola.rules.order import GrantState, MqState, Order, Outcome, is_waiting, may_be_granted, waits_for_a_hand
from tombola.rules.order_life import PARK, RELEASE, changed

LATER = NOON + 60 * SECOND
MILLI = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("order", "lane"),
    [
        (an_order(0), "0"),
        (an_order(7), "7"),
        (an_order(15), "15"),
        (an_order(127), "127"),
        (an_order(128), "0"),
        (an_order(2**63 - 1), "127"),
        (an_order(7 + 16, lane_before="7"), "7"),
        (an_order(7 + 16, lane_before="7", grant_state=GrantState.PARKED), "parked"),
        (an_order(7, mq_state=MqState.SENT), "7"),
        (an_order(7, mq_state=MqState.FAILED), "7"),
        (an_order(7, grant_state=GrantState.PARKED), "parked"),
        (an_order(7, grant_state=GrantState.GRANTED), None),
        (an_order(7, grant_state=GrantState.VOID), None),
        (a_lost_order(7), None),
        (an_order(7, outcome=Outcome.FALLBACK), "7"),
        (an_order(7, grant_type=GrantType.AT_A_TIME, grant_at=LATER), "7"),
        (an_order(7, grant_type=GrantType.BY_HAND), "by-hand"),
        (an_order(7, grant_type=GrantType.BY_HAND, grant_at=NOON), "7"),  # somebody has released it
        (an_order(7, grant_type=GrantType.BY_HAND, grant_state=GrantState.PARKED), "parked"),
        (an_order(7, grant_type=GrantType.BY_HAND, grant_state=GrantState.GRANTED), None),
        (an_order(7, grant_type=GrantType.BY_HAND, grant_state=GrantState.VOID), None),
        (a_lost_order(7, grant_type=GrantType.BY_HAND), None),
    ],
)
def test_an_order_stands_in_the_lane_of_what_must_still_happen(order: Order, lane: str | None) -> None:
    assert order.lane == lane


@pytest.mark.parametrize(
    ("order", "waiting"),
    [
        (an_order(), True),
        (an_order(mq_state=MqState.SENT), True),
        (an_order(grant_state=GrantState.GRANTED), False),
        (an_order(grant_state=GrantState.PARKED), False),
        (an_order(grant_state=GrantState.VOID), False),
        (a_lost_order(), False),
        (an_order(outcome=Outcome.FALLBACK), True),
        (an_order(grant_type=GrantType.BY_HAND), True),
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=LATER), True),
    ],
)
def test_only_a_prize_that_nobody_has_or_looks_at_is_waiting(order: Order, waiting: bool) -> None:
    assert is_waiting(order) is waiting


@pytest.mark.parametrize(
    ("grant_type", "grant_at", "waits"),
    [
        (GrantType.AT_ONCE, None, False),
        (GrantType.AT_A_TIME, NOON, False),
        (GrantType.BY_HAND, None, True),
        (GrantType.BY_HAND, NOON, False),
    ],
)
def test_only_an_unreleased_prize_waits_for_a_hand(
    grant_type: GrantType, grant_at: datetime | None, waits: bool
) -> None:
    assert waits_for_a_hand(an_order(grant_type=grant_type, grant_at=grant_at)) is waits


AT_A_TIME, BY_HAND = {"grant_type": GrantType.AT_A_TIME}, {"grant_type": GrantType.BY_HAND}


@pytest.mark.parametrize(
    ("order", "granted_now"),
    [
        (an_order(), True),
        (an_order(due_at=LATER), True),  # due_at tells compensation when to look, and nobody when to grant
        (an_order(outcome=Outcome.FALLBACK), True),
        (a_lost_order(), False),
        *[(an_order(grant_state=state), False) for state in GrantState if state is not GrantState.WAITING],
        (an_order(**AT_A_TIME, grant_at=NOON - MILLI), True),
        (an_order(**AT_A_TIME, grant_at=NOON), True),
        (an_order(**AT_A_TIME, grant_at=NOON + MILLI), False),
        (an_order(**AT_A_TIME, grant_at=NOON + timedelta(days=999)), False),
        (an_order(**AT_A_TIME, grant_at=NOON, grant_state=GrantState.GRANTED), False),
        (an_order(**BY_HAND), False),
        (changed(an_order(**BY_HAND), RELEASE, now=NOON, act=an_act()), True),
        (changed(an_order(**BY_HAND), RELEASE, now=NOON + MILLI, act=an_act()), False),
        (
            changed(changed(an_order(**BY_HAND), RELEASE, now=NOON, act=an_act()), PARK, because="refused", now=NOON),
            False,
        ),
    ],
)
def test_a_prize_may_be_granted_from_its_time_on(order: Order, granted_now: bool) -> None:
    assert may_be_granted(order, NOON) is granted_now


def test_a_released_prize_leaves_the_lane_that_an_operator_sees_and_is_due_at_once() -> None:
    order = changed(an_order(7, grant_type=GrantType.BY_HAND), RELEASE, now=LATER, act=an_act())

    assert (order.lane, order.due_at) == ("7", LATER)
    assert may_be_granted(order, LATER)


@pytest.mark.parametrize("name", ["drawn_at", "sent_at", "granted_at", "grant_at", "due_at"])
@pytest.mark.parametrize(
    "moment",
    [NOON.replace(tzinfo=None), NOON + timedelta(microseconds=1), NOON + timedelta(microseconds=999)],
    ids=["naive", "too fine", "almost a millisecond"],
)
def test_a_moment_without_a_zone_or_finer_than_a_millisecond_is_refused(name: str, moment: datetime) -> None:
    with pytest.raises(ValueError, match=f"order 7: {re.escape(moment.isoformat())} needs a zone and whole millisec"):
        replace(an_order(), **{name: moment})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["drawn_at", "sent_at", "granted_at", "grant_at", "due_at"])
def test_a_moment_in_any_zone_to_the_millisecond_is_accepted(name: str) -> None:
    moment = (NOON + timedelta(milliseconds=1)).astimezone(timezone(timedelta(hours=8)))

    order = replace(an_order(), **{name: moment})  # type: ignore[arg-type]

    assert getattr(order, name) == moment


@pytest.mark.parametrize(
    ("outcome", "award"),
    [(Outcome.LOST, an_award()), (Outcome.WON, None), (Outcome.FALLBACK, None)],
    ids=["lost with award", "won without", "fallback without"],
)
def test_an_outcome_and_an_award_that_contradict_are_refused(outcome: Outcome, award: Award | None) -> None:
    with pytest.raises(ValueError, match=f"order 7: {outcome} and its award contradict"):
        an_order(outcome=outcome, award=award)


@pytest.mark.parametrize("outcome", [Outcome.WON, Outcome.FALLBACK])
def test_who_wins_and_who_gets_the_fallback_have_an_award(outcome: Outcome) -> None:
    assert an_order(outcome=outcome).award == an_award()
