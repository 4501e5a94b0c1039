"""Draw: record first, tell distribution second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from tombola.flows.find import find_activity
from tombola.flows.ports import Activities, Deadline, DrawLedger, Outbox
from tombola.flows.tell import CALL_SECONDS, tell
from tombola.rules.activity import CAP, Activity, Share
from tombola.rules.admission import refuse_draw
from tombola.rules.choice import choose, fallback_of
from tombola.rules.odds import StrategyMode
from tombola.rules.order import MqState, Order, Outcome, Proof, is_waiting
from tombola.rules.problem import (
    BusyError,
    OwnItemsBusyError,
    Problem,
    another_request,
    cap_reached,
    quota_used_up,
    unreadable,
)
from tombola.rules.quota import TAKEN, count_of, renews_at, used_up
from tombola.rules.remedy import Waits
from tombola.rules.request import DrawRequest
from tombola.rules.stock import live_shard_of, shard_of
from tombola.rules.ticket import order_id_of
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import (
    CapShardEmpty,
    CountMoved,
    Drawn,
    QuotaUsedUp,
    Recorded,
    Repeat,
    ShardEmpty,
    Verdict,
)
from tombola.rules.window import grant_at

TRIES_MAX = 64  # transactions one request may try


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports of a draw, built once and used by many."""

    activities: Activities
    ledger: DrawLedger
    outbox: Outbox
    waits: Waits


@dataclass(slots=True)
class _Draw:
    """A request on its way to an order: what stays the same, and what its tries have found out."""

    request: DrawRequest
    order_id: int
    activity: Activity
    seed: bytes
    now: datetime
    first_check: datetime
    sold_out: frozenset[str]
    looks_first: bool  # not yet done
    taken: int | None = None  # the user's draws before, where awards are locked by them
    attempt: int = 0
    shard: int | None = None  # one that was seen to have units; None takes the draw's own
    cap_shard: int | None = None


def draw(request: DrawRequest, world: World, deadline: Deadline, now: datetime) -> Drawn | Problem:
    """Return the recorded draw, or why there is none; raise BusyError when asking again is all there is to do.

    A repeat gets its recorded answer whatever else is broken: only what is on record is said, or that nobody knows.
    """
    order_id = order_id_of(request.target.scope, request.user_id, request.idempotency_key)
    failure: Exception | None = None
    result: Drawn | Problem | None = None
    try:
        result = _draw_anew(request, order_id, world, deadline, now)
    except Exception as error:  # noqa: BLE001 - raised below, where nothing is on record
        failure = error
    if isinstance(result, Drawn):
        return result
    # A retry that arrives after closing, or after the last draw, still gets what was recorded.
    recorded = _recorded(request.user_id, order_id, world, deadline)
    if recorded is not None:
        return _answer_repeat(request, recorded, world, deadline, now)
    if result is None:
        raise failure or BusyError(f"order {order_id}: nothing final after {TRIES_MAX} tries")
    return result


def _draw_anew(
    request: DrawRequest, order_id: int, world: World, deadline: Deadline, now: datetime
) -> Drawn | Problem | None:
    """Return the draw, or its refusal; None if no try said anything final."""
    activity = find_activity(request, world.activities, now)
    if isinstance(activity, Problem):
        return activity
    refusal = refuse_draw(activity, request, now)
    if refusal is not None:
        return refusal
    verdict = _record(request, order_id, activity, world, deadline, now)
    if isinstance(verdict, Recorded):
        return Drawn(tell(verdict.order, world.outbox, world.ledger, deadline, now), repeat=False)
    if isinstance(verdict, Repeat):
        return _answer_repeat(request, verdict.order, world, deadline, now)
    return _refusal(verdict, activity, now)


def _recorded(user_id: str, order_id: int, world: World, deadline: Deadline) -> Order | Unreadable | None:
    """Return what is on record, however slow the table is within the time there is."""
    for tries in range(TRIES_MAX):
        _keep_time(deadline)
        try:
            return world.ledger.order(user_id, order_id)
        except BusyError:
            if not deadline.pause(tries):
                raise
    raise BusyError(f"order {order_id}: not read in {TRIES_MAX} tries")


def _record(
    request: DrawRequest, order_id: int, activity: Activity, world: World, deadline: Deadline, now: datetime
) -> Verdict | None:
    """Try until the transaction says something final; None if that takes more tries than it may."""
    _keep_time(deadline)
    sold_out = world.activities.sold_out(activity, now)
    if CAP in sold_out:
        return CapShardEmpty()
    seed, first_check = world.activities.seed(activity), now + world.waits.first_check
    looks_first = world.activities.looks_first(request.user_id, now)
    this = _Draw(request, order_id, activity, seed, now, first_check, sold_out, looks_first)
    zone = ZoneInfo(activity.time_zone)
    for tries in range(TRIES_MAX):
        try:
            verdict = _try(this, world, deadline, zone)
        except BusyError as error:
            this.looks_first |= isinstance(error, OwnItemsBusyError)
            if not deadline.allows(CALL_SECONDS) or not deadline.pause(tries):
                raise
            continue
        if isinstance(verdict, QuotaUsedUp | Repeat):
            world.activities.note_looks_first(request.user_id, now)
        if verdict is not None:
            return verdict
    return None


def _try(this: _Draw, world: World, deadline: Deadline, zone: tzinfo) -> Verdict | None:
    """Return what reads, or else one transaction, say; None if another may say something else."""
    seen = _look(this, world, deadline, zone)
    if seen is not None:
        return seen
    _keep_time(deadline)
    share, order = _decide(this)
    verdict = world.ledger.record(order, count_of(this.activity.quotas, zone, this.now, this.taken))
    return None if _goes_on(this, verdict, share, world, deadline) else verdict


def _look(this: _Draw, world: World, deadline: Deadline, zone: tzinfo) -> QuotaUsedUp | Repeat | None:
    """Return what reads alone can tell: a transaction holds what others wait for, also when it is cancelled.

    A hint refuses nobody. Nobody is refused for a draw that is this one: its order is read with what it counted.
    """
    activity = this.activity
    if not this.looks_first and (this.taken is not None or not activity.has_locks):
        return None
    _keep_time(deadline)
    recorded, counters = _seen(this, world)
    if recorded is not None:
        return Repeat(recorded)
    periods = used_up(count_of(activity.quotas, zone, this.now), counters)
    if periods and not this.looks_first:
        this.looks_first = True
        return _look(this, world, deadline, zone)
    this.looks_first = False
    if periods:
        return QuotaUsedUp(periods)
    if activity.has_locks and this.taken != counters.get(TAKEN, 0):
        this.taken, this.shard = counters.get(TAKEN, 0), None  # a shard that was found may be another award's
    return None


def _seen(this: _Draw, world: World) -> tuple[Order | Unreadable | None, Mapping[str, int]]:
    """Return this draw's order, if it is looked for, and what its user's draws have counted at the same moment."""
    user_id, activity_id = this.request.user_id, this.activity.activity_id
    if this.looks_first:
        return world.ledger.order_and_counters(user_id, this.order_id, activity_id)
    return None, world.ledger.counters(user_id, activity_id)


def _decide(this: _Draw) -> tuple[Share | None, Order]:
    """Return what the ticket wins, and the order that says so."""
    activity = this.activity
    excluded = this.sold_out if this.taken is None else this.sold_out | activity.locked(this.taken)
    won = choose(activity, this.seed, this.order_id, this.request.user_id, this.attempt, excluded)
    share = won or fallback_of(activity)
    proof = Proof(attempt=this.attempt, excluded=tuple(sorted(excluded)), version=activity.version, taken=this.taken)
    outcome = Outcome.LOST if share is None else Outcome.FALLBACK if won is None else Outcome.WON
    return share, _order(this, share, outcome, proof)


def _order(this: _Draw, share: Share | None, outcome: Outcome, proof: Proof) -> Order:
    activity, target = this.activity, this.request.target
    due = grant_at(activity, this.now) if share is not None else None
    return Order(
        order_id=this.order_id,
        user_id=this.request.user_id,
        activity_id=activity.activity_id,
        tree_id=target.name if target.kind == "tree" else None,
        idempotency_key=this.request.idempotency_key,
        request_hash=this.request.request_hash,
        outcome=outcome,
        award=None if share is None else share.award,
        shard=None
        if share is None or share.stock is None
        else _shard(this, share.award.award_id, share.shards, this.shard),
        cap_shard=None if activity.cap is None else _shard(this, CAP, activity.cap.shards, this.cap_shard),
        strategy_mode=activity.strategy_mode,
        grant_type=activity.grant_type,
        proof=proof,
        drawn_at=this.now,
        grant_at=due,
        due_at=None if share is None else due or this.first_check,
    )


def _shard(this: _Draw, stock: str, shards: int, live: int | None) -> int:
    """Return the shard that was seen to have units, or else the draw's own."""
    return shard_of(this.seed, this.order_id, stock, shards) if live is None else live


def _goes_on(this: _Draw, verdict: Verdict, share: Share | None, world: World, deadline: Deadline) -> bool:
    """Note what verdict tells of the world; return whether another try may end otherwise."""
    if isinstance(verdict, CountMoved):
        this.taken = None  # another count may unlock another award
        return True
    if isinstance(verdict, CapShardEmpty | ShardEmpty):
        _keep_time(deadline)
    if isinstance(verdict, CapShardEmpty):
        return _finds_cap_shard(this, world)
    if not isinstance(verdict, ShardEmpty) or share is None:
        return False
    # In total mode a sold-out award changes everybody's odds: whatever else is sold out is learned in the same read.
    total_mode = this.activity.strategy_mode is StrategyMode.TOTAL
    award_id, shards = share.award.award_id, this.activity.shards
    asked = {name: shards[name] for name in shards if name == award_id or (total_mode and name != CAP)}
    left = world.ledger.stock_left(this.activity.activity_id, asked)
    this.shard = live_shard_of(this.seed, this.order_id, award_id, left[award_id])
    if this.shard is None:
        gone = frozenset(name for name, units in left.items() if not any(units))
        for name in sorted(gone):
            world.activities.note_sold_out(this.activity, name, this.now)
        this.sold_out |= gone
        this.attempt += total_mode  # in single mode the ticket stands
    return True


def _finds_cap_shard(this: _Draw, world: World) -> bool:
    shards = this.activity.shards[CAP]
    left = world.ledger.stock_left(this.activity.activity_id, {CAP: shards})[CAP]
    this.cap_shard = live_shard_of(this.seed, this.order_id, CAP, left)
    if this.cap_shard is None:
        world.activities.note_sold_out(this.activity, CAP, this.now)
    return this.cap_shard is not None


def _refusal(verdict: Verdict | None, activity: Activity, now: datetime) -> Problem | None:
    if isinstance(verdict, QuotaUsedUp):
        period = verdict.periods[0]
        renews = renews_at(period, ZoneInfo(activity.time_zone), now)
        return quota_used_up(activity.activity_id, period, activity.quotas.limit(period) or 0, renews)
    if isinstance(verdict, CapShardEmpty) and activity.cap is not None:
        return cap_reached(activity.activity_id, activity.cap.limit)
    return None


def _keep_time(deadline: Deadline) -> None:
    """Raise BusyError while there is time to answer it, rather than be killed in the middle of a call."""
    if not deadline.allows(CALL_SECONDS):
        raise BusyError("too little time is left for another call")


def _answer_repeat(
    request: DrawRequest, order: Order | Unreadable, world: World, deadline: Deadline, now: datetime
) -> Drawn | Problem:
    if isinstance(order, Unreadable):
        return unreadable("order", str(order_id_of(request.target.scope, request.user_id, request.idempotency_key)))
    if order.request_hash != request.request_hash:
        return another_request()
    # Never sent, so the first answer was lost, or is on its way: a second message is harmless.
    unsent = order.mq_state is MqState.NOT_SENT and is_waiting(order)
    return Drawn(tell(order, world.outbox, world.ledger, deadline, now) if unsent else order, repeat=True)
