"""What does an activity commit to when it is approved, beside its seed?"""

import hashlib
from datetime import timedelta

from tombola.rules.activity import Activity
from tombola.rules.log import canonical
from tombola.rules.policy import POLICIES

SECOND = timedelta(seconds=1)


def odds_table(activity: Activity) -> str:
    """Return what activity commits to beside its seed, as canonical JSON.

    That is the inputs of results, the limits on who may draw, and the time in which prizes are to be claimed. A limit
    that an activity leaves open is no part of it, so that older commitments stay valid.
    """
    awards = [[share.award.award_id, share.weight, share.unlock_after] for share in activity.shares]
    table: dict[str, object] = {
        "awards": awards,
        "fallback": activity.fallback,
        "strategy_mode": int(activity.strategy_mode),
    }
    for name, policy in POLICIES.items():
        asked = policy.plain(getattr(activity, name))
        if asked and policy.public:
            table[name] = [list(each.values()) if isinstance(each, dict) else each for each in asked]
    claims = [
        [share.award.award_id, share.claim_within // SECOND, share.lapses]
        for share in activity.shares
        if share.claim_within is not None
    ]
    return canonical(table | {"claims": claims} if claims else table)


def odds_digest(activity: Activity) -> str:
    return hashlib.sha256(odds_table(activity).encode()).hexdigest()
