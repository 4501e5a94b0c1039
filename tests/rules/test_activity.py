"""When an activity may be drawn, and which odds and windows are refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders import NOON, a_share, an_activity
from tombola.rules.activity import ActivityState, Share, StrategyMode, refuse_draw

TICK = timedelta(microseconds=1)
BEGIN, END = NOON - timedelta(days=1), NOON + timedelta(days=1)
SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL


@pytest.mark.parametrize("now", [BEGIN, NOON, END, END.astimezone(timezone(timedelta(hours=8)))])
def test_an_activity_is_drawn_from_begin_to_end(now: datetime) -> None:
    assert refuse_draw(an_activity(), now) is None


@pytest.mark.parametrize(
    ("now", "title", "moment"),
    [
        (BEGIN - TICK, "activity not open yet", BEGIN),
        (BEGIN - timedelta(days=999), "activity not open yet", BEGIN),
        (END + TICK, "activity closed", END),
        (END + timedelta(days=999), "activity closed", END),
    ],
)
def test_outside_its_window_a_draw_is_refused_with_the_edge(now: datetime, title: str, moment: datetime) -> None:
    problem = refuse_draw(an_activity(), now)

    assert problem is not None
    assert (problem.status, problem.code, problem.title) == (409, "0001", title)
    assert "100001" in problem.detail
    assert moment.isoformat() in problem.detail


@pytest.mark.parametrize("now", [BEGIN - TICK, NOON, END + TICK])
@pytest.mark.parametrize("state", [state for state in ActivityState if state is not ActivityState.DOING])
def test_in_any_other_state_than_doing_a_draw_is_refused_with_the_state(state: ActivityState, now: datetime) -> None:
    problem = refuse_draw(an_activity(state=state), now)

    assert problem is not None
    assert (problem.status, problem.code, problem.title) == (409, "0001", "activity not open")
    assert problem.detail == f"activity 100001 is in state {state.name}"


def test_the_states_have_lotterys_numbers() -> None:
    names = ["EDIT", "ARRAIGNMENT", "REVOKE", "PASS", "DOING", "REFUSE", "CLOSE", "OPEN"]

    assert {state.name: state.value for state in ActivityState} == {name: n for n, name in enumerate(names, start=1)}


@pytest.mark.parametrize(
    ("shares", "mode"),
    [
        ([a_share("1", weight=1)], SINGLE),
        ([a_share("1", weight=1_000_000), a_share("2", weight=0)], SINGLE),
        ([a_share("1", weight=999_999), a_share("2", weight=1)], SINGLE),
        ([a_share("1", weight=1_000_000), a_share("2", weight=1_000_000)], TOTAL),
        ([a_share("1", stock=0)], TOTAL),
        ([a_share("1", stock=None, shards=100)], TOTAL),
    ],
)
def test_fair_odds_are_accepted(shares: Sequence[Share], mode: StrategyMode) -> None:
    assert an_activity(*shares, strategy_mode=mode).shares == tuple(shares)


@pytest.mark.parametrize(
    ("shares", "mode", "words"),
    [
        ([a_share("1", weight=999_999), a_share("2", weight=2)], SINGLE, "may sum to 1 at most, not 1.000001"),
        ([a_share("1", weight=0)], SINGLE, "the rates sum to zero"),
        ([a_share("1", weight=0), a_share("2", weight=0)], TOTAL, "the rates sum to zero"),
        ([a_share("1", weight=1), a_share("2"), a_share("1", weight=2)], TOTAL, "duplicate award_id 1$"),
        ([a_share(award_id, weight=1) for award_id in "2112"], SINGLE, "duplicate award_id 1, 2"),
    ],
)
def test_odds_that_are_none_are_refused(shares: Sequence[Share], mode: StrategyMode, words: str) -> None:
    with pytest.raises(ValueError, match=f"^awards: .*{words}"):
        an_activity(*shares, strategy_mode=mode)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": -1}, "weight must be 0 to 1000000 parts per million, not -1"),
        ({"weight": 1_000_001}, "weight must be 0 to 1000000 parts per million, not 1000001"),
        ({"stock": -1}, "stock must not be negative, and is -1"),
        ({"shards": 0}, "shards must be 1 to 100, not 0"),
        ({"shards": 101}, "shards must be 1 to 100, not 101"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused_with_its_award(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^award 3: {words}$"):
        a_share(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"begin": BEGIN.replace(tzinfo=None)}, "begin must have a time zone"),
        ({"end": END.replace(tzinfo=None)}, "end must have a time zone"),
        ({"begin": END}, "begin must be before end"),
        ({"begin": END + TICK}, "begin must be before end"),
        ({"quota": 0}, "quota must be at least 1, or left out for no limit, not 0"),
        ({"quota": -1}, "quota must be at least 1, or left out for no limit, not -1"),
    ],
)
def test_a_window_or_a_quota_that_makes_no_sense_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        an_activity(**changes)


@pytest.mark.parametrize("quota", [1, None])
def test_the_smallest_quota_is_one_and_none_is_no_limit(quota: int | None) -> None:
    assert an_activity(quota=quota).quota == quota
