"""Compensate: work off what is due and should have been granted by now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from tombola.flows.ports import ActivityLedger, Deadline, DueLedger, Outbox
from tombola.flows.start_and_close import start_and_close
from tombola.rules.order import LANES, PARKED, Due, MqState, Order
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Remedy, Report, Waits, choose_remedy

PAGE = 100  # entries a query, and orders a batch read
PAGES_MAX = 20  # a lane and run; the next minute takes the rest
CHUNK = 10  # orders claimed before they are sent: what a run that is killed leaves unsent
WORK_SECONDS = 15.0  # time that must be left to claim one more: to send it, mark it and report
MARK_SECONDS = 10.0  # time that must be left to mark one more
FOR_EVER = timedelta(days=36500)

Spread = Callable[[Callable[[str], "LaneReport"], Iterable[str]], Iterator["LaneReport"]]


@dataclass(slots=True)
class LaneReport:
    """What one lane held, and what was done about it."""

    oldest: datetime | None = None
    resent: int = 0
    send_failed: int = 0
    parked: list[Order] = field(default_factory=list)
    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports of compensation, built once and used by many runs."""

    ledger: DueLedger
    activities: ActivityLedger
    outbox: Outbox
    waits: Waits


def compensate(world: World, deadline: Deadline, spread: Spread, now: datetime) -> Report:
    """Start and close activities, then work off every numbered lane, oldest first, while there is time.

    spread maps over the lanes, in parallel or not. Any number of runs side by side are safe: who claims an
    order has it alone.
    """
    moved, late = start_and_close(world.activities, deadline, now)
    start = int(now.timestamp() // 60) % len(LANES)  # another lane first each minute, so that none starves
    lanes = LANES[start:] + LANES[:start]
    reports = list(spread(lambda lane: _work_off(lane, world, deadline, now), lanes))
    if all(report.busy for report in reports):
        raise BusyError("no lane could be read")
    oldest = min((report.oldest for report in reports if report.oldest), default=now)
    return Report(
        oldest_due=now - oldest,
        resent=sum(report.resent for report in reports),
        send_failed=sum(report.send_failed for report in reports),
        parked=tuple(order for report in reports for order in report.parked),
        parked_now=_parked_now(world, now),
        lanes_busy=sum(report.busy for report in reports),
        moved=moved,
        activities_late=late,
    )


def _parked_now(world: World, now: datetime) -> int | None:
    try:
        return len(world.ledger.due(PARKED, now + FOR_EVER, PAGE))
    except BusyError:
        return None  # the next run counts


def _work_off(lane: str, world: World, deadline: Deadline, now: datetime) -> LaneReport:
    report = LaneReport()
    try:
        for _ in range(PAGES_MAX):
            if not deadline.allows(WORK_SECONDS):
                break
            page = world.ledger.due(lane, now, PAGE)
            if page:
                report.oldest = min(page[0].due_at, report.oldest or page[0].due_at)
                _repair(page, report, world, deadline, now)
            if len(page) < PAGE:
                break
    except BusyError:
        report.busy = True  # this lane alone waits for the next run
    return report


def _repair(page: Sequence[Due], report: LaneReport, world: World, deadline: Deadline, now: datetime) -> None:
    orders = iter(world.ledger.orders((due.user_id, due.order_id) for due in page).values())
    while chunk := list(islice(orders, CHUNK)):
        mine = [
            claimed
            for order in chunk
            if deadline.allows(WORK_SECONDS) and (claimed := _claim(order, report, world, now))
        ]
        taken = world.outbox.publish(mine) if mine else frozenset()
        for order in mine:
            if order.order_id in taken and order.mq_state is not MqState.SENT and deadline.allows(MARK_SECONDS):
                _mark_sent(order, world, now)
        report.resent += len(taken)
        report.send_failed += len(mine) - len(taken)


def _claim(order: Order, report: LaneReport, world: World, now: datetime) -> Order | None:
    """Return order if it is claimed and is to be sent again."""
    decision = choose_remedy(order, world.waits, now)
    if decision.remedy is Remedy.NOTHING or order.due_at is None or order.due_at > now:
        return None  # the index is a moment old
    try:
        if decision.remedy is Remedy.PARK:
            if world.ledger.park(order, f"{order.failures} grants failed", now):
                report.parked.append(order)
            return None
        claimed = world.ledger.claim(order, decision.until)
    except BusyError:
        return None  # still due: the next run takes it
    return claimed if decision.remedy is Remedy.RESEND else None


def _mark_sent(order: Order, world: World, now: datetime) -> None:
    with suppress(BusyError):  # unmarked, it is sent once more: harmless
        world.ledger.mark_sent(order, now)
