"""Draw: record first, tell distribution second. rules/draw_machine.py decides from try to try."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tombola.flows.find import find_activity
from tombola.flows.ports import Activities, Deadline, DrawLedger, Outbox
from tombola.flows.repeat import answer_repeat, read_after, with_error
from tombola.flows.tell import CALL_SECONDS, keep_time, tell
from tombola.rules import draw_steps as step
from tombola.rules.activity import Activity
from tombola.rules.admission import refuse_draw
from tombola.rules.draw_machine import TRIES_MAX, DrawMachine
from tombola.rules.drawn_order import Draw
from tombola.rules.problem import BusyError, OwnItemsBusyError, Problem
from tombola.rules.remedy import Waits
from tombola.rules.request import DrawRequest
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Drawn, Recorded, Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPorts:
    """The ports of a draw, built once and used by many."""

    activities: Activities
    ledger: DrawLedger
    outbox: Outbox
    waits: Waits


def draw(request: DrawRequest, ports: DrawPorts, deadline: Deadline, now: datetime) -> Drawn | Problem:
    """Return the recorded draw, or why there is none; raise BusyError when asking again is all there is to do.

    A repeat gets its recorded answer even if all else is broken: the record is told, or that nobody knows.
    """
    order_id = order_id_of(request.target.scope, request.user_id, request.idempotency_key)
    result: Drawn | Problem | Exception
    try:
        result = _draw_anew(request, order_id, ports, deadline, now)
    except Exception as error:  # noqa: BLE001 - raised below, or told with what is on record
        result = error
    if isinstance(result, Drawn):
        return result
    # A retry that arrives after closing, or after the last draw, still gets what was recorded.
    recorded = read_after(result, request, order_id, ports.ledger, deadline)
    if recorded is not None:
        return with_error(answer_repeat(request, recorded, ports.outbox, ports.ledger, deadline, now), result)
    if isinstance(result, Exception):
        raise result
    return result


def _draw_anew(
    request: DrawRequest, order_id: int, ports: DrawPorts, deadline: Deadline, now: datetime
) -> Drawn | Problem:
    activity = find_activity(request, ports.activities, now)
    if isinstance(activity, Problem):
        return activity
    refusal = refuse_draw(activity, request, now)
    if refusal is not None:
        return refusal
    keep_time(deadline)
    end = _run(_begin(request, order_id, activity, ports, now), ports, deadline)
    if isinstance(end, Recorded):
        return Drawn(tell(end.order, ports.outbox, ports.ledger, deadline, now), repeat=False)
    if isinstance(end, Repeat):
        return answer_repeat(request, end.order, ports.outbox, ports.ledger, deadline, now)
    if isinstance(end, Problem):
        return end
    raise BusyError(f"order {order_id}: nothing final after {TRIES_MAX} tries")


def _begin(request: DrawRequest, order_id: int, activity: Activity, ports: DrawPorts, now: datetime) -> DrawMachine:
    zone, first_check = ZoneInfo(activity.time_zone), now + ports.waits.first_check
    sold_out = ports.activities.sold_out(activity, now)
    looks_first = ports.activities.looks_first(request.user_id, now)
    return DrawMachine(Draw(request, order_id, activity, zone, now, first_check, sold_out), looks_first=looks_first)


def _run(machine: DrawMachine, ports: DrawPorts, deadline: Deadline) -> step.End:
    """Do what the machine wants and tell it what came of that, until it has an end."""
    while not isinstance(machine.wants, step.ENDS):
        machine.told(_do(machine.wants, machine.tries, ports, deadline))
    return machine.wants


def _do(want: step.Want, tries: int, ports: DrawPorts, deadline: Deadline) -> step.Outcome:
    if isinstance(want, step.ASKS):
        return _ask(want, tries, ports.ledger, deadline)
    match want:
        case step.OpenSeed(activity):
            return step.Opened(ports.activities.seed(activity))
        case step.NoteSoldOut(activity, stocks, at):
            for stock in stocks:
                ports.activities.note_sold_out(activity, stock, at)
        case step.NoteLooksFirst():
            ports.activities.note_looks_first(*want)
    return step.Noted()


def _ask(want: step.Ask, tries: int, ledger: DrawLedger, deadline: Deadline) -> step.Outcome:
    """Ask the ledger; wait a moment where it is busy, and raise that BusyError if no time is left to ask again."""
    try:
        keep_time(deadline)
        match want:
            case step.Record():
                return ledger.record(*want)
            case step.ReadStock(activity_id, shards):
                return step.Left(ledger.stock_left(activity_id, shards))
            case step.LookAtCounters():
                return step.Counted(ledger.counters(*want))
            case step.LookAtRecord():
                return step.Seen(*ledger.order_and_counters(*want))
    except BusyError as error:
        if not (deadline.allows(CALL_SECONDS) and deadline.pause(tries) and deadline.allows(CALL_SECONDS)):
            raise
        return step.Busy(by_own_draw=isinstance(error, OwnItemsBusyError))
