"""Compensate: work off what is due and should have been granted by now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from tombola.flows.deadlines import end_deadlines
from tombola.flows.ports import Deadline
from tombola.flows.repair import PAGE, LaneReport, RepairPorts, Run, work_off
from tombola.flows.set_aside import FAR, look_again, what_never_comes
from tombola.flows.start_and_close import start_and_close
from tombola.rules.due import ACTIVITIES
from tombola.rules.order import DEADLINES, LANES, PARKED
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Report
from tombola.rules.unreadable import UNREADABLE

Spread = Callable[[Callable[[str], LaneReport], Iterable[str]], Iterator[LaneReport]]


def compensate(ports: RepairPorts, deadline: Deadline, spread: Spread, now: datetime) -> Report:
    """Start and close activities, then work off every numbered lane, oldest first, while there is time; end deadlines.

    Lanes with more than a page are given to workers; those that no worker was started for are worked off here. spread
    maps over the lanes, in parallel or not. Runs side by side are safe: an order belongs to the run that claims it.
    """
    starts = start_and_close(ports.activities, ports.lanes, deadline, now)
    run, minute = Run(ports, deadline, now), int(now.timestamp() // 60)
    start = minute % len(LANES)  # another lane first each minute, so that none starves
    reports = list(spread(partial(work_off, run=run, leave_full=True), LANES[start:] + LANES[:start]))
    if all(report.busy for report in reports):
        raise BusyError(f"no lane could be read, such as {reports[0].left[-1]}")
    full = [] if run.halted else [report.lane for report in reports if report.full]
    left = _left_by_workers(ports, full)
    reports += spread(partial(work_off, run=run, leave_full=False), left) if left else []
    # Last: they are worked on until less time is left than one claim more needs, and wait for no worker.
    reports += spread(partial(end_deadlines, run=run), DEADLINES)
    everywhere, errors = (*LANES, ACTIVITIES, *DEADLINES), list(starts.errors)
    never = what_never_comes(ports.lanes, everywhere[minute % len(everywhere)], deadline, errors, now)
    given_back = look_again(ports.lanes, deadline, errors, now)
    lanes = _report(reports, now)
    return replace(
        lanes,
        parked_now=_standing_in(PARKED, ports, now),
        moved=starts.moved,
        activities_late=starts.late,
        set_aside=(*starts.set_aside, *never, *lanes.set_aside),
        given_back=given_back,
        unreadable_now=_standing_in(UNREADABLE, ports, now),
        given=len(full) - len(left),
        not_given=len(left),
        left=(*starts.left, *lanes.left),
        errors=(*errors, *lanes.errors),
    )


def work(ports: RepairPorts, deadline: Deadline, spread: Spread, lanes: Sequence[str], now: datetime) -> Report:
    """Work off the lanes that a run gave to this worker; it starts no other, and looks at nothing else."""
    run = Run(ports, deadline, now)
    return _report(list(spread(partial(work_off, run=run, leave_full=False), lanes)), now)


def _left_by_workers(ports: RepairPorts, lanes: Sequence[str]) -> list[str]:
    """Give lanes to as many workers as there may be; return those for which none could be started."""
    shares = [lanes[start :: ports.workers_max] for start in range(min(ports.workers_max, len(lanes)))]
    given = {lane for share in shares if ports.workers.start(share) for lane in share}
    return [lane for lane in lanes if lane not in given]


def _report(reports: Sequence[LaneReport], now: datetime) -> Report:
    return Report(
        oldest_due=max((report.behind(now) for report in reports), default=timedelta()),
        resent=sum(report.resent for report in reports),
        send_failed=sum(report.send_failed for report in reports),
        parked=tuple(order for report in reports for order in report.parked),
        lapsed=tuple(order for report in reports for order in report.lapsed),
        lanes_busy=sum(report.busy for report in reports),
        set_aside=tuple(item for report in reports for item in report.set_aside),
        left=tuple(words for report in reports for words in report.left),
        errors=tuple(error for report in reports for error in report.errors),
    )


def _standing_in(lane: str, ports: RepairPorts, now: datetime) -> int | None:
    """Return how many items stand in lane, up to a page."""
    try:
        return len(ports.lanes.due(lane, now + FAR, PAGE).entries)
    except BusyError:
        return None  # the next run counts
