"""Can every award of a file be won?

This is asked of files, and not of activities in the table: an older activity stays what it is.
"""

from tombola.rules.activity import Activity, Share
from tombola.rules.mistake import MistakeError
from tombola.rules.odds import StrategyMode


def check_winnable(activity: Activity) -> None:
    """Raise MistakeError where an award of total mode has no rate: when only it is left, all lose beside its units."""
    for place, share in enumerate(activity.shares):
        if activity.strategy_mode is StrategyMode.TOTAL and _has_no_chance(activity, share):
            words = "0 in total mode, so that all would lose beside its units: give it a rate, or make it the fallback"
            raise MistakeError(f"awards: the rate of award {share.award.award_id} is {words}", "awards", place, "rate")


def unwinnable(activity: Activity) -> dict[str, str]:
    """Return, by award, why nobody can win it under the rates, units and limits that stand in the file."""
    limits = [limit for period, limit in activity.quotas.limits if period.first_day is None]
    draws = min(limits if activity.cap is None else [*limits, activity.cap.limit], default=None)
    found: dict[str, str] = {}
    for share in activity.shares:
        if _has_no_chance(activity, share):
            found[share.award.award_id] = "its rate is 0, and it is not the fallback"
        elif share.stock == 0:
            found[share.award.award_id] = "its stock is 0"
        elif draws is not None and share.unlock_after >= draws:
            found[share.award.award_id] = f"it unlocks after {share.unlock_after} draws, and a user has {draws} at most"
    return found


def _has_no_chance(activity: Activity, share: Share) -> bool:
    return share.weight == 0 and share.award.award_id != activity.fallback
