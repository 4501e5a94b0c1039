"""What an operator may do with an order, what he is told where he may not, and what stays of it."""

from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_lost_order, an_act, an_award, an_order
from tombola.rules.act import ACTS_MAX, WHO_MAX, WHY_MAX, act_on, refuse_release, refuse_retry, refuse_void
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AWARD_TYPES, AwardType
from tombola.rules.order import Act, GrantState, Order, due_when_retried
from tombola.rules.order_life import RELEASE, RETRY, VOID

HOUR = timedelta(hours=1)
HAND = {"grant_type": GrantType.BY_HAND}


def a_parked_order(**changes: Any) -> Order:
    return an_order(**{"grant_state": GrantState.PARKED, "parked_because": "3 grants failed", **changes})


def test_only_a_parked_prize_is_tried_again_or_voided() -> None:
    assert refuse_retry(a_parked_order()) is None
    assert refuse_void(a_parked_order(), not_issued=False) is None
    for state in set(GrantState) - {GrantState.PARKED}:
        order, is_so = an_order(grant_state=state), f"this order is {state.name.lower()}"
        assert refuse_retry(order) == f"only a parked prize can be tried again, and {is_so}"
        assert refuse_void(order, not_issued=True) == f"only a parked prize can be voided, and {is_so}"


def test_a_lost_order_has_nothing_to_try_again_or_to_void() -> None:
    lost = a_lost_order(grant_state=GrantState.PARKED)

    assert refuse_retry(lost) == "only a parked prize can be tried again, and this order has lost"
    assert refuse_void(lost, not_issued=True) == "only a parked prize can be voided, and this order has lost"


def test_an_order_on_which_operators_have_acted_often_enough_can_only_be_voided() -> None:
    often = a_parked_order(acts=(an_act(),) * ACTS_MAX)

    assert refuse_retry(a_parked_order(acts=(an_act(),) * (ACTS_MAX - 1))) is None
    assert refuse_retry(often) == "operators have acted on it 50 times, and 50 are the most: it can only be voided"
    assert refuse_void(often, not_issued=False) is None


@pytest.mark.parametrize("award_type", AWARD_TYPES.values(), ids=lambda each: each.name)
def test_a_coupon_is_voided_only_by_somebody_who_says_that_it_was_not_issued(award_type: AwardType) -> None:
    order = a_parked_order(award=an_award(award_type=award_type))
    because = "its provider may have issued it in a call that failed: ask there, and void it with --not-issued"

    assert refuse_void(order, not_issued=False) == (because if award_type.outside else None)
    assert refuse_void(order, not_issued=True) is None


def test_only_a_prize_that_waits_for_a_hand_is_let_go() -> None:
    assert refuse_release(an_order(**HAND)) is None
    for order in (an_order(), an_order(grant_at=NOON, **HAND), a_parked_order(**HAND), a_lost_order(**HAND)):
        assert refuse_release(order) == "it does not wait for a hand"


@pytest.mark.parametrize("change", [RETRY, VOID])
def test_an_act_says_what_was_done_when_by_whom_and_why_and_what_it_ended(change: Any) -> None:
    order = a_parked_order(due_at=NOON - HOUR)
    act = act_on(order, change, "ann", "it is up", NOON)

    said = {"what": change.name, "who": "ann", "why": "it is up", "ended": "3 grants failed"}
    assert act == Act(at=NOON, **said, parked_at=NOON - HOUR)


def test_of_a_long_reason_that_an_act_ended_the_beginning_is_kept() -> None:
    act = act_on(a_parked_order(parked_because="down " * 200), RETRY, "ann", "", NOON)

    assert act.ended == "down " * (WHY_MAX // 5)


def test_an_act_on_an_order_that_was_not_parked_ended_nothing() -> None:
    granted_late_once = an_order(parked_because="3 grants failed", **HAND)

    act = act_on(granted_late_once, RELEASE, "ann", "", NOON)

    assert (act.ended, act.parked_at) == (None, None)


@pytest.mark.parametrize(("name", "longest"), [("who", WHO_MAX), ("why", WHY_MAX)])
def test_words_that_are_too_long_to_be_kept_are_refused_by_their_name(name: str, longest: int) -> None:
    words = {"who": "ann", "why": "it is up"}
    act_on(a_parked_order(), RETRY, **{**words, name: "w" * longest}, now=NOON)

    with pytest.raises(ValueError, match=f"{name}: {longest + 1} characters are more than {longest}: say it in fewer"):
        act_on(a_parked_order(), RETRY, **{**words, name: "w" * (longest + 1)}, now=NOON)


@pytest.mark.parametrize(
    ("grant_at", "due"),
    [(None, NOON), (NOON - timedelta(days=1), NOON), (NOON + timedelta(days=1), NOON + timedelta(days=1))],
    ids=["at once", "its time has come", "its time is to come"],
)
def test_a_prize_that_is_tried_again_is_due_at_once_and_not_before_its_time(grant_at: Any, due: Any) -> None:
    assert due_when_retried(a_parked_order(grant_at=grant_at), NOON) == due
