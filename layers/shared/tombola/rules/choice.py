"""Which award does a draw win?"""

from tombola.rules.activity import Activity, Share
from tombola.rules.ticket import ticket_of


def choose(
    activity: Activity, seed: bytes, order_id: int, user_id: str, attempt: int, excluded: frozenset[str]
) -> Share | None:
    """Return the share that this attempt wins by its ticket, None when it loses."""
    tickets = activity.odds.tickets(excluded)
    if tickets == 0:
        return None
    place = activity.odds.place_of(ticket_of(seed, order_id, user_id, attempt, tickets), excluded)
    return None if place is None else activity.shares[place]


def fallback_of(activity: Activity) -> Share | None:
    """Return the share for a draw that would lose, None where losing is possible."""
    return next((share for share in activity.shares if share.award.award_id == activity.fallback), None)
