"""What a user may do with a prize, by its state and by the millisecond."""

from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_award, an_order
from tombola.rules.acceptance import (
    act_of_deadline,
    due_when_accepted,
    has_passed,
    refuse_address,
    refuse_claim,
    why_missed,
)
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act, GrantState, Order
from tombola.rules.order_life import LAPSE, MISS
from tombola.rules.problem import Problem

MS = timedelta(milliseconds=1)
BY = NOON + 60 * SECOND
WAITS = an_order(accept_by=BY, due_at=BY)
PARCEL = an_order(accept_by=BY, due_at=BY, award=an_award(award_type=AwardType.PHYSICAL))
CLAIMED = {"accepted_at": NOON}
PARKED, VOID, GRANTED = ({"grant_state": state} for state in (GrantState.PARKED, GrantState.VOID, GrantState.GRANTED))


def an_order_of(order: Order, changes: dict[str, Any]) -> Order:
    fields = {name: getattr(order, name) for name in ("accept_by", "due_at", "award")}
    return an_order(**{**fields, **changes})


def detail(problem: Problem | None) -> str | None:
    return None if problem is None else f"{problem.status} {problem.title}: {problem.detail}"


NOT_CLAIMED = f"409 too late: draw 7: it was not claimed until {BY.isoformat()}"
NO_ADDRESS = f"409 too late: draw 7: no shipping address was given until {BY.isoformat()}"
VOIDED = "409 nothing to claim: draw 7: the prize was given up, and is void"
LOST = "409 nothing to claim: draw 7: the draw did not win"
NO_PARCEL = "409 nothing to claim: draw 7: no parcel takes its prize, so that it needs no address"
BY_ADDRESS = "409 nothing to claim: draw 7: it is claimed by giving a shipping address"
LEFT = "409 too late: draw 7: its parcel has left, and the address stays as it was"
FREE: dict[str, Any] = {"accept_by": None}

# order, what is otherwise with it, when, and why it cannot be claimed, nor be given an address
REFUSALS: dict[str, tuple[Order, dict[str, Any], timedelta, str | None, str | None]] = {
    "just won": (WAITS, {}, timedelta(), None, NO_PARCEL),
    "a millisecond before": (WAITS, {}, 60 * SECOND - MS, None, NO_PARCEL),
    "at the deadline": (WAITS, {}, 60 * SECOND, None, NO_PARCEL),
    "a millisecond after": (WAITS, {}, 60 * SECOND + MS, NOT_CLAIMED, NO_PARCEL),
    "claimed before, and asked again later": (WAITS, CLAIMED, 61 * SECOND, None, NO_PARCEL),
    "granted, and asked again later": (WAITS, CLAIMED | GRANTED, 61 * SECOND, None, NO_PARCEL),
    "claimed, and parked since": (WAITS, CLAIMED | PARKED, timedelta(), None, NO_PARCEL),
    "missed and parked": (WAITS, PARKED, 61 * SECOND, NOT_CLAIMED, NO_PARCEL),
    "missed and parked, by a clock that is late": (WAITS, PARKED, timedelta(), NOT_CLAIMED, NO_PARCEL),
    "missed and void": (WAITS, VOID, 61 * SECOND, NOT_CLAIMED, NO_PARCEL),
    "claimed, and given up since": (WAITS, CLAIMED | VOID, 61 * SECOND, VOIDED, VOIDED),
    "nobody has to claim it": (WAITS, FREE, timedelta(), None, NO_PARCEL),
    "a parcel without an address": (PARCEL, {}, 60 * SECOND, BY_ADDRESS, None),
    "a parcel, too late": (PARCEL, {}, 60 * SECOND + MS, BY_ADDRESS, NO_ADDRESS),
    "a parcel with an address": (PARCEL, CLAIMED, 61 * SECOND, None, None),
    "a parcel that is packed": (PARCEL, CLAIMED | GRANTED, 61 * SECOND, None, None),
    "a parcel that has left": (PARCEL, CLAIMED | GRANTED | {"batch": "1"}, timedelta(), None, LEFT),
    "a parcel whose grant failed": (PARCEL, CLAIMED | PARKED, 61 * SECOND, None, None),
    "a parcel of before there were deadlines": (PARCEL, FREE, 61 * SECOND, None, None),
    "a parcel that was missed and is void": (PARCEL, VOID, timedelta(), BY_ADDRESS, NO_ADDRESS),
    "a parcel that was given up": (PARCEL, CLAIMED | VOID, timedelta(), VOIDED, VOIDED),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_prize_is_claimed_or_sent_in_time_and_not_otherwise(name: str) -> None:
    waits, changes, later, claim, address = REFUSALS[name]
    order = an_order_of(waits, changes)

    assert detail(refuse_claim(order, NOON + later)) == claim
    assert detail(refuse_address(order, NOON + later)) == address


def test_a_draw_that_did_not_win_has_nothing_to_claim() -> None:
    assert detail(refuse_claim(a_lost_order(), NOON)) == LOST
    assert detail(refuse_address(a_lost_order(), NOON)) == LOST


@pytest.mark.parametrize(
    ("changes", "later", "passed"),
    [
        ({}, 60 * SECOND, False),
        ({}, 60 * SECOND + MS, True),
        (CLAIMED, 61 * SECOND, False),
        (PARKED, 61 * SECOND, False),
        (VOID, 61 * SECOND, False),
        (FREE, 61 * SECOND, False),
    ],
)
def test_a_deadline_passes_once_for_an_order_that_waits_for_its_user(
    changes: dict[str, Any], later: timedelta, passed: bool
) -> None:
    assert has_passed(an_order_of(WAITS, changes), NOON + later) is passed


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, NOON + 10 * SECOND),
        ({"grant_at": NOON + 90 * SECOND, "grant_type": GrantType.AT_A_TIME}, NOON + 90 * SECOND),
        ({"grant_at": NOON, "grant_type": GrantType.AT_A_TIME}, NOON + 10 * SECOND),
    ],
)
def test_a_prize_that_is_claimed_is_due_soon_and_not_before_its_time(changes: dict[str, Any], due: Any) -> None:
    assert due_when_accepted(an_order_of(WAITS, changes), 10 * SECOND, NOON) == due


@pytest.mark.parametrize(("order", "words"), [(WAITS, "it was not claimed"), (PARCEL, "no shipping address was given")])
@pytest.mark.parametrize("change", [MISS, LAPSE], ids=lambda change: change.name)
def test_an_act_of_the_deadline_says_what_was_missed_and_until_when(order: Order, words: str, change: Any) -> None:
    why = f"{words} until {BY.isoformat()}"

    assert why_missed(order) == why
    assert act_of_deadline(change, order, BY + MS) == Act(at=BY + MS, what=change.name, who="deadline", why=why)


def test_why_an_order_of_before_there_were_deadlines_is_parked_names_no_time() -> None:
    assert why_missed(an_order()) == "it was not claimed"
