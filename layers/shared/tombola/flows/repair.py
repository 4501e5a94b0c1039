"""Repair: claim what is due in a lane, and send it again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tombola.flows.ports import ActivityLedger, Deadline, DueLedger, Lanes, Outbox, Workers
from tombola.flows.set_aside import set_aside
from tombola.rules.due import LanePage, Standing
from tombola.rules.order import Order, OrderKey
from tombola.rules.order_life import PARK, changed
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Waits, backoff, sort_out
from tombola.rules.unreadable import Unreadable, why_misplaced

PAGE = 100  # entries a query, and orders a batch read
PAGES_MAX = 1_000  # of a lane; time ends long before
BACKLOG = timedelta(minutes=30)  # that repair may take for all orders that are due at one moment
CHUNK = 25  # orders claimed and sent together: what a run that is killed leaves unsent, until they are due again
IN_VAIN_MAX = 3  # chunks in a row of which the transport takes nothing, until a run claims no more
WORK_SECONDS = 15.0  # time that must be left to claim one chunk more: to send it and to report
MARK_SECONDS = 10.0  # time that must be left to set one more aside, to park it or to let it be due sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPorts:
    """The ports of compensation, built once and used by many runs."""

    ledger: DueLedger
    lanes: Lanes
    activities: ActivityLedger
    outbox: Outbox
    workers: Workers
    workers_max: int = 1  # that a run starts
    waits: Waits


@dataclass(slots=True)
class Run:
    """One invocation, over as many lanes as it has; in_vain are the last chunks, of which the transport took nothing.

    Threads count without a lock: what they lose is a chunk more.
    """

    ports: RepairPorts
    deadline: Deadline
    now: datetime
    in_vain: int = 0

    @property
    def halted(self) -> bool:
        """Whether the transport takes nothing: one send that fails may be the order's own fault, or chance."""
        return self.in_vain >= IN_VAIN_MAX


@dataclass(slots=True)
class LaneReport:
    """The orders and items of one lane, and the work that was done on them."""

    lane: str
    oldest: datetime | None = None
    claimed: int = 0
    resent: int = 0
    send_failed: int = 0
    parked: list[Order] = field(default_factory=list)
    lapsed: list[Order] = field(default_factory=list)
    set_aside: list[Unreadable] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # for the next run, with the reasons
    errors: list[Exception] = field(default_factory=list)
    busy: bool = False  # not read, or not read to its end
    full: bool = False  # left for a worker

    def behind(self, now: datetime) -> timedelta:
        """Return for how long the lane's oldest order is due: beyond its time where the lane gets on, or should.

        That is a lane of which a page was taken, and one that was left for a worker, who may never come.
        """
        age = timedelta() if self.oldest is None else now - self.oldest
        return max(age - BACKLOG, timedelta()) if self.full or self.claimed >= PAGE else age


def work_off(lane: str, run: Run, *, leave_full: bool) -> LaneReport:
    """Claim the orders that are due in lane and send them again, oldest first, while there is time.

    With leave_full a lane with more than a page is left as it is. An error that nobody foresaw keeps one order, or this
    lane, from being worked on and no other.
    """
    report = LaneReport(lane)
    try:
        _work_off(report, run, leave_full=leave_full)
    except BusyError as error:
        report.busy = True  # this lane alone waits for the next run
        report.left.append(f"lane {lane}: {error}")
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the other lanes are worked off
        report.errors.append(error)
    return report


def _work_off(report: LaneReport, run: Run, *, leave_full: bool) -> None:
    page: LanePage | None = None
    for _ in range(PAGES_MAX):
        if run.halted:
            return
        if not run.deadline.allows(WORK_SECONDS):
            report.busy = leave_full  # nobody has looked at it, while a worker need not come to the end of its lanes
            report.left.append(f"lane {report.lane}: no time is left")
            return
        page = run.ports.lanes.due(report.lane, run.now, PAGE, page)
        if leave_full and page.then is not None:
            report.full, report.oldest = True, next((entry.at for entry in page.entries if entry.at), None)
            return
        orders = _orders_of(page.entries, report, run)
        report.oldest = min([report.oldest or run.now, *(order.due_at for order in orders if order.due_at)])
        for start in range(0, len(orders), CHUNK):
            if run.deadline.allows(WORK_SECONDS) and not run.halted:
                _send_again(_claimed(orders[start : start + CHUNK], report, run), report, run)
        if page.then is None:
            return


def _orders_of(entries: Sequence[Standing], report: LaneReport, run: Run) -> list[Order]:
    """Return the orders among entries that are due; set aside whatever is in their way.

    The index is a moment old: it may show one that is claimed by now, or one twice that moved while a page was read.
    """
    orders: dict[OrderKey, Order] = {}
    for entry, item in run.ports.lanes.standing(entries):
        because = item.because if isinstance(item, Unreadable) else why_misplaced(item, entry.lane)
        if because is not None and run.deadline.allows(MARK_SECONDS):
            report.set_aside += set_aside(run.ports.lanes, entry, because, report.errors, run.now)
        elif because is None and isinstance(item, Order) and item.due_at is not None and item.due_at <= run.now:
            orders[item.user_id, item.order_id] = item
    return list(orders.values())


def _claimed(orders: Sequence[Order], report: LaneReport, run: Run) -> list[Order]:
    """Return those of orders that are claimed and are to be sent again; park those that nothing can help."""
    work = sort_out(orders, run.ports.waits, run.now)
    for order, because in work.parks:
        _park(order, because, report, run)
    claimed = _claim(work.claims, report, run)
    report.claimed += len(claimed)
    return [order for order in claimed if order.order_id in work.resends]


def _claim(claims: Sequence[tuple[Order, datetime]], report: LaneReport, run: Run) -> Sequence[Order]:
    """Return the orders that are this run's alone: all at once or, where one of them keeps that from others, each."""
    try:
        together = run.ports.ledger.claim_all(claims) if claims else []
    except BusyError:
        raise
    except Exception as error:  # noqa: BLE001 - told at the end of the run: it may be one order's fault
        report.errors.append(error)
        together = None
    if together is not None:
        return together
    return [order for claim in claims if (order := _claim_one(*claim, report, run)) is not None]


def _claim_one(order: Order, until: datetime, report: LaneReport, run: Run) -> Order | None:
    try:
        return run.ports.ledger.claim(order, until) if run.deadline.allows(WORK_SECONDS) else None
    except BusyError as error:
        report.left.append(f"order {order.order_id} of {order.activity_id}: {error}")
        return None  # still due: the next run takes it
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the orders behind it are worked on
        report.errors.append(error)
        return None


def _send_again(orders: Sequence[Order], report: LaneReport, run: Run) -> None:
    """Send invoices of claimed orders; nothing is marked, since a claim says when an order is due again."""
    if not orders:
        return
    sent = run.ports.outbox.publish(orders)
    for order in orders:
        if order.order_id in sent.refused:
            _park(order, "the transport does not take its invoice", report, run)
        elif order.order_id not in sent.gone:
            _try_sooner(order, report, run)
    report.resent += len(sent.gone)
    report.send_failed += len(orders) - len(sent.gone)
    if sent.gone or sent.refused:
        run.in_vain = 0
    else:
        run.in_vain += 1  # an order that is not claimed in vain is due as soon as the transport takes it


def _try_sooner(order: Order, report: LaneReport, run: Run) -> None:
    """Let order, which was claimed in vain, not wait as long as for a message that travels."""
    if not run.deadline.allows(MARK_SECONDS):
        return  # then it waits that long
    try:
        with suppress(BusyError):  # likewise
            run.ports.ledger.unclaim(order, run.now + backoff(run.ports.waits, order.claims - 1))
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the orders behind it are worked on
        report.errors.append(error)


def _park(order: Order, because: str, report: LaneReport, run: Run) -> None:
    if not run.deadline.allows(MARK_SECONDS):
        return  # still due, or again: another run parks it
    try:
        with suppress(BusyError):  # likewise
            if run.ports.ledger.park(order, because, run.now):
                report.parked.append(changed(order, PARK, because=because, now=run.now))
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the orders behind it are worked on
        report.errors.append(error)
