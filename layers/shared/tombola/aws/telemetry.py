"""Logs and metrics: one line a fact, with order and activity, and never the content of a prize."""

import logging
import os
import traceback
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from tombola.aws.faults import answer_behind
from tombola.rules.invoice import PoisonError
from tombola.rules.order import MqState, Order
from tombola.rules.problem import BusyError, Problem, TooLittleTimeError
from tombola.rules.remedy import Report
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Drawn, Failed, Grant, Granted, Refused, UnderWay

log = Logger(use_rfc3339=True)  # the form of time that Lambda reads; of another line it takes the level for INFO
metrics = Metrics()
# Powertools lets Lambda's level for applications win, and that one is INFO whatever is wanted here: a metric is a line
# of level INFO. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
logging.getLogger(log.name).setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
FRAMES_MAX = 8  # of a traceback, the innermost
FIGURES = (
    *("resent", "send_failed", "parked_now", "unreadable_now", "given_back"),
    *("lanes_busy", "given", "not_given", "activities_late"),
)  # of a report of compensation
LISTED_MAX = 20  # items that one line of the log names
SERVER_ERROR, BUSY = 500, 503
_counting = Lock()
UNITS = {"GrantLatency": MetricUnit.Milliseconds, "OldestDue": MetricUnit.Seconds}  # the others are counts


def tell_draw(result: Drawn | Problem) -> None:
    """Log a draw or its refusal, and the error it hides; count it, its win and a failed publish, if it is no repeat."""
    if isinstance(result, Problem):
        tell_problem(result)
        return
    if result.error is not None:
        tell_unforeseen(result.error)
    order = result.order
    log.info("drawn", extra={**_ids(order), "outcome": order.outcome.value, "repeat": result.repeat})
    if not result.repeat:
        wins = {"Wins": 1} if order.award is not None else {}
        failures = {"PublishFailures": 1} if order.mq_state is MqState.FAILED else {}
        _count(order.activity_id, Draws=1, **wins, **failures)


def tell_accepted(order: Order, fact: str) -> None:
    """Log what the user of order did for its prize, in a word; never the address."""
    log.info(fact, extra=_ids(order))


def tell_problem(problem: Problem) -> None:
    """Log and count a refusal; a record that cannot be read is no refusal but a defect, and rings an alarm."""
    words = {"status": problem.status, "code": problem.code, "because": problem.detail}
    if problem.status == BUSY:
        _tell_busy(problem.detail)
    elif problem.status < SERVER_ERROR:
        log.info("refused", extra=words)
        metrics.add_dimension("code", problem.code or str(problem.status))
        _count(Refusals=1)
    else:
        log.error("unreadable", extra=words)
        _count(Defects=1)


def tell_unforeseen(error: Exception) -> None:
    """Log where an error arose and what AWS answered, and not what it says: it may quote a prize."""
    log.error("unforeseen", extra=_place(error))
    _count(Defects=1)


def _place(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    answer = answer_behind(error)
    return {"error": type(error).__name__, "where": where, **({"answer": answer} if answer else {})}


def tell_missing(activity_id: str, shards: list[str]) -> None:
    """Log the shards of an activity that are not there, or cannot be read."""
    log.error("shards missing", extra={"activity_id": activity_id, "shards": shards[:LISTED_MAX]})
    _count(MissingShards=len(shards))


def tell_low_pool(pool: str, left: int) -> None:
    """Log and count that a pool has few codes left, or none: about so many."""
    log.warning("pool low", extra={"pool": pool, "left": left})
    _count(PoolsLow=1)


def tell_busy(error: BusyError) -> None:
    """Log and count that nothing is known but to ask again, and tell of the error that this hides."""
    _tell_busy(str(error))
    if error.error is not None:
        tell_unforeseen(error.error)


def _tell_busy(because: str) -> None:
    log.warning("busy", extra={"because": because})
    _count(BusyAnswers=1)


def tell_not_started(error: Exception) -> None:
    """Log that a worker of compensation could not be started: the run that asked has its lanes to itself."""
    log.warning("worker not started", extra=_place(error))


def tell_refuses_us(name: str, because: str) -> None:
    """Log and count that a provider knows us no more: every prize of it waits, and none is parked."""
    log.error("provider refuses us", extra={"provider": name, "because": because})
    _count(ProviderRefusesUs=1)


def tell_undefined(name: str, because: str) -> None:
    """Log and count that a provider is not defined as it must be: every prize of it waits, and none is parked."""
    log.error("provider undefined", extra={"provider": name, "because": because})
    _count(ProvidersUndefined=1)


def tell_unused(order: Order, *, in_doubt: bool) -> None:
    """Log and count a coupon whose order has another one or is void; in doubt, the order may have this very one."""
    provider = None if order.award is None else order.award.source
    log.error("coupon unused", extra={**_ids(order), "provider": provider, "in_doubt": in_doubt})
    _count(CouponsUnused=1)


def tell_back(message_id: str, error: Exception) -> None:
    """Log a message that goes back, and count it unless there was only no time to begin it.

    Of an error that nobody foresaw the kind and the place are told: its text may hold anything.
    """
    if isinstance(error, TooLittleTimeError):
        log.warning("not begun", extra={"message_id": message_id, "because": str(error)})
        return
    kind, foreseen = type(error).__name__, isinstance(error, BusyError | PoisonError)
    words = {"because": f"{kind}: {error}"} if foreseen else {"because": kind, **_place(error)}
    log.error("not delivered", extra={"message_id": message_id, **words})
    _count(Undelivered=1)


def tell_not_sent(because: str, orders: int) -> None:
    """Log why so many invoices were not sent, none where the brokers themselves are at fault; their orders count it."""
    log.error("not sent", extra={"because": because, "orders": orders})


def tell_buried(message_id: str, error: Exception) -> None:
    """Log that a message was put to the dead letters by this function itself; why was told before."""
    log.warning("dead letter", extra={"message_id": message_id, "error": type(error).__name__})


def tell_grant(order: Order, grant: Grant, now: datetime, message_id: str) -> None:
    """Log what came of a message; count a grant, how long the prize took, and a grant that failed."""
    ids = {**_ids(order), "message_id": message_id}
    if isinstance(grant, Granted):
        log.info("granted", extra=ids)
        _count(order.activity_id, Grants=1, GrantLatency=(now - order.drawn_at).total_seconds() * 1000)
    elif isinstance(grant, Failed | Refused):
        parked, error = isinstance(grant, Refused), grant.error if isinstance(grant, Failed) else None
        place = _place(error) if error else {}
        log.warning("not granted", extra={**ids, "because": grant.because, "parked": parked, **place})
        _count(GrantFailures=1)
    elif isinstance(grant, UnderWay):
        log.info("under way elsewhere", extra=ids)
    else:
        log.info("settled before", extra=ids)


def tell_compensation(report: Report) -> None:
    """Log the run and each order it parked; count what an operator watches, zeros too: an alarm wants data."""
    for order in report.parked:
        log.error("parked", extra={**_ids(order), "because": order.parked_because})
    for order in report.lapsed:
        log.info("lapsed", extra=_ids(order))
    for each in report.moved:
        log.info("moved", extra={"activity_id": each.activity_id, "action": each.action, "state": int(each.state)})
    if report.set_aside:
        log.error("set aside", extra={"count": len(report.set_aside), "items": _words(report.set_aside)})
    for error in report.errors:
        tell_unforeseen(error)
    if report.left:
        log.warning("left", extra={"count": len(report.left), "items": report.left[:LISTED_MAX]})
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
        LanesBusy=report.lanes_busy,
        **{name: value for name, value in read.items() if value is not None},
    )


def _words(items: Sequence[Unreadable]) -> list[str]:
    return [str(item) for item in items[:LISTED_MAX]]


def _ids(order: Order) -> dict[str, str]:
    return {"order_id": str(order.order_id), "activity_id": order.activity_id}


def _count(activity_id: str | None = None, /, **figures: float) -> None:
    """Write figures as one line of the embedded metric format, whatever other threads count meanwhile.

    The activity stands beside the figures, where a query of the logs finds it: as a dimension it would be billed.
    """
    with _counting:  # Powertools keeps one set of figures, which whoever flushes empties
        if activity_id is not None:
            metrics.add_metadata("activity_id", activity_id)
        for name, value in figures.items():
            metrics.add_metric(name=name, unit=UNITS.get(name, MetricUnit.Count), value=value)
        metrics.flush_metrics()
