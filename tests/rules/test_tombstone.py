"""What may be forgotten, and what stays of it: nothing that names or dates anybody."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_lost_order, an_activity, an_award, an_order
from tombola.rules.activity_life import LAST_DRAW
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Outcome
from tombola.rules.tombstone import Tombstone, is_finished, is_over, refuse_forget, tombstone_of

CODE = an_award(award_type=AwardType.CODE, award_content="", source="vouchers")
COUPON = an_award(award_type=AwardType.COUPON, award_content="", source="shop")
GRANTED: dict[str, Any] = {"grant_state": GrantState.GRANTED, "grants": 1, "granted_at": NOON, "due_at": None}
VOID: dict[str, Any] = {"grant_state": GrantState.VOID, "due_at": None}


def test_a_tombstone_keeps_what_the_books_count_and_nothing_else() -> None:
    order = an_order(award=CODE, content="WELCOME-10", cap_shard=4, **GRANTED)

    found = tombstone_of(order)

    assert found == Tombstone(
        activity_id="100001",
        outcome=Outcome.WON,
        award_id="3",
        award_type=AwardType.CODE,
        source="vouchers",
        shard=0,
        cap_shard=4,
        grant_state=GrantState.GRANTED,
        grants=1,
    )
    of_a_person = {"xiaofuge", 7, "key-7", "hash", "WELCOME-10", NOON, "Code", "ipad"}
    assert not of_a_person & {getattr(found, field.name) for field in fields(found)}


def test_a_draw_that_lost_leaves_its_unit_of_the_cap_only() -> None:
    found = tombstone_of(a_lost_order(cap_shard=1))

    assert (found.award_id, found.award_type, found.source, found.shard, found.cap_shard) == (None, None, None, None, 1)
    assert (found.grant_state, found.grants) == (GrantState.WAITING, 0)


@pytest.mark.parametrize("state", [GrantState.WAITING, GrantState.PARKED])
def test_a_prize_that_was_not_handed_over_is_void_afterwards(state: GrantState) -> None:
    found = tombstone_of(an_order(grant_state=state))

    assert (found.grant_state, found.grants, found.shard) == (GrantState.VOID, 0, 0)


FINISHED = {"lost": a_lost_order(), "granted": an_order(**GRANTED), "void": an_order(**VOID)}
UNFINISHED = {"waiting": an_order(), "parked": an_order(grant_state=GrantState.PARKED)}


@pytest.mark.parametrize("name", FINISHED)
def test_what_is_finished_may_be_forgotten_whatever_else_is_said(name: str) -> None:
    assert is_finished(FINISHED[name])
    assert refuse_forget(FINISHED[name], give_up=False, not_issued=False) is None


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_prize_that_is_not_handed_over_is_only_forgotten_where_it_is_given_up(name: str) -> None:
    order = UNFINISHED[name]

    assert not is_finished(order)
    refused = refuse_forget(order, give_up=False, not_issued=False)
    assert refused == "a prize is not handed over yet: wait for it, or give it up with --give-up"
    assert refuse_forget(order, give_up=True, not_issued=False) is None


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_coupon_is_only_given_up_by_somebody_who_has_asked_its_provider(name: str) -> None:
    order = replace(UNFINISHED[name], award=COUPON)

    refused = refuse_forget(order, give_up=True, not_issued=False)

    assert refused == "a provider may have issued a prize in a call that failed: ask there, and add --not-issued"
    assert refuse_forget(order, give_up=True, not_issued=True) is None


def test_a_parcel_is_finished_once_an_export_has_taken_it_along() -> None:
    packed = an_order(award=an_award(award_type=AwardType.PHYSICAL), **GRANTED)

    assert refuse_forget(packed, give_up=False, not_issued=False) == (
        "a parcel has not left yet: export it, or give it up with --give-up"
    )
    assert refuse_forget(packed, give_up=True, not_issued=False) is None
    assert tombstone_of(packed).grant_state is GrantState.VOID
    assert is_finished(replace(packed, batch="1"))
    assert tombstone_of(replace(packed, batch="1")).grants == 1


@pytest.mark.parametrize("state", [state for state in ActivityState if state is not ActivityState.CLOSE])
def test_an_activity_in_any_other_state_than_closed_may_be_drawn_again(state: ActivityState) -> None:
    assert not is_over(an_activity(state=state), NOON + timedelta(days=900))


def test_a_closed_activity_is_over_once_its_last_draw_has_ended() -> None:
    closed = an_activity(state=ActivityState.CLOSE, since=NOON)

    assert [is_over(closed, NOON + LAST_DRAW + wait) for wait in (-timedelta(milliseconds=1), timedelta())] == [
        False,
        True,
    ]
