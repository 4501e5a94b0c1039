"""What is logged and counted: one line a fact, with order and activity, and never what a prize holds."""

import traceback
from collections.abc import Sequence
from datetime import datetime

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from tombola.rules.order import MqState, Order
from tombola.rules.problem import BusyError, Problem
from tombola.rules.remedy import Report
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Drawn, Failed, Grant, Granted, Refused

log = Logger()
metrics = Metrics()
FRAMES_MAX = 8  # of a traceback, the innermost
FIGURES = (
    *("resent", "send_failed", "parked_now", "unreadable_now", "given_back"),
    *("lanes_busy", "given", "not_given", "activities_late"),
)  # of a report of compensation
LISTED_MAX = 20  # items that one line of the log names
SERVER_ERROR = 500
UNITS = {"GrantLatency": MetricUnit.Milliseconds, "OldestDue": MetricUnit.Seconds}  # the others are counts


def tell_draw(result: Drawn | Problem) -> None:
    """Log a draw or its refusal; count it, its win and a failed publish, if it is no repeat."""
    if isinstance(result, Problem):
        tell_problem(result)
        return
    order = result.order
    log.info("drawn", extra={**_ids(order), "outcome": order.outcome.value, "repeat": result.repeat})
    if not result.repeat:
        wins = {"Wins": 1} if order.award is not None else {}
        failures = {"PublishFailures": 1} if order.mq_state is MqState.FAILED else {}
        _count(Draws=1, **wins, **failures)


def tell_problem(problem: Problem) -> None:
    """Log a refusal; what is on record and cannot be read is no refusal but a defect, and an alarm."""
    words = {"status": problem.status, "code": problem.code, "because": problem.detail}
    if problem.status < SERVER_ERROR:
        log.info("refused", extra=words)
        return
    log.error("unreadable", extra=words)
    _count(Defects=1)


def tell_unforeseen(error: Exception) -> None:
    """Log where an error arose, and not what it says: it may quote a prize."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("unforeseen", extra={"error": type(error).__name__, "where": where})
    _count(Defects=1)


def tell_missing(activity_id: str, shards: list[str]) -> None:
    """Log the shards of an activity that are not there, or cannot be read."""
    log.error("shards missing", extra={"activity_id": activity_id, "shards": shards[:LISTED_MAX]})
    _count(MissingShards=len(shards))


def tell_busy(error: BusyError) -> None:
    log.warning("busy", extra={"because": str(error)})


def tell_not_started(error: Exception) -> None:
    """Log that a worker of compensation could not be started: the run that asked has its lanes to itself."""
    log.warning("worker not started", extra={"error": type(error).__name__})


def tell_undelivered(message_id: str, because: str) -> None:
    """Log why a message goes back; because names fields and ids, never what a prize holds."""
    log.error("not delivered", extra={"message_id": message_id, "because": because})


def tell_grant(order: Order, grant: Grant, now: datetime) -> None:
    """Log what came of a message; count a grant, and how long the prize took."""
    if isinstance(grant, Granted):
        log.info("granted", extra=_ids(order))
        _count(Grants=1, GrantLatency=(now - order.drawn_at).total_seconds() * 1000)
    elif isinstance(grant, Failed | Refused):
        parked = isinstance(grant, Refused)
        log.warning("not granted", extra={**_ids(order), "because": grant.because, "parked": parked})
    else:
        log.info("settled before", extra=_ids(order))


def tell_compensation(report: Report) -> None:
    """Log the run and each order it parked; count what an operator watches, zeros too: an alarm wants data."""
    for order in report.parked:
        log.error("parked", extra={**_ids(order), "because": order.parked_because})
    for each in report.moved:
        log.info("moved", extra={"activity_id": each.activity_id, "action": each.action, "state": int(each.state)})
    if report.set_aside:
        log.error("set aside", extra={"count": len(report.set_aside), "items": _words(report.set_aside)})
    for error in report.errors:
        tell_unforeseen(error)
    log.info("compensated", extra={name: getattr(report, name) for name in FIGURES})
    read = {
        "Parked": report.parked_now,
        "Unreadable": report.unreadable_now,
        "ActivitiesLate": report.activities_late,
    }
    _count(
        Resends=report.resent,
        PublishFailures=report.send_failed,
        OldestDue=report.oldest_due.total_seconds(),
        LanesNotGiven=report.not_given,
        **{name: value for name, value in read.items() if value is not None},
    )


def _words(items: Sequence[Unreadable]) -> list[str]:
    return [str(item) for item in items[:LISTED_MAX]]


def _ids(order: Order) -> dict[str, str]:
    return {"order_id": str(order.order_id), "activity_id": order.activity_id}


def _count(**figures: float) -> None:
    """Write figures as one line of the embedded metric format."""
    for name, value in figures.items():
        metrics.add_metric(name=name, unit=UNITS.get(name, MetricUnit.Count), value=value)
    metrics.flush_metrics()
