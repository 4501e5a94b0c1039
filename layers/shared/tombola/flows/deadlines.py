"""Deadlines: a prize that its user has not claimed in time is parked, or void where its activity has promised that."""

from datetime import datetime

from tombola.flows.repair import MARK_SECONDS, PAGE, PAGES_MAX, LaneReport, Run
from tombola.flows.set_aside import set_aside
from tombola.rules.acceptance import GRACE, act_of_deadline, has_passed, why_missed
from tombola.rules.due import LanePage
from tombola.rules.order import Order
from tombola.rules.order_life import LAPSE, MISS, changed
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable, why_misplaced


def end_deadlines(lane: str, run: Run) -> LaneReport:
    """Park or void the orders of lane whose users are too late, oldest first, while there is time."""
    report = LaneReport(lane)
    try:
        _end_deadlines(report, run)
    except BusyError as error:
        report.busy = True  # this lane alone waits for the next run
        report.left.append(f"lane {lane}: {error}")
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the other lanes are worked off
        report.errors.append(error)
    return report


def _end_deadlines(report: LaneReport, run: Run) -> None:
    page: LanePage | None = None
    until = run.now - GRACE
    for _ in range(PAGES_MAX):
        page = run.ports.lanes.due(report.lane, until, PAGE, page)
        for entry, item in run.ports.lanes.standing(page.entries):
            if not run.deadline.allows(MARK_SECONDS):
                report.busy = True
                report.left.append(f"lane {report.lane}: no time is left")
                return
            because = item.because if isinstance(item, Unreadable) else why_misplaced(item, entry.lane)
            if because is not None:
                report.set_aside += set_aside(run.ports.lanes, entry, because, report.errors, run.now)
            elif isinstance(item, Order) and has_passed(item, until):
                report.oldest = min(report.oldest or run.now, item.accept_by or run.now)
                _end(item, report, run)
        if page.then is None:
            return


def _end(order: Order, report: LaneReport, run: Run) -> None:
    try:
        _void(order, report, run.now, run) if order.lapses else _park(order, why_missed(order), report, run)
    except BusyError as error:
        report.busy = True  # it is due still: the next run takes it
        report.left.append(f"order {order.order_id} of {order.activity_id}: {error}")
    except Exception as error:  # noqa: BLE001 - told at the end of the run: the orders behind it are worked on
        report.errors.append(error)


def _void(order: Order, report: LaneReport, now: datetime, run: Run) -> None:
    act = act_of_deadline(LAPSE, order, now)
    try:
        if run.ports.ledger.lapse(order, act):
            report.lapsed.append(changed(order, LAPSE, act=act))
    except ValueError as error:  # its unit cannot go back: that is for an operator to look at
        _park(order, f"{why_missed(order)}, and it cannot be void: {error}", report, run)


def _park(order: Order, because: str, report: LaneReport, run: Run) -> None:
    act = act_of_deadline(MISS, order, run.now)
    if run.ports.ledger.miss(order, because, act):
        report.parked.append(changed(order, MISS, because=because, now=run.now, act=act))
