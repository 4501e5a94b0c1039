"""What does the API say of an order, of an activity and of its log?"""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tombola.rules.activity import CAP, Activity, Award, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.commitment import SECOND, odds_table
from tombola.rules.facts import Operator
from tombola.rules.log import Entry, entry_fields
from tombola.rules.odds import StrategyMode, rate_text
from tombola.rules.order import GrantState, MqState, Order, Outcome, waits_for_its_user
from tombola.rules.policy import POLICIES
from tombola.rules.quota import PERIODS

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic, which makes docs/openapi.json, understands no other there
    from typing_extensions import TypedDict

INFO = {"0000": "won", "D001": "did not win"}

# docs/openapi.json is made from these descriptions.


class AwardAnswer(TypedDict):
    """A prize; its content is null while it waits for its time, for its user, or for somebody's hand.

    A code or a coupon has no content until it is granted.
    """

    award_id: str
    award_type: int
    award_name: str
    award_content: str | None


class ProofAnswer(TypedDict):
    """The inputs that, beside the activity's seed, it takes to compute the result again."""

    attempt: int
    excluded: list[str]
    version: int
    taken: int | None


class ShipmentAnswer(TypedDict):
    """The parcel of a granted prize: once it has left, its address stays; carrier and tracking come after that."""

    left: bool
    carrier: str | None
    tracking: str | None
    shipped_at: str | None


class OrderAnswer(TypedDict):
    """A draw on record; order_id is a text, since it exceeds what browsers count exactly.

    A prize with claim_by waits until then for its user, who claims it or gives a shipping address (`claimed_at`). No
    answer shows an address.
    """

    order_id: str
    activity_id: str
    tree_id: str | None
    user_id: str
    idempotency_key: str
    outcome: Outcome
    code: str
    info: str
    award: AwardAnswer | None
    strategy_mode: StrategyMode
    grant_type: GrantType
    grant_at: str | None
    grant_state: GrantState
    mq_state: MqState
    claim_by: str | None
    claimed_at: str | None
    shipment: ShipmentAnswer | None
    drawn_at: str
    proof: ProofAnswer


class OrdersAnswer(TypedDict):
    """A page of a user's draws, newest first; next is what to ask for as `after`, null on the last page.

    unreadable says how many draws are on record and cannot be shown now, on whatever page.
    """

    draws: list[OrderAnswer]
    unreadable: int
    next: str | None


class ShareAnswer(TypedDict):
    """An award with its odds; rate is a decimal, stock and stock_left are null for an unlimited one.

    grant_type says when it is granted, whatever the activity's own says of other awards. Its user claims it, or gives
    an address, within claim_seconds of the draw; later it is void, or an operator decides. null: nobody has to claim.
    """

    award_id: str
    award_type: int
    award_name: str
    rate: str
    stock: int | None
    stock_left: int | None
    unlock_after: int
    grant_type: GrantType
    claim_seconds: int | None
    unclaimed: Literal["park", "void"] | None


class CapAnswer(TypedDict):
    """Draws of all users together."""

    limit: int
    left: int


class ConditionAnswer(TypedDict):
    """A condition on a fact of the user who draws; for in, one of the values is enough."""

    fact: str
    operator: Operator
    values: list[str]


class ActivityAnswer(TypedDict):
    """An activity as anybody may see it; commitment and odds from approval on, the seed once it is revealed.

    `through` names the trees that are the only ways in, and is empty where it is drawn directly, too; of `admit` every
    condition has to hold.
    """

    activity_id: str
    activity_name: str
    activity_desc: str
    state: ActivityState
    begin: str
    end: str
    time_zone: str
    strategy_mode: StrategyMode
    grant_type: GrantType
    quotas: dict[str, int | None]
    cap: CapAnswer | None
    through: list[str]
    admit: list[ConditionAnswer]
    awards: list[ShareAnswer]
    fallback: str | None
    version: int
    commitment: str | None
    odds: str | None
    seed: str | None


class EntryAnswer(TypedDict):
    """A line of the log; hash is the SHA-256 of the others' canonical JSON, before the hash of the entry before."""

    number: int
    at: str
    who: str
    what: str
    why: str
    state_from: ActivityState | None
    state_to: ActivityState
    version: int
    changes: list[str]
    before: str
    hash: str


class LogAnswer(TypedDict):
    """A page of the log, oldest first; next is what to ask for as `after`, null on the last page.

    unreadable says how many entries of this page cannot be shown now.
    """

    entries: list[EntryAnswer]
    unreadable: int
    next: int | None


def order_answer(order: Order) -> OrderAnswer:
    """Return order as the API tells it."""
    code = "D001" if order.award is None else "0000"
    return {
        "order_id": str(order.order_id),
        "activity_id": order.activity_id,
        "tree_id": order.tree_id,
        "user_id": order.user_id,
        "idempotency_key": order.idempotency_key,
        "outcome": order.outcome,
        "code": code,
        "info": INFO[code],
        "award": None if order.award is None else _award_answer(order, order.award),
        "strategy_mode": order.strategy_mode,
        "grant_type": order.grant_type,
        "grant_at": _moment(order.grant_at),
        "grant_state": order.grant_state,
        "mq_state": order.mq_state,
        "claim_by": _moment(order.accept_by),
        "claimed_at": _moment(order.accepted_at),
        "shipment": _shipment_answer(order, order.award),
        "drawn_at": order.drawn_at.isoformat(),
        "proof": {
            "attempt": order.proof.attempt,
            "excluded": list(order.proof.excluded),
            "version": order.proof.version,
            "taken": order.proof.taken,
        },
    }


def _award_answer(order: Order, award: Award) -> AwardAnswer:
    return {
        "award_id": award.award_id,
        "award_type": award.award_type.number,
        "award_name": award.award_name,
        "award_content": _content(order, award),
    }


def _shipment_answer(order: Order, award: Award | None) -> ShipmentAnswer | None:
    if award is None or not award.award_type.addressed or order.grant_state is not GrantState.GRANTED:
        return None
    return {
        "left": order.batch is not None,
        "carrier": order.carrier,
        "tracking": order.tracking,
        "shipped_at": _moment(order.shipped_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _content(order: Order, award: Award) -> str | None:
    """Return what the winner may see by now; a code or coupon is there from its grant on."""
    granted = order.grant_state is GrantState.GRANTED
    if award.source is not None:
        return order.content if granted else None
    told = order.grant_type is GrantType.AT_ONCE and not waits_for_its_user(order)
    return award.award_content if granted or told else None


def activity_answer(activity: Activity, left: Mapping[str, int]) -> ActivityAnswer:
    """Return activity as anybody may see it: odds, stock left and commitment, but no content and nobody's name."""
    return {
        "activity_id": activity.activity_id,
        "activity_name": activity.activity_name,
        "activity_desc": activity.activity_desc,
        "state": activity.state,
        "begin": activity.begin.isoformat(),
        "end": activity.end.isoformat(),
        "time_zone": activity.time_zone,
        "strategy_mode": activity.strategy_mode,
        "grant_type": activity.grant_type,
        "quotas": {name: activity.quotas.limit(period) for name, period in PERIODS.items()},
        "cap": None if activity.cap is None else _cap_answer(activity.cap, left[CAP]),
        **_policies_answer(activity),  # type: ignore[typeddict-item]  # a test compares the fields
        "awards": [_share_answer(activity, share, left.get(share.award.award_id)) for share in activity.shares],
        "fallback": activity.fallback,
        "version": activity.version,
        "commitment": activity.commitment if activity.approved else None,
        "odds": odds_table(activity) if activity.approved else None,
        "seed": None if activity.seed is None else activity.seed.hex(),
    }


def entry_answer(entry: Entry) -> EntryAnswer:
    return {**entry_fields(entry), "hash": entry.digest}  # type: ignore[typeddict-item]  # a test compares the fields


def _cap_answer(cap: Cap, left: int) -> CapAnswer:
    return {"limit": cap.limit, "left": left}


def _policies_answer(activity: Activity) -> dict[str, object]:
    return {name: policy.plain(getattr(activity, name)) for name, policy in POLICIES.items() if policy.public}


def _share_answer(activity: Activity, share: Share, left: int | None) -> ShareAnswer:
    within = share.claim_within
    return {
        "award_id": share.award.award_id,
        "award_type": share.award.award_type.number,
        "award_name": share.award.award_name,
        "rate": rate_text(share.weight),
        "stock": share.stock,
        "stock_left": left,
        "unlock_after": share.unlock_after,
        "grant_type": activity.grant_of(share),
        "claim_seconds": None if within is None else within // SECOND,
        "unclaimed": None if within is None else "void" if share.lapses else "park",
    }
