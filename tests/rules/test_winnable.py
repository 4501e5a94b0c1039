"""Whether every award of a file can be won."""

import pytest

from builders import a_share, an_activity
from tombola.rules.activity import Activity, Cap, Share
from tombola.rules.mistake import MistakeError
from tombola.rules.odds import StrategyMode
from tombola.rules.quota import Quotas
from tombola.rules.winnable import check_winnable, unwinnable

HALF = 500_000


def an_activity_with(share: Share, mode: StrategyMode = StrategyMode.SINGLE, **changes: object) -> Activity:
    return an_activity(a_share("1", weight=HALF), share, strategy_mode=mode, **changes)


def test_an_award_of_total_mode_that_no_draw_can_win_is_refused_by_its_place() -> None:
    with pytest.raises(MistakeError, match="the rate of award 2 is 0 in total mode") as refused:
        check_winnable(an_activity_with(a_share("2", weight=0, stock=1_000), StrategyMode.TOTAL))

    assert refused.value.loc == ("awards", 1, "rate")


@pytest.mark.parametrize(
    "activity",
    [
        an_activity_with(a_share("2", weight=1), StrategyMode.TOTAL),
        an_activity_with(a_share("2", weight=0, stock=None), StrategyMode.TOTAL, fallback="2"),
        an_activity_with(a_share("2", weight=0)),
    ],
    ids=["a rate", "the fallback", "single mode, where it takes nothing from the others"],
)
def test_what_costs_nobody_a_prize_is_not_refused(activity: Activity) -> None:
    check_winnable(activity)


@pytest.mark.parametrize(
    ("activity", "why"),
    [
        (an_activity_with(a_share("2", weight=0)), "its rate is 0, and it is not the fallback"),
        (an_activity_with(a_share("2", weight=1, stock=0)), "its stock is 0"),
        (
            an_activity_with(a_share("2", weight=1, unlock_after=10)),
            "it unlocks after 10 draws, and a user has 10 at most",
        ),
        (
            an_activity_with(a_share("2", weight=1, unlock_after=9), cap=Cap(limit=9)),
            "it unlocks after 9 draws, and a user has 9 at most",
        ),
    ],
)
def test_what_nobody_can_win_is_told_with_its_reason(activity: Activity, why: str) -> None:
    assert unwinnable(activity) == {"2": why}


def test_nothing_is_told_of_awards_that_somebody_can_win() -> None:
    assert unwinnable(an_activity_with(a_share("2", weight=1, unlock_after=9))) == {}
    assert unwinnable(an_activity_with(a_share("2", weight=1, unlock_after=99), quotas=Quotas(day=1))) == {}
    assert unwinnable(an_activity_with(a_share("2", weight=0, stock=None), fallback="2")) == {}
