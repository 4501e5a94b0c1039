"""How many wins a second is a file for, and does the index of what is due bear them?

This is asked of files, and not of activities in the table: it looks at peaks, of which only the shards are kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil

from tombola.rules.activity import CAP, Activity, GrantType, Share
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.order import BY_HAND, NO_ADDRESS, UNCLAIMED
from tombola.rules.wins import win_shards_for

# Each win writes the index twice, and a throttled index stops the table. Its bound hangs on its lanes and on the
# partitions that it begins with, and is shared by all activities of a table (docs/hot-keys.md).
WINS_OF_A_NEW_INDEX = 1_400  # a second
WINS_OF_A_LANE = 500  # a second, at the most: one partition holds it


def peak_wins(activity: Activity, peaks: Mapping[str, int]) -> int | None:
    """Return the wins a second that activity's file is for, None if it says no peak.

    peaks are those that the file says, by award, and the cap's under CAP.
    """
    return _part(_winning(activity), activity, peaks)


def peak_wins_waiting(activity: Activity, peaks: Mapping[str, int]) -> dict[str, int]:
    """Return how many of peak_wins wait in one lane, by the lane, while no award is sold out; none without a peak."""
    kinds = {
        BY_HAND: [share for share in activity.shares if activity.grant_of(share) is GrantType.BY_HAND],
        NO_ADDRESS: [share for share in activity.shares if share.award.award_type.addressed],
        UNCLAIMED: [
            share
            for share in activity.shares
            if share.claim_within is not None and not share.award.award_type.addressed
        ],
    }
    found = {lane: _part(_winning_one_of(shares, activity), activity, peaks) for lane, shares in kinds.items()}
    return {lane: wins for lane, wins in found.items() if wins is not None}


def peak_shards(activity: Activity, peaks: Mapping[str, int]) -> int:
    """Return over how many shards of the index of wins a file's wins are spread."""
    return win_shards_for(peak_wins(activity, peaks) or 0)


def every_draw_wins(activity: Activity) -> bool:
    return activity.fallback is not None or activity.strategy_mode is StrategyMode.TOTAL


def _part(winning: Fraction, activity: Activity, peaks: Mapping[str, int]) -> int | None:
    """Return that part of the draws a second that the peaks allow."""
    draws = min(_draws(activity, peaks), default=None)
    return None if draws is None else ceil(draws * winning)


def _draws(activity: Activity, peaks: Mapping[str, int]) -> Iterator[Fraction]:
    """Yield the draws a second that each peak allows: the cap counts draws, an award a part of them."""
    if CAP in peaks:
        yield Fraction(peaks[CAP])
    whole = _whole(activity)
    for share in activity.shares:
        # A user who has not unlocked an award draws beside its peak.
        if share.award.award_id in peaks and share.weight and not share.unlock_after:
            yield Fraction(peaks[share.award.award_id] * whole, share.weight)


def _winning(activity: Activity) -> Fraction:
    """Return the part of the draws that win."""
    return Fraction(1) if every_draw_wins(activity) else Fraction(sum(s.weight for s in activity.shares), WHOLE)


def _winning_one_of(shares: Sequence[Share], activity: Activity) -> Fraction:
    """Return the part of the draws that win one of shares; the fallback's are those that no other award wins."""
    weights = sum(share.weight for share in shares)
    if activity.fallback in [share.award.award_id for share in shares]:
        weights += _whole(activity) - sum(share.weight for share in activity.shares)
    return Fraction(weights, _whole(activity))


def _whole(activity: Activity) -> int:
    """Return the sum that the weights are parts of."""
    return WHOLE if activity.strategy_mode is StrategyMode.SINGLE else sum(share.weight for share in activity.shares)
