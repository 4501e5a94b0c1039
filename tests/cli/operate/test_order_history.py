"""The history of an order: every event that is on record, in the sequence of time, and never a prize's content."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_lost_order, an_act, an_award, an_order
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act, GrantState, MqState
from tombola_cli.operate.order_history import history, is_failing, prize

HOUR = timedelta(hours=1)
RETRY = Act(at=NOON + 3 * HOUR, what="retry", who="fang", why="the pool is full again", ended="the pool is empty")
VOID = Act(at=NOON + 5 * HOUR, what="void", who="fang", why="a double", ended="refused")
HISTORIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "just drawn": ({}, ["drawn", "due"]),
    "sent": ({"mq_state": MqState.SENT, "sent_at": NOON}, ["drawn", "sent", "due"]),
    "not sent": ({"mq_state": MqState.FAILED}, ["drawn", "not sent", "due"]),
    "failing": (
        {"failures": 2, "failed_at": NOON + HOUR, "failed_because": "down", "due_at": NOON + 2 * HOUR},
        ["drawn", "failed", "due"],
    ),
    "parked": (
        {"grant_state": GrantState.PARKED, "parked_because": "empty", "due_at": NOON + HOUR},
        ["drawn", "parked", "waits"],
    ),
    "tried again and failing": (
        {
            "acts": (RETRY,),
            "failures": 1,
            "failed_at": NOON + 4 * HOUR,
            "failed_because": "down",
            "due_at": NOON + 5 * HOUR,
        },
        ["drawn", "parked", "retry", "failed", "due"],
    ),
    "tried again and parked again": (
        {
            "acts": (RETRY,),
            "grant_state": GrantState.PARKED,
            "failed_at": NOON + HOUR,
            "failed_because": "down",
            "due_at": NOON + 4 * HOUR,
        },
        ["drawn", "failed", "parked", "retry", "parked", "waits"],
    ),
    "tried again and granted": (
        {"acts": (RETRY,), "grant_state": GrantState.GRANTED, "granted_at": NOON + 4 * HOUR, "due_at": None},
        ["drawn", "parked", "retry", "granted"],
    ),
    "granted while it was parked": (
        {"grant_state": GrantState.GRANTED, "granted_at": NOON + HOUR, "parked_because": "slow", "due_at": None},
        ["drawn", "parked", "granted"],
    ),
    "exported and shipped": (
        {
            "grant_state": GrantState.GRANTED,
            "granted_at": NOON + HOUR,
            "due_at": None,
            "batch": "b1",
            "carrier": "DHL",
            "tracking": "00340",
            "shipped_at": NOON + 2 * HOUR,
        },
        ["drawn", "granted", "exported", "shipped"],
    ),
    "void": (
        {"acts": (RETRY, VOID), "grant_state": GrantState.VOID, "due_at": None, "parked_because": "refused"},
        ["drawn", "parked", "retry", "parked", "void"],
    ),
    "by hand": ({"grant_type": GrantType.BY_HAND}, ["drawn", "waits"]),
    "released": (
        {
            "grant_type": GrantType.BY_HAND,
            "grant_at": NOON + HOUR,
            "due_at": NOON + HOUR,
            "acts": (Act(at=NOON + HOUR, what="release", who="fang", why="checked"),),
        },
        ["drawn", "release", "due"],
    ),
    "at a time": (
        {"grant_type": GrantType.AT_A_TIME, "grant_at": NOON + HOUR, "due_at": NOON + HOUR},
        ["drawn", "due"],
    ),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_every_event_stands_in_the_history_in_its_place(case: str) -> None:
    changes, whats = HISTORIES[case]
    events = history(an_order(**changes))

    assert [event.what for event in events] == whats
    times = [event.at for event in events if event.at is not None]
    assert times == sorted(times)


def test_a_lost_draw_has_nothing_to_come() -> None:
    (drawn,) = history(a_lost_order())

    assert (drawn.what, drawn.words) == ("drawn", "lost")


def test_an_act_tells_who_and_why_and_what_it_ended() -> None:
    _, parked, act, _ = history(an_order(acts=(RETRY,)))

    assert (act.at, act.who, act.words) == (RETRY.at, "fang", "the pool is full again")
    assert (parked.at, parked.what, parked.words) == (None, "parked", "the pool is empty")


def test_the_time_of_a_parking_that_an_act_ended_stays_on_record() -> None:
    _, parked, act, _ = history(an_order(acts=(replace(RETRY, parked_at=NOON + HOUR),)))

    assert (parked.at, act.at) == (NOON + HOUR, RETRY.at)


FAILED = {"failed_at": NOON + HOUR, "failed_because": "provider shop refuses us"}
IS_FAILING: dict[str, tuple[dict[str, Any], bool]] = {
    "it failed, and the failure counts": ({"failures": 1}, True),
    "it failed, and that is no fault of its own": (FAILED, True),
    "an operator has acted on it since": ({**FAILED, "acts": (an_act(at=NOON + 2 * HOUR),)}, False),
    "it failed again after that": ({**FAILED, "acts": (an_act(at=NOON + HOUR / 2),)}, True),
    "it never failed": ({}, False),
}


@pytest.mark.parametrize("case", IS_FAILING)
def test_an_order_is_failing_from_its_last_failure_to_an_operators_act(case: str) -> None:
    changes, failing = IS_FAILING[case]

    assert is_failing(an_order(**changes)) is failing


def test_a_failure_tells_how_often_why_and_when_it_is_tried_again() -> None:
    failing = an_order(failures=3, failed_at=NOON + HOUR, failed_because="it is down", due_at=NOON + 2 * HOUR)
    _, failed, due = history(failing)

    assert failed.words == "3 times, the last one: it is down"
    assert (due.at, due.words) == (NOON + 2 * HOUR, "it is tried again")


@pytest.mark.parametrize(
    ("award_type", "words"),
    [(AwardType.CODE, "a code of pool spring"), (AwardType.COUPON, "a coupon of provider spring")],
)
def test_of_a_code_or_a_coupon_only_its_source_is_told(award_type: AwardType, words: str) -> None:
    award = an_award(award_type=award_type, award_content="", source="spring")
    order = an_order(award=award, content="SECRET", grant_state=GrantState.GRANTED, granted_at=NOON, due_at=None)

    assert words in prize(award)
    assert "SECRET" not in repr(history(order))


def test_a_texts_content_is_not_told_either() -> None:
    assert "Code" not in repr(history(an_order()))
