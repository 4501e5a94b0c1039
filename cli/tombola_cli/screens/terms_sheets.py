"""The terms of an activity: who may draw it and by which way, what is won at which odds, and when it is granted."""

from collections.abc import Mapping
from datetime import datetime

from tombola.rules.activity import CAP, Activity, Award, GrantType, Share
from tombola.rules.odds import WHOLE, rate_text
from tombola.rules.policy import POLICIES
from tombola_cli.files.file_spans import span_words
from tombola_cli.screens.blocks import Column, Facts, Table, Told

MINUTES = "%Y-%m-%d %H:%M"


def admission(activity: Activity) -> Facts:
    """Return by which way whom activity lets in."""
    told = asked_for(activity, public=True)
    return Facts(told, "; ".join(f"{title} {words}" for title, words in told.items()))


def asked_for(activity: Activity, *, public: bool) -> dict[str, str]:
    """Return the demand of each policy, in words, by its title."""
    policies = [policy for policy in POLICIES.values() if policy.public is public]
    return {policy.title: policy.words(getattr(activity, policy.name)) for policy in policies}


def percent(weight: int) -> str:
    """Return an award's share of all draws as people say it, exact to the millionth."""
    return f"{100 * weight / WHOLE:g} %"


def odds(activity: Activity, left: Mapping[str, int] | None = None) -> Table:
    """Return the awards with their odds, and with the stock that is left, if that is known. `*` is the cap."""
    units = [Column("stock"), *([] if left is None else [Column("left")])]
    columns = [Column("award_id", "award"), Column("award_name", "name", folds=True), Column("rate"), *units]
    rows = []
    for share in activity.shares:
        award_id, grant = share.award.award_id, activity.grant_of(share)
        name = share.award.award_name + (" (fallback)" if award_id == activity.fallback else "")
        rows.append(
            [
                award_id,
                Told(share.award.award_name, name),
                Told(rate_text(share.weight), percent(share.weight)),
                Told(None, "unlimited") if share.stock is None else share.stock,
                *([] if left is None else [left.get(award_id)]),
                None if share.stock is None else share.shards,
                Told(share.unlock_after, f"{share.unlock_after} draws" if share.unlock_after else ""),
                share.award.award_type.number,
                Told(share.award.source, _content(share.award)),
                Told(grant.name.lower(), when(activity, grant)),
                _claimed(share),
            ]
        )
    if (cap := activity.cap) is not None:
        everybody = Told(None, "draws of all users")
        remaining = [] if left is None else [left[CAP]]
        rows.append([Told(CAP, ""), everybody, None, cap.limit, *remaining, cap.shards, Told(0, ""), *[None] * 4])
    more = [
        Column("award_type", None),
        Column("source", "content", folds=True),
        Column("grant", "granted", folds=True),
        Column("claim", "claimed", folds=True),
    ]
    return Table("awards", [*columns, Column("shards"), Column("unlock_after", "unlocked after"), *more], rows)


def _claimed(share: Share) -> Told:
    """Return how long its user can claim an award, and what becomes of it after that."""
    within = share.claim_within
    if within is None:
        return Told(None, "")
    words = f"within {span_words(within)}, else {'void' if share.lapses else 'parked'}"
    return Told(words, words)


def _content(award: Award) -> str:
    """Return the kind of an award's content, and where it comes from, but nothing of itself."""
    source = award.award_type.source
    return award.award_type.name.lower() if source is None else f"{source} {award.source}"


def granted(activity: Activity) -> str:
    """Return when the awards are granted that say nothing of their own."""
    apart = any(activity.grant_of(share) is not activity.grant_type for share in activity.shares)
    release = ": tombola orders release" if activity.grants(GrantType.BY_HAND) else ""
    return f"granted {when(activity, activity.grant_type)}{', some awards otherwise' if apart else ''}{release}"


def when(activity: Activity, grant_type: GrantType) -> str:
    """Return when the awards of activity are granted that have this grant type."""
    words = {
        GrantType.AT_ONCE: "at once",
        GrantType.AT_A_TIME: f"at {minute(activity.grant_at or activity.end)}",
        GrantType.BY_HAND: "by hand",
    }
    return words[grant_type]


def minute(moment: datetime) -> str:
    return f"{moment:{MINUTES} %z}"
