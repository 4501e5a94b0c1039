"""What is logged and counted: one line a fact, with order and activity, and never what a prize holds."""

from datetime import datetime

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from tombola.rules.order import MqState, Order
from tombola.rules.problem import BusyError, Problem
from tombola.rules.remedy import Report
from tombola.rules.verdict import Drawn, Failed, Grant, Granted, Refused

log = Logger()
metrics = Metrics()
UNITS = {"GrantLatency": MetricUnit.Milliseconds, "OldestDue": MetricUnit.Seconds}  # the others are counts


def tell_draw(result: Drawn | Problem) -> None:
    """Log a draw or its refusal; count it, its win and a failed publish, if it is no repeat."""
    if isinstance(result, Problem):
        log.info("refused", extra={"status": result.status, "code": result.code, "because": result.detail})
        return
    order = result.order
    log.info("drawn", extra={**_ids(order), "outcome": order.outcome.value, "repeat": result.repeat})
    if not result.repeat:
        wins = {"Wins": 1} if order.award is not None else {}
        failures = {"PublishFailures": 1} if order.mq_state is MqState.FAILED else {}
        _count(Draws=1, **wins, **failures)


def tell_busy(error: BusyError) -> None:
    log.warning("busy", extra={"because": str(error)})


def tell_undelivered(message_id: str, error: Exception) -> None:
    """Log why a message goes back; its error names fields and ids, never what a prize holds."""
    log.error("not delivered", extra={"message_id": message_id, "because": f"{type(error).__name__}: {error}"})


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
        log.error("parked", extra={**_ids(order), "failures": order.failures})
    for each in report.moved:
        log.info("moved", extra={"activity_id": each.activity_id, "action": each.action, "state": int(each.state)})
    names = ("resent", "send_failed", "parked_now", "lanes_busy", "activities_late")
    figures = {name: getattr(report, name) for name in names}
    log.info("compensated", extra=figures)
    parked = {} if report.parked_now is None else {"Parked": report.parked_now}
    late = {} if report.activities_late is None else {"ActivitiesLate": report.activities_late}
    _count(
        Resends=report.resent,
        PublishFailures=report.send_failed,
        OldestDue=report.oldest_due.total_seconds(),
        **parked,
        **late,
    )


def _ids(order: Order) -> dict[str, str]:
    return {"order_id": str(order.order_id), "activity_id": order.activity_id}


def _count(**figures: float) -> None:
    """Write figures as one line of the embedded metric format."""
    for name, value in figures.items():
        metrics.add_metric(name=name, unit=UNITS.get(name, MetricUnit.Count), value=value)
    metrics.flush_metrics()
