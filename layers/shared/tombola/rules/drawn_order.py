"""Which order does a draw write, by what it knows so far?"""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tombola.rules.activity import CAP, Activity, GrantType, Share
from tombola.rules.choice import choose, fallback_of
from tombola.rules.order import Order, Outcome, Proof
from tombola.rules.request import DrawRequest
from tombola.rules.stock import shard_of
from tombola.rules.window import grant_at
from tombola.rules.wins import win_of

OWN = -1  # instead of a shard that was found: the draw's own


@dataclass(slots=True)
class Draw:
    """A request on its way to an order: what stays the same, and what its tries have taught it."""

    request: DrawRequest
    order_id: int
    activity: Activity
    zone: tzinfo
    now: datetime
    first_check: datetime  # when compensation looks at a prize that is due at once
    sold_out: frozenset[str]
    seed: bytes = b""  # until it is opened
    taken: int | None = None  # the user's draws before; None while they are not counted, and where no award is locked
    attempt: int = 0
    shard: int = OWN
    cap_shard: int = OWN


def order_of(draw: Draw) -> Order:
    """Return the order that says what the ticket wins, as far as is known now."""
    activity = draw.activity
    excluded = draw.sold_out if draw.taken is None else draw.sold_out | activity.locked(draw.taken)
    won = choose(activity, draw.seed, draw.order_id, draw.request.user_id, draw.attempt, excluded)
    share = won or fallback_of(activity)
    proof = Proof(attempt=draw.attempt, excluded=tuple(sorted(excluded)), version=activity.version, taken=draw.taken)
    outcome = Outcome.LOST if share is None else Outcome.FALLBACK if won is None else Outcome.WON
    return _order(draw, share, outcome, proof)


def _order(draw: Draw, share: Share | None, outcome: Outcome, proof: Proof) -> Order:
    activity, target = draw.activity, draw.request.target
    grant_type = activity.grant_type if share is None else activity.grant_of(share)
    due = grant_at(activity, share, draw.now) if share is not None else None
    within = None if share is None else share.claim_within
    accept_by = None if within is None else draw.now + within
    return Order(
        order_id=draw.order_id,
        user_id=draw.request.user_id,
        activity_id=activity.activity_id,
        tree_id=target.name if target.kind == "tree" else None,
        idempotency_key=draw.request.idempotency_key,
        request_hash=draw.request.request_hash,
        outcome=outcome,
        award=None if share is None else share.award,
        shard=None
        if share is None or share.stock is None
        else _shard(draw, share.award.award_id, share.shards, draw.shard),
        cap_shard=None if activity.cap is None else _shard(draw, CAP, activity.cap.shards, draw.cap_shard),
        strategy_mode=activity.strategy_mode,
        grant_type=grant_type,
        proof=proof,
        drawn_at=draw.now,
        win=None if share is None else win_of(activity.activity_id, draw.seed, draw.order_id, activity.win_shards),
        grant_at=due,
        due_at=None if share is None else accept_by or due or draw.first_check,
        wake=share is not None and grant_type is GrantType.AT_ONCE and accept_by is None,
        accept_by=accept_by,
        lapses=share is not None and share.lapses,
    )


def _shard(draw: Draw, stock: str, shards: int, found: int) -> int:
    """Return the shard that was found to have units, or else the draw's own."""
    return shard_of(draw.seed, draw.order_id, stock, shards) if found == OWN else found
