"""The users who may draw an activity, and their way to it, in words."""

from tombola.rules.activity import Activity
from tombola.rules.policy import POLICIES
from tombola_cli.screens.blocks import Facts


def admission(activity: Activity) -> Facts:
    """Return by which way whom activity lets in."""
    told = asked_for(activity, public=True)
    return Facts(told, "; ".join(f"{title} {words}" for title, words in told.items()))


def asked_for(activity: Activity, *, public: bool) -> dict[str, str]:
    """Return the demand of each policy, in words, by its title."""
    policies = [policy for policy in POLICIES.values() if policy.public is public]
    return {policy.title: policy.words(getattr(activity, policy.name)) for policy in policies}
