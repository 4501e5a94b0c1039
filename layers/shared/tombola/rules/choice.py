"""Which award does a ticket win?"""

from collections.abc import Collection

from tombola.rules.activity import WHOLE, Activity, Share, StrategyMode
from tombola.rules.ticket import ticket_of


def total_weight(activity: Activity, excluded: Collection[str]) -> int:
    """Return how many tickets there are: in single mode the whole, in total mode what live awards share."""
    if activity.strategy_mode is StrategyMode.SINGLE:
        return WHOLE
    return sum(share.weight for share in activity.shares if share.award.award_id not in excluded)


def share_under(activity: Activity, ticket: int, excluded: Collection[str]) -> Share | None:
    """Return the share that ticket falls on; None loses.

    In single mode an excluded award keeps its tickets, which lose: nobody else's odds change. In total mode
    it has none.
    """
    total_mode = activity.strategy_mode is StrategyMode.TOTAL
    edge = 0
    for share in activity.shares:
        gone = share.award.award_id in excluded
        if gone and total_mode:
            continue
        edge += share.weight
        if ticket < edge:
            return None if gone else share
    return None


def choose(
    activity: Activity, seed: bytes, order_id: int, user_id: str, attempt: int, excluded: Collection[str]
) -> Share | None:
    """Return the share that this attempt wins, None when it loses."""
    total = total_weight(activity, excluded)
    if total == 0:
        return None
    return share_under(activity, ticket_of(seed, order_id, user_id, attempt, total), excluded)
