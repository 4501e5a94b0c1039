"""What does a draw do next, after all that it was told?"""

# How a draw gets to its end
# ==========================
#
# At first a draw knows its request, its activity and two hints. A try decides by what is known, and writes that in one
# transaction. The ledger's verdict is the end of the draw, or it teaches the draw something, and the next try decides
# anew.
#
# The machine holds what is known. `wants` is the one thing to be done next; `told` takes what came of it. The machine
# reads and writes nothing and has no clock: its flow does the want, and waits while the ledger is busy.
# ANSWERS has every outcome that may answer a want, and the function that learns from it. Any other outcome is a mistake
# of the flow that runs the machine.
#
# The lesson of each outcome
# --------------------------
#
#   Opened         The seed, so that the tries can begin. Where a hint says that the cap is reached, nobody needs it.
#   Recorded       The end.
#   Repeat         The end: an earlier request has recorded this draw. The user's next draw looks before it tries.
#   QuotaUsedUp    The end: a refusal. The user's next draw looks before it tries.
#   CountMoved     The user has drawn meanwhile. The next try counts anew, since that may have unlocked an award.
#   ShardEmpty     The award is sold out, or has its units in other shards: all of them are read. In total mode a
#                  sold-out award changes everybody's odds, so that the shards of all awards are read at once.
#   CapShardEmpty  The same of the cap.
#   Left           A shard that has units: the next try takes one there. Or there is none. Then the cap is reached,
#                  which is the end; an award is excluded from now on. In single mode its ticket stands, in total mode
#                  the next attempt draws anew. Other draws are given a hint.
#   Counted        How often the user has drawn, which unlocks awards. Or a quota is used up, perhaps by this very draw:
#                  nobody is refused by counters alone, and the order is read together with them.
#   Seen           The order is on record, or a quota is used up: both are the end. Or else what Counted teaches.
#   Busy           Nothing, not even whether something was written. Where another draw of the same user was in the way,
#                  the next try looks first, since that may be this very draw.
#   Noted          Nothing: hints are for other draws.
#
# Why it ends
# -----------
#
# Within one try the asks have an order, and none comes twice: LookAtCounters, LookAtRecord, Record, ReadStock. So a try
# is ASKS_MAX calls at most. From try to try only exclusion makes sure progress, as there are only so many awards. All
# else can go on for ever: others empty each shard that is found, the user draws beside this draw, the ledger is busy.
# So tries are counted, and after TRIES_MAX of them the draw gives up: ASKS_MAX * TRIES_MAX calls are the most that one
# request can cost. The flow has a deadline, which ends a draw long before.

from collections.abc import Callable, Mapping
from typing import Any

from tombola.rules.activity import CAP
from tombola.rules.draw_steps import (
    Busy,
    Counted,
    End,
    GiveUp,
    Left,
    LookAtCounters,
    LookAtRecord,
    Noted,
    NoteLooksFirst,
    NoteSoldOut,
    Opened,
    OpenSeed,
    Outcome,
    ReadStock,
    Record,
    Seen,
    Want,
)
from tombola.rules.drawn_order import OWN, Draw, order_of
from tombola.rules.odds import StrategyMode
from tombola.rules.problem import Problem, cap_reached, quota_used_up
from tombola.rules.quota import TAKEN, Period, count_of, renews_at, used_up
from tombola.rules.stock import live_shard_of
from tombola.rules.verdict import CapShardEmpty, CountMoved, QuotaUsedUp, Recorded, Repeat, ShardEmpty

TRIES_MAX = 64  # transactions one request may try
ASKS_MAX = 4  # of one try


class DrawMachine:
    """One request, from its first try to its end."""

    __slots__ = ("award_id", "draw", "empty", "looks_first", "then", "tries", "wants")

    def __init__(self, draw: Draw, *, looks_first: bool) -> None:
        self.draw = draw
        self.looks_first = looks_first  # before the next transaction
        self.tries = 0  # that said nothing final
        self.award_id = ""  # of which the last try was to take a unit, "" of none
        self.empty = ""  # the award, or the cap, whose shards are read
        self.wants: Want | End = _cap_end(draw) if CAP in draw.sold_out else OpenSeed(draw.activity)
        self.then: Want | End = self.wants  # after a note

    def told(self, outcome: Outcome) -> None:
        """Learn what came of the last want; raise ValueError if that does not answer it."""
        learn = ANSWERS.get((type(self.wants), type(outcome)))
        if learn is None:
            raise ValueError(f"{type(outcome).__name__} does not answer {type(self.wants).__name__}")
        self.wants = learn(self, outcome)


def _opened(machine: DrawMachine, opened: Opened) -> Want:
    machine.draw.seed = opened.seed
    return _go_on(machine)


def _recorded(_: DrawMachine, recorded: Recorded) -> End:
    return recorded


def _repeated(machine: DrawMachine, repeat: Repeat) -> Want:
    return _note_looks_first(machine, repeat)


def _used_up(machine: DrawMachine, refusal: QuotaUsedUp) -> Want:
    activity, period = machine.draw.activity, refusal.periods[0]
    limit, renews = activity.quotas.limit(period) or 0, renews_at(period, machine.draw.zone, machine.draw.now)
    return _note_looks_first(machine, quota_used_up(activity.activity_id, period, limit, renews))


def _count_moved(machine: DrawMachine, _: CountMoved) -> Want | End:
    machine.draw.taken = None
    return _try_again(machine)


def _shard_empty(machine: DrawMachine, _: ShardEmpty) -> Want:
    activity, machine.empty = machine.draw.activity, machine.award_id
    awards = {name: count for name, count in activity.shards.items() if name != CAP}
    total_mode = activity.strategy_mode is StrategyMode.TOTAL
    return ReadStock(activity.activity_id, awards if total_mode else {machine.empty: awards[machine.empty]})


def _cap_shard_empty(machine: DrawMachine, _: CapShardEmpty) -> Want:
    activity, machine.empty = machine.draw.activity, CAP
    return ReadStock(activity.activity_id, {CAP: activity.shards[CAP]})


def _left(machine: DrawMachine, left: Left) -> Want | End:
    draw, stock = machine.draw, machine.empty
    shard = live_shard_of(draw.seed, draw.order_id, stock, left.units[stock])
    if shard is None:
        return _cap_reached(machine) if stock == CAP else _sold_out(machine, left.units)
    if stock == CAP:
        draw.cap_shard = shard
    else:
        draw.shard = shard
    return _try_again(machine)


def _cap_reached(machine: DrawMachine) -> Want:
    return _note_sold_out(machine, (CAP,), _cap_end(machine.draw))


def _sold_out(machine: DrawMachine, units: Mapping[str, tuple[int, ...]]) -> Want:
    draw, gone = machine.draw, tuple(sorted(name for name, left in units.items() if not any(left)))
    draw.sold_out, draw.shard = draw.sold_out.union(gone), OWN
    draw.attempt += draw.activity.strategy_mode is StrategyMode.TOTAL
    return _note_sold_out(machine, gone, _try_again(machine))


def _counted(machine: DrawMachine, counted: Counted) -> Want:
    if _periods_used_up(machine.draw, counted.counters):
        machine.looks_first = True
    else:
        _learn_count(machine.draw, counted.counters)
    return _go_on(machine)


def _seen(machine: DrawMachine, seen: Seen) -> Want:
    if seen.order is not None:
        return _repeated(machine, Repeat(seen.order))
    periods = _periods_used_up(machine.draw, seen.counters)
    if periods:
        return _used_up(machine, QuotaUsedUp(periods))
    machine.looks_first = False
    _learn_count(machine.draw, seen.counters)
    return _go_on(machine)


def _busy(machine: DrawMachine, busy: Busy) -> Want | End:
    machine.looks_first |= busy.by_own_draw
    return _try_again(machine)


def _noted(machine: DrawMachine, _: Noted) -> Want | End:
    return machine.then


ANSWERS: dict[tuple[type, type], Callable[[DrawMachine, Any], Want | End]] = {
    (OpenSeed, Opened): _opened,
    (LookAtCounters, Counted): _counted,
    (LookAtCounters, Busy): _busy,
    (LookAtRecord, Seen): _seen,
    (LookAtRecord, Busy): _busy,
    (Record, Recorded): _recorded,
    (Record, Repeat): _repeated,
    (Record, QuotaUsedUp): _used_up,
    (Record, CountMoved): _count_moved,
    (Record, CapShardEmpty): _cap_shard_empty,
    (Record, ShardEmpty): _shard_empty,
    (Record, Busy): _busy,
    (ReadStock, Left): _left,
    (ReadStock, Busy): _busy,
    (NoteSoldOut, Noted): _noted,
    (NoteLooksFirst, Noted): _noted,
}


def _go_on(machine: DrawMachine) -> Want:
    """Return what is still to be known before this try's transaction, or else that."""
    draw = machine.draw
    user_id, activity = draw.request.user_id, draw.activity
    if machine.looks_first:
        return LookAtRecord(user_id, draw.order_id, activity.activity_id)
    if draw.taken is None and activity.has_locks:
        return LookAtCounters(user_id, activity.activity_id)
    order = order_of(draw)
    machine.award_id = "" if order.award is None else order.award.award_id
    return Record(order, count_of(activity.quotas, draw.zone, draw.now, draw.taken))


def _try_again(machine: DrawMachine) -> Want | End:
    machine.tries += 1
    return GiveUp(machine.tries) if machine.tries >= TRIES_MAX else _go_on(machine)


def _periods_used_up(draw: Draw, counters: Mapping[str, int]) -> tuple[Period, ...]:
    return used_up(count_of(draw.activity.quotas, draw.zone, draw.now), counters)


def _learn_count(draw: Draw, counters: Mapping[str, int]) -> None:
    taken = counters.get(TAKEN, 0)
    if draw.activity.has_locks and draw.taken != taken:
        draw.taken, draw.shard = taken, OWN  # a shard that was found may be another award's


def _cap_end(draw: Draw) -> Problem | GiveUp:
    cap = draw.activity.cap  # None: a hint of a cap that is taken away meanwhile says nothing
    return GiveUp(0) if cap is None else cap_reached(draw.activity.activity_id, cap.limit)


def _note_sold_out(machine: DrawMachine, stocks: tuple[str, ...], then: Want | End) -> Want:
    machine.then = then
    return NoteSoldOut(machine.draw.activity, stocks, machine.draw.now)


def _note_looks_first(machine: DrawMachine, then: End) -> Want:
    machine.then = then
    return NoteLooksFirst(machine.draw.request.user_id, machine.draw.now)
