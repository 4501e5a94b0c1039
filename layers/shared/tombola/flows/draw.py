"""Draw: record first, tell distribution second."""

from dataclasses import dataclass
from datetime import datetime

from tombola.flows.ports import Activities, Deadline, DrawLedger, Outbox
from tombola.rules.activity import Activity, Share, StrategyMode, refuse_draw
from tombola.rules.choice import choose
from tombola.rules.order import Order, Outcome, Proof, sending_failed, sent
from tombola.rules.problem import BusyError, Problem, another_request, quota_used_up, unknown
from tombola.rules.remedy import Waits
from tombola.rules.request import DrawRequest
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Drawn, Recorded, Repeat, ShardEmpty, Verdict

TRIES_MAX = 64  # transactions one request may try
PUBLISH_SECONDS = 2.5  # what telling may take; less left, and compensation tells
CALL_SECONDS = 5.0  # what one call to the ledger may take, the SDK's own retry included


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports of a draw, built once and used by many."""

    activities: Activities
    ledger: DrawLedger
    outbox: Outbox
    waits: Waits


@dataclass(frozen=True, slots=True)
class _Draw:
    """What stays the same however often a draw is tried."""

    request: DrawRequest
    order_id: int
    activity: Activity
    now: datetime
    first_check: datetime


def draw(request: DrawRequest, world: World, deadline: Deadline, now: datetime) -> Drawn | Problem:
    """Return the recorded draw, or why there is none; raise BusyError when asking again is all there is to do."""
    activity = world.activities.find(request.activity_id, now)
    if activity is None:
        return unknown("activity", request.activity_id)
    order_id = order_id_of(activity.activity_id, request.user_id, request.idempotency_key)
    refusal = refuse_draw(activity, now)
    if refusal is None:
        verdict = _record(_Draw(request, order_id, activity, now, now + world.waits.first_check), world, deadline)
        if isinstance(verdict, Recorded):
            return Drawn(_tell(verdict.order, world, deadline, now), repeat=False)
        if isinstance(verdict, Repeat):
            return _answer_repeat(request, verdict.order)
        refusal = quota_used_up(activity.activity_id, activity.quota or 0)
    _keep_time(deadline)
    # A retry that arrives after closing, or after the last draw, still gets what was recorded.
    recorded = world.ledger.order(request.user_id, order_id)
    return refusal if recorded is None else _answer_repeat(request, recorded)


def _record(this: _Draw, world: World, deadline: Deadline) -> Verdict:
    """Try until the transaction says something final; exclude what is sold out on the way."""
    activity, order_id = this.activity, this.order_id
    _keep_time(deadline)
    seed = world.activities.seed(activity)
    excluded = world.activities.sold_out(activity, this.now)
    attempt, shard = 0, None
    for tries in range(TRIES_MAX):
        _keep_time(deadline)
        share = choose(activity, seed, order_id, this.request.user_id, attempt, excluded)
        proof = Proof(attempt=attempt, excluded=tuple(sorted(excluded)), version=activity.version)
        try:
            verdict = world.ledger.record(_order(this, share, shard, proof), activity.quota)
        except BusyError:
            if not deadline.pause(tries):
                raise
            continue
        if not isinstance(verdict, ShardEmpty) or share is None:
            return verdict
        shard = _live_shard(this, share, world)
        if shard is None:
            world.activities.note_sold_out(activity, share.award.award_id, this.now)
            excluded |= {share.award.award_id}
            attempt += activity.strategy_mode is StrategyMode.TOTAL  # in single mode the ticket stands
    raise BusyError(f"order {order_id}: nothing final after {TRIES_MAX} tries")


def _keep_time(deadline: Deadline) -> None:
    """Raise BusyError while there is time to answer it, rather than be killed in the middle of a call."""
    if not deadline.allows(CALL_SECONDS):
        raise BusyError("too little time is left for another call")


def _order(this: _Draw, share: Share | None, shard: int | None, proof: Proof) -> Order:
    """Return the order to record; shard is one known to have units, None to take the order's own."""
    if share is not None and shard is None:
        shard = this.order_id % share.shards
    return Order(
        order_id=this.order_id,
        user_id=this.request.user_id,
        activity_id=this.activity.activity_id,
        idempotency_key=this.request.idempotency_key,
        request_hash=this.request.request_hash,
        outcome=Outcome.LOST if share is None else Outcome.WON,
        award=None if share is None else share.award,
        shard=None if share is None or share.stock is None else shard,
        strategy_mode=this.activity.strategy_mode,
        grant_type=this.activity.grant_type,
        proof=proof,
        drawn_at=this.now,
        due_at=None if share is None else this.first_check,
    )


def _live_shard(this: _Draw, share: Share, world: World) -> int | None:
    """Return a shard with units left, None when a read of all of them shows zero."""
    left = world.ledger.stock_left(this.activity.activity_id, [share])[share.award.award_id]
    live = [number for number, units in enumerate(left) if units > 0]
    return live[this.order_id % len(live)] if live else None


def _answer_repeat(request: DrawRequest, order: Order) -> Drawn | Problem:
    if order.request_hash != request.request_hash:
        return another_request()
    return Drawn(order, repeat=True)


def _tell(order: Order, world: World, deadline: Deadline, now: datetime) -> Order:
    """Publish the invoice and mark it; nothing here can fail the draw, since compensation repairs it all."""
    if order.award is None or not deadline.allows(PUBLISH_SECONDS):
        return order
    try:
        published = bool(world.outbox.publish([order]))
        if not deadline.allows(CALL_SECONDS):
            return order  # unmarked, the message is sent once more: harmless
        if published:
            return sent(order, now) if world.ledger.mark_sent(order, now) else order
        return sending_failed(order, now) if world.ledger.mark_failed(order, now) else order
    except BusyError:
        return order
