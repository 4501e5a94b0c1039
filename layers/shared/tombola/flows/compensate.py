"""Compensate: work off what is due and should have been granted by now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from tombola.flows.ports import ActivityLedger, Deadline, DueLedger, Lanes, Outbox
from tombola.flows.set_aside import FAR, look_again, set_aside, what_never_comes
from tombola.flows.start_and_close import start_and_close
from tombola.rules.due import ACTIVITIES, Standing
from tombola.rules.order import LANES, PARKED, MqState, Order, parked
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Remedy, Report, Waits, choose_remedy
from tombola.rules.unreadable import UNREADABLE, Unreadable, why_misplaced
from tombola.rules.verdict import Sent

PAGE = 100  # entries a query, and orders a batch read
PAGES_MAX = 20  # a lane and run; the next minute takes the rest
CHUNK = 10  # orders claimed before they are sent: what a run that is killed leaves unsent
WORK_SECONDS = 15.0  # time that must be left to claim one more: to send it, mark it and report
MARK_SECONDS = 10.0  # time that must be left to mark one more

Spread = Callable[[Callable[[str], "LaneReport"], Iterable[str]], Iterator["LaneReport"]]


@dataclass(slots=True)
class LaneReport:
    """What one lane held, and what was done about it."""

    oldest: datetime | None = None
    resent: int = 0
    send_failed: int = 0
    parked: list[Order] = field(default_factory=list)
    set_aside: list[Unreadable] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports of compensation, built once and used by many runs."""

    ledger: DueLedger
    lanes: Lanes
    activities: ActivityLedger
    outbox: Outbox
    waits: Waits


def compensate(world: World, deadline: Deadline, spread: Spread, now: datetime) -> Report:
    """Start and close activities, then work off every numbered lane, oldest first, while there is time.

    spread maps over the lanes, in parallel or not. Any number of runs side by side are safe: who claims an
    order has it alone. An error that nobody foresaw keeps one order, or one lane, from being worked on and no other.
    """
    starts = start_and_close(world.activities, world.lanes, deadline, now)
    minute = int(now.timestamp() // 60)
    start = minute % len(LANES)  # another lane first each minute, so that none starves
    lanes = LANES[start:] + LANES[:start]
    reports = list(spread(lambda lane: _work_off(lane, world, deadline, now), lanes))
    if all(report.busy for report in reports):
        raise BusyError("no lane could be read")
    everywhere, errors = (*LANES, ACTIVITIES), list(starts.errors)
    never = what_never_comes(world.lanes, everywhere[minute % len(everywhere)], deadline, errors, now)
    oldest = min((report.oldest for report in reports if report.oldest), default=now)
    return Report(
        oldest_due=now - oldest,
        resent=sum(report.resent for report in reports),
        send_failed=sum(report.send_failed for report in reports),
        parked=tuple(order for report in reports for order in report.parked),
        parked_now=_standing_in(PARKED, world, now),
        lanes_busy=sum(report.busy for report in reports),
        moved=starts.moved,
        activities_late=starts.late,
        set_aside=(*starts.set_aside, *never, *(item for report in reports for item in report.set_aside)),
        given_back=look_again(world.lanes, deadline, errors, now),
        unreadable_now=_standing_in(UNREADABLE, world, now),
        errors=(*errors, *(error for report in reports for error in report.errors)),
    )


def _standing_in(lane: str, world: World, now: datetime) -> int | None:
    """Return how many items stand in lane, up to a page."""
    try:
        return len(world.lanes.due(lane, now + FAR, PAGE).entries)
    except BusyError:
        return None  # the next run counts


def _work_off(lane: str, world: World, deadline: Deadline, now: datetime) -> LaneReport:
    report, page = LaneReport(), None
    try:
        for _ in range(PAGES_MAX):
            if not deadline.allows(WORK_SECONDS):
                break
            page = world.lanes.due(lane, now, PAGE, page)
            orders = _orders_of(page.entries, report, world, deadline, now)
            if orders:
                report.oldest = min(orders[0][0].at or now, report.oldest or now)
            _repair([order for _, order in orders], report, world, deadline, now)
            if page.then is None:
                break
    except BusyError:
        report.busy = True  # this lane alone waits for the next run
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the other lanes are worked off
        report.errors.append(error)
    return report


def _orders_of(
    entries: Sequence[Standing], report: LaneReport, world: World, deadline: Deadline, now: datetime
) -> list[tuple[Standing, Order]]:
    """Return the orders among entries that are to be worked on; set aside whatever else is in the way."""
    orders: list[tuple[Standing, Order]] = []
    for entry, item in world.lanes.standing(entries):
        because = item.because if isinstance(item, Unreadable) else why_misplaced(item, entry.lane)
        if because is not None and deadline.allows(MARK_SECONDS):
            report.set_aside += set_aside(world.lanes, entry, because, report.errors, now)
        elif because is None and isinstance(item, Order):
            orders.append((entry, item))
    return orders


def _repair(orders: Sequence[Order], report: LaneReport, world: World, deadline: Deadline, now: datetime) -> None:
    remaining = iter(orders)
    while chunk := list(islice(remaining, CHUNK)):
        mine = [
            claimed
            for order in chunk
            if deadline.allows(WORK_SECONDS) and (claimed := _claim(order, report, world, now))
        ]
        sent = world.outbox.publish(mine) if mine else Sent()
        for order in mine:
            if order.order_id in sent.refused:
                _park(order, "the transport does not take its invoice", report, world, now)
            elif order.order_id in sent.taken and order.mq_state is not MqState.SENT and deadline.allows(MARK_SECONDS):
                _mark_sent(order, world, now)
        report.resent += len(sent.taken)
        report.send_failed += len(mine) - len(sent.taken)


def _claim(order: Order, report: LaneReport, world: World, now: datetime) -> Order | None:
    """Return order if it is claimed and is to be sent again."""
    if order.due_at is None or order.due_at > now:
        return None  # the index is a moment old
    try:
        decision = choose_remedy(order, world.waits, now)
        if decision.remedy is Remedy.PARK:
            _park(order, decision.because, report, world, now)
            return None
        claimed = world.ledger.claim(order, decision.until)
    except BusyError:
        return None  # still due: the next run takes it
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the orders behind it are worked on
        report.errors.append(error)
        return None
    return claimed if decision.remedy is Remedy.RESEND and isinstance(claimed, Order) else None


def _park(order: Order, because: str, report: LaneReport, world: World, now: datetime) -> None:
    with suppress(BusyError):  # still due: the next run parks it
        if world.ledger.park(order, because, now):
            report.parked.append(parked(order, because, now))


def _mark_sent(order: Order, world: World, now: datetime) -> None:
    with suppress(BusyError):  # unmarked, it is sent once more: harmless
        world.ledger.mark_sent(order, now)
