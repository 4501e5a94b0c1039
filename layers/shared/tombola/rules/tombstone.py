"""May a user's draw be erased, and what of it must stay so that the books balance without the user?"""

from dataclasses import dataclass
from datetime import datetime

from tombola.rules.activity import Activity, Award
from tombola.rules.activity_life import LAST_DRAW
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order, Outcome

FINISHED = frozenset({GrantState.GRANTED, GrantState.VOID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """The rest of a draw: its outcome and the units that it took, and nothing that names or dates its user."""

    activity_id: str
    outcome: Outcome
    award_id: str | None
    award_type: AwardType | None
    source: str | None  # the pool or the provider
    shard: int | None
    cap_shard: int | None
    grant_state: GrantState
    grants: int


def tombstone_of(order: Order) -> Tombstone:
    """Return what is left of order; a prize that was not handed over is void."""
    award, given_up = order.award, not is_finished(order)
    return Tombstone(
        activity_id=order.activity_id,
        outcome=order.outcome,
        award_id=None if award is None else award.award_id,
        award_type=None if award is None else award.award_type,
        source=None if award is None else award.source,
        shard=order.shard,
        cap_shard=order.cap_shard,
        grant_state=GrantState.VOID if given_up else order.grant_state,
        grants=0 if given_up else order.grants,
    )


def is_finished(order: Order) -> bool:
    """Return whether nothing is to be done for order any more: it lost, is void, or its prize has left the house."""
    return order.award is None or (order.grant_state in FINISHED and not _has_parcel_here(order, order.award))


def refuse_forget(order: Order, *, give_up: bool, not_issued: bool) -> str | None:
    """Return why order cannot be erased, None if it can; not_issued: the caller has asked its provider."""
    if is_finished(order):
        return None
    if not give_up and order.grant_state is GrantState.GRANTED:
        return "a parcel has not left yet: export it, or give it up with --give-up"
    if not give_up:
        return "a prize is not handed over yet: wait for it, or give it up with --give-up"
    if order.award is not None and order.award.award_type.outside and not not_issued:
        return "a provider may have issued a prize in a call that failed: ask there, and add --not-issued"
    return None


def _has_parcel_here(order: Order, award: Award) -> bool:
    return order.grant_state is GrantState.GRANTED and award.award_type.addressed and order.batch is None


def is_over(activity: Activity, now: datetime) -> bool:
    """Return whether nobody draws in activity any more: a user who was erased would start anew in one that goes on."""
    return activity.state is ActivityState.CLOSE and now >= activity.since + LAST_DRAW
