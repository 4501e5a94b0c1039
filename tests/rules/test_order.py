"""The life of an order: every legal move, and the refusal of every other."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_award, an_order
from tombola.rules import order as life
from tombola.rules.activity import Award, GrantType
from tombola.rules.order import (
    GRANT_MOVES,
    MQ_MOVES,
    GrantState,
    IllegalMoveError,
    MqState,
    Order,
    Outcome,
    claimed,
    grant_begun,
    grant_failed,
    granted,
    is_waiting,
    may_be_granted,
    parked,
    released,
    sending_failed,
    sent,
    waits_for_a_hand,
)

LATER = NOON + 60 * SECOND
MILLI = timedelta(milliseconds=1)
DIAGRAMS = (Path(__file__).parents[2] / "docs/order.md").read_text("utf-8").split("```mermaid")[1:]
# From the design, as numbers: nothing else may invent a move.
LEGAL_MQ = {(0, 1), (0, 2), (2, 1)}
LEGAL_GRANT = {(0, 1), (0, 2), (2, 0), (2, 1), (2, 3)}

Change = Callable[[Order], Order]


def test_the_moves_are_those_of_the_design() -> None:
    assert MQ_MOVES == LEGAL_MQ
    assert GRANT_MOVES == LEGAL_GRANT


@pytest.mark.parametrize(("before", "after"), list(product(MqState, MqState)))
def test_an_mq_state_moves_only_as_the_design_allows(before: MqState, after: MqState) -> None:
    if (before, after) in LEGAL_MQ:
        assert life._move(before, after) is after
    else:
        with pytest.raises(IllegalMoveError, match=f"{before.name} to {after.name} is not legal"):
            life._move(before, after)


@pytest.mark.parametrize(("before", "after"), list(product(GrantState, GrantState)))
def test_a_grant_state_moves_only_as_the_design_allows(before: GrantState, after: GrantState) -> None:
    if (before, after) in LEGAL_GRANT:
        assert life._move(before, after) is after
    else:
        with pytest.raises(IllegalMoveError, match=f"{before.name} to {after.name} is not legal"):
            life._move(before, after)


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        (lambda order: sent(order, LATER), {"mq_state": MqState.SENT, "sent_at": LATER}),
        (lambda order: sending_failed(order, LATER), {"mq_state": MqState.FAILED, "due_at": LATER}),
        (
            lambda order: granted(order, LATER),
            {
                "grant_state": GrantState.GRANTED,
                "mq_state": MqState.SENT,
                "grants": 1,
                "granted_at": LATER,
                "due_at": None,
            },
        ),
        (
            lambda order: grant_failed(replace(order, mq_state=MqState.SENT, sent_at=NOON, begun=2), "down", LATER),
            {"failures": 1, "failed_because": "down", "mq_state": MqState.SENT, "sent_at": None, "due_at": LATER},
        ),
        (grant_begun, {"begun": 1}),
        (lambda order: claimed(order, LATER), {"claims": 1, "due_at": LATER}),
        (
            lambda order: parked(order, "refused", LATER),
            {"grant_state": GrantState.PARKED, "parked_because": "refused", "due_at": LATER},
        ),
        (lambda order: released(order, LATER), {"grant_at": LATER, "due_at": LATER}),
    ],
    ids=["sent", "sending failed", "granted", "grant failed", "grant begun", "claimed", "parked", "released"],
)
def test_a_change_changes_what_it_says_and_nothing_else(change: Change, changes: dict[str, Any]) -> None:
    order = an_order(due_at=NOON + SECOND)

    assert change(order) == replace(order, **changes)


def failed(order: Order, until: datetime) -> Order:
    return grant_failed(order, "down", until)


@pytest.mark.parametrize(("name", "count"), [("failures", failed), ("claims", claimed)])
def test_failures_and_claims_are_counted_on(name: str, count: Callable[[Order, datetime], Order]) -> None:
    assert getattr(count(count(an_order(), LATER), LATER), name) == 2


def test_every_grant_is_counted_so_that_a_second_one_shows() -> None:
    assert granted(an_order(grants=1), LATER).grants == 2


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        (lambda order: sent(order, LATER), {"mq_state": MqState.SENT}),
        (lambda order: sending_failed(order, LATER), {"mq_state": MqState.SENT}),
        (lambda order: sending_failed(order, LATER), {"mq_state": MqState.FAILED}),
        (lambda order: granted(order, LATER), {"grant_state": GrantState.GRANTED}),
        (lambda order: granted(order, LATER), {"grant_state": GrantState.VOID}),
        (lambda order: parked(order, "refused", LATER), {"grant_state": GrantState.GRANTED}),
        (lambda order: parked(order, "refused", LATER), {"grant_state": GrantState.PARKED}),
        (lambda order: parked(order, "refused", LATER), {"grant_state": GrantState.VOID}),
    ],
)
def test_a_change_from_the_wrong_state_is_refused(change: Change, changes: dict[str, Any]) -> None:
    with pytest.raises(IllegalMoveError):
        change(an_order(**changes))


@pytest.mark.parametrize("mq_state", MqState)
def test_a_grant_is_legal_however_the_message_came(mq_state: MqState) -> None:
    assert granted(an_order(mq_state=mq_state), LATER).mq_state is MqState.SENT


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
        (released(an_order(**BY_HAND), NOON), True),
        (released(an_order(**BY_HAND), NOON + MILLI), False),
        (parked(released(an_order(**BY_HAND), NOON), "refused", NOON), False),
    ],
)
def test_a_prize_may_be_granted_from_its_time_on(order: Order, granted_now: bool) -> None:
    assert may_be_granted(order, NOON) is granted_now


def test_a_released_prize_leaves_the_lane_that_an_operator_sees_and_is_due_at_once() -> None:
    order = released(an_order(7, grant_type=GrantType.BY_HAND), LATER)

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


@pytest.mark.parametrize(
    ("diagram", "moves"), list(zip(DIAGRAMS, (MQ_MOVES, GRANT_MOVES), strict=True)), ids=["mq_state", "grant_state"]
)
def test_the_diagrams_draw_exactly_the_legal_moves(diagram: str, moves: frozenset[tuple[MqState, MqState]]) -> None:
    drawn = re.findall(r"(\w+) --> (\w+): \w", diagram)

    assert sorted(drawn) == sorted((before.name, after.name) for before, after in moves)


@pytest.mark.parametrize(
    ("diagram", "state"),
    list(zip(DIAGRAMS, (an_order().mq_state, an_order().grant_state), strict=True)),
    ids=["mq_state", "grant_state"],
)
def test_the_diagrams_begin_where_an_order_begins(diagram: str, state: MqState | GrantState) -> None:
    assert re.findall(r"\[\*\] --> (\w+)", diagram) == [state.name]


@pytest.mark.parametrize("state", [*MqState, *GrantState], ids=lambda state: state.name)
def test_the_page_gives_each_state_its_number(state: MqState | GrantState) -> None:
    page = (Path(__file__).parents[2] / "docs/order.md").read_text("utf-8")

    assert f"{state.value} `{state.name}`" in page
