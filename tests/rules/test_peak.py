"""A file's peaks say how many draws a second it is for, and its odds how many of them win."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import a_share, an_activity
from tombola.rules.activity import CAP, Activity, GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.odds import StrategyMode
from tombola.rules.peak import peak_shards, peak_wins, peak_wins_waiting

TENTH = 100_000
TWENTIETH = 50_000
HALF = 500_000
MUG = a_share("mug", weight=TENTH)
SINGLE = an_activity(MUG, a_share("pen", weight=TWENTIETH), strategy_mode=StrategyMode.SINGLE)
TOTAL = an_activity(MUG, a_share("pen", weight=TENTH))
FALLBACK = an_activity(
    MUG, a_share("sticker", weight=0, stock=None), strategy_mode=StrategyMode.SINGLE, fallback="sticker"
)


def by_hand(activity: Activity, award_id: str) -> Activity:
    """Return activity with one award that is granted by hand."""
    shares = [
        replace(share, grant_type=GrantType.BY_HAND if share.award.award_id == award_id else None)
        for share in activity.shares
    ]
    return replace(activity, shares=tuple(shares))


def test_where_a_draw_may_lose_only_the_rates_part_of_the_caps_peak_wins() -> None:
    assert peak_wins(SINGLE, {CAP: 2_000}) == 300


@pytest.mark.parametrize("activity", [TOTAL, FALLBACK])
def test_every_draw_of_the_caps_peak_is_a_win_in_total_mode_and_with_a_fallback(activity: Activity) -> None:
    assert peak_wins(activity, {CAP: 2_000}) == 2_000


@pytest.mark.parametrize(
    ("activity", "wins"),
    [(SINGLE, 120), (TOTAL, 160), (FALLBACK, 800)],
    ids=["single", "total", "fallback"],
)
def test_without_a_cap_an_awards_peak_over_its_rate_is_the_draws(activity: Activity, wins: int) -> None:
    assert peak_wins(activity, {"mug": 80}) == wins


@pytest.mark.parametrize(
    ("peaks", "wins"), [({CAP: 500, "mug": 80}, 500), ({CAP: 5_000, "mug": 80}, 800), ({"mug": 80, "sticker": 9}, 800)]
)
def test_each_peak_is_a_limit_so_that_the_least_of_the_draws_counts(peaks: Mapping[str, int], wins: int) -> None:
    assert peak_wins(FALLBACK, peaks) == wins


def test_the_peak_of_a_locked_award_says_nothing_of_draws_by_who_has_not_unlocked_it() -> None:
    mug, pen = a_share("mug", weight=TENTH, unlock_after=3), a_share("pen", weight=HALF)
    locked = an_activity(mug, pen, strategy_mode=StrategyMode.SINGLE)

    assert peak_wins(locked, {"mug": 1}) is None
    assert peak_wins(locked, {"mug": 1, "pen": 1_000}) == 1_200


def test_a_file_that_says_no_peak_says_nothing_of_its_wins() -> None:
    assert peak_wins(FALLBACK, {}) is None


def test_a_part_of_a_win_counts_as_one() -> None:
    assert peak_wins(SINGLE, {CAP: 1}) == 1


@pytest.mark.parametrize(
    ("activity", "wins"),
    [
        (SINGLE, 0),
        (replace(SINGLE, grant_type=GrantType.BY_HAND), 300),
        (by_hand(SINGLE, "pen"), 100),
        (by_hand(TOTAL, "mug"), 1_000),
        (by_hand(FALLBACK, "mug"), 200),
        (by_hand(FALLBACK, "sticker"), 1_800),
    ],
    ids=["none", "all", "one", "total", "beside the fallback", "the fallback"],
)
def test_only_awards_that_are_granted_by_hand_wait_in_the_lane_of_those(activity: Activity, wins: int) -> None:
    assert peak_wins_waiting(activity, {CAP: 2_000})["by-hand"] == wins


def test_awards_to_be_claimed_wait_in_one_lane_and_those_that_need_an_address_in_another() -> None:
    mug, pen = SINGLE.shares
    parcel = replace(mug.award, award_type=AwardType.PHYSICAL)
    activity = replace(SINGLE, shares=(replace(mug, award=parcel), replace(pen, claim_within=timedelta(days=14))))

    assert peak_wins_waiting(activity, {CAP: 2_000}) == {"by-hand": 0, "no-address": 200, "unclaimed": 100}


def test_a_file_that_says_no_peak_says_nothing_of_the_lane_either() -> None:
    assert peak_wins_waiting(by_hand(SINGLE, "pen"), {}) == {}


@pytest.mark.parametrize(("cap_peak", "shards"), [(1, 1), (1_666, 1), (1_667, 2)])
def test_the_shards_of_the_index_of_wins_follow_from_the_wins_and_not_from_the_draws(
    cap_peak: int, shards: int
) -> None:
    assert peak_shards(SINGLE, {CAP: cap_peak}) == shards


def test_a_file_that_says_no_peak_has_one_shard_of_wins() -> None:
    assert peak_shards(FALLBACK, {}) == 1
