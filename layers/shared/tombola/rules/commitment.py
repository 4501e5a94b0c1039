"""What does an activity commit to when it is approved, beside its seed?"""

import hashlib

from tombola.rules.activity import Activity
from tombola.rules.log import canonical
from tombola.rules.policy import POLICIES


def odds_table(activity: Activity) -> str:
    """Return what activity commits to beside its seed, as canonical JSON: inputs of results, limits on who may draw.

    A limit that an activity leaves open is no part of it, so that older commitments stay valid.
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
    return canonical(table)


def odds_digest(activity: Activity) -> str:
    return hashlib.sha256(odds_table(activity).encode()).hexdigest()
