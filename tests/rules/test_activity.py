"""Which odds, windows, caps and fallbacks make an activity."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_share, an_activity
from tombola.rules.activity import CAP, Cap, GrantType, Share
from tombola.rules.facts import Condition, Operator
from tombola.rules.mistake import MistakeError
from tombola.rules.odds import StrategyMode

TICK = timedelta(microseconds=1)
BEGIN, END = NOON - timedelta(days=1), NOON + timedelta(days=1)
SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL


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
    ("shares", "mode", "words", "loc"),
    [
        (
            [a_share("1", weight=999_999), a_share("2", weight=2)],
            SINGLE,
            "in single mode the rates may sum to 1 at most, not 1.000001",
            ("awards",),
        ),
        ([a_share("1", weight=0)], SINGLE, "the rates sum to zero, so that nobody could ever win", ("awards",)),
        (
            [a_share("1", weight=0), a_share("2", weight=0)],
            TOTAL,
            "the rates sum to zero, so that nobody could ever win",
            ("awards",),
        ),
        (
            [a_share("1", weight=1), a_share("2"), a_share("1", weight=2)],
            TOTAL,
            "award_id 1 is given twice",
            ("awards", 2, "award_id"),
        ),
        (
            [a_share(award_id, weight=1) for award_id in "2112"],
            SINGLE,
            "award_id 1 is given twice",
            ("awards", 2, "award_id"),
        ),
    ],
)
def test_odds_that_are_none_are_refused_by_place(
    shares: Sequence[Share], mode: StrategyMode, words: str, loc: tuple[str | int, ...]
) -> None:
    with pytest.raises(MistakeError, match=f"^awards: {words}$") as refusal:
        an_activity(*shares, strategy_mode=mode)

    assert refusal.value.loc == loc


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": -1}, "weight must be 0 to 1000000 parts per million, not -1"),
        ({"weight": 1_000_001}, "weight must be 0 to 1000000 parts per million, not 1000001"),
        ({"stock": -1}, "stock must not be negative, and is -1"),
        ({"unlock_after": -1}, "unlock_after must not be negative, and is -1"),
        ({"shards": 0}, "shards must be 1 to 100, not 0"),
        ({"shards": 101}, "shards must be 1 to 100, not 101"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused_with_its_award(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^award 3: {words}$"):
        a_share(**changes)


@pytest.mark.parametrize(
    ("limit", "shards", "words"),
    [
        (0, 1, "limit must be at least 1, or the cap left out for no limit, not 0"),
        (-1, 1, "limit must be at least 1, or the cap left out for no limit, not -1"),
        (1, 0, "shards must be 1 to 100, not 0"),
        (1, 101, "shards must be 1 to 100, not 101"),
    ],
)
def test_a_cap_that_makes_no_sense_is_refused(limit: int, shards: int, words: str) -> None:
    with pytest.raises(ValueError, match=f"^cap: {words}$"):
        Cap(limit=limit, shards=shards)


@pytest.mark.parametrize(
    ("changes", "words", "loc"),
    [
        ({"begin": BEGIN.replace(tzinfo=None)}, "begin must have a time zone", "begin"),
        ({"end": END.replace(tzinfo=None)}, "end must have a time zone", "end"),
        ({"begin": END}, "begin must be before end", "end"),
        ({"begin": END + TICK}, "begin must be before end", "end"),
        ({"grant_at": END}, "grant_at belongs to prizes that are granted at a time", "grant_at"),
        ({"grant_at": END, "grant_type": GrantType.BY_HAND}, "grant_at belongs to", "grant_at"),
        (
            {
                "grant_at": END,
                "grant_type": GrantType.AT_A_TIME,
                "shares": (a_share(grant_type=GrantType.BY_HAND), a_share("2", grant_type=GrantType.AT_ONCE)),
            },
            "grant_at belongs to",
            "grant_at",
        ),
        ({"fallback": "9"}, "fallback: there is no award 9", "fallback"),
        ({"fallback": "3"}, "fallback: award 3 must have no stock and no unlock_after", "fallback"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_by_name(changes: dict[str, Any], words: str, loc: str) -> None:
    with pytest.raises(MistakeError, match=re.escape(words)) as refusal:
        an_activity(**changes)

    assert refusal.value.loc == (loc,)


def test_a_fallback_is_there_always_so_that_a_locked_award_is_none() -> None:
    with pytest.raises(MistakeError, match="no stock and no unlock_after"):
        an_activity(a_share("1", stock=None, unlock_after=1), fallback="1")

    assert an_activity(a_share("1", stock=None), fallback="1").fallback == "1"


def test_prizes_granted_at_a_time_may_name_it_or_leave_it_to_the_end() -> None:
    for moment in (END, None):
        assert an_activity(grant_type=GrantType.AT_A_TIME, grant_at=moment).grant_at == moment


def test_shards_are_told_of_what_is_limited_only() -> None:
    shares = a_share("1", weight=1, stock=0, shards=3), a_share("2", weight=1, stock=None, shards=4)

    assert an_activity(*shares).shards == {"1": 3}
    assert an_activity(*shares, cap=Cap(limit=5, shards=2)).shards == {"1": 3, CAP: 2}


@pytest.mark.parametrize(
    ("taken", "locked"), [(0, {"2", "3"}), (1, {"2", "3"}), (2, {"3"}), (3, {"3"}), (9, {"3"}), (10, set())]
)
def test_an_award_is_locked_for_exactly_so_many_draws(taken: int, locked: set[str]) -> None:
    shares = [a_share(str(n), weight=1, unlock_after=draws) for n, draws in ((1, 0), (2, 2), (3, 10))]

    assert an_activity(*shares).locked(taken) == locked


def test_an_activity_has_locks_if_any_award_is_locked_at_first() -> None:
    assert not an_activity(a_share("1"), a_share("2")).has_locks
    assert an_activity(a_share("1"), a_share("2", unlock_after=1)).has_locks


ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (replace(ADULT, values=("grown",)), "admit: '>=' takes a number, not 'grown'"),
        (replace(ADULT, values=()), "admit: '>=' takes one value, not 0"),
        (Condition(fact="tier", operator=Operator.IN, values=()), "admit: 'in' needs a value at least"),
    ],
)
def test_a_condition_that_compares_nothing_is_refused_by_its_place(condition: Condition, words: str) -> None:
    with pytest.raises(MistakeError) as refused:
        an_activity(admit=(ADULT, condition))

    assert (str(refused.value), refused.value.loc) == (words, ("admit", 1))


def test_a_time_to_grant_at_is_taken_where_one_award_is_granted_then() -> None:
    later = a_share("2", grant_type=GrantType.AT_A_TIME)

    assert an_activity(a_share("1"), later, grant_at=END).grant_at == END


def test_an_award_is_granted_as_it_says_itself_or_else_as_the_activity_says() -> None:
    own, other = a_share("1", grant_type=GrantType.AT_ONCE), a_share("2")
    activity = an_activity(own, other, grant_type=GrantType.BY_HAND)

    assert [activity.grant_of(share) for share in activity.shares] == [GrantType.AT_ONCE, GrantType.BY_HAND]
    assert [activity.grants(each) for each in GrantType] == [True, False, True]
