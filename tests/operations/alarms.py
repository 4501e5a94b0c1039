"""What a CloudWatch alarm of the template would do, minute by minute.

The rules are those of "How alarm state is evaluated when data is missing", with their tables as this file's test:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import ast
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, partial
from typing import Any

from sam_template import Node, Stack

TOPIC = "arn:aws:sns:eu-central-1:111122223333:operators"
MORE_THAN_EVALUATED = 2  # data points that are retrieved besides: the page's example has 5 for 3
MINUTE_SECONDS = 60
STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

Point = float | None  # of one period; None is missing


class State(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's whole name: with one dimension more or less it is another one, without data."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


@dataclass
class Figures:
    """What was emitted: values by metric and minute."""

    values: dict[Metric, dict[int, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, metric: Metric, minute: int, value: float) -> None:
        self.values[metric][minute].append(value)

    def point(self, metric: Metric, statistic: str, last: int, minutes: int) -> Point:
        """Return the statistic over so many minutes, up to last."""
        by_minute = self.values.get(metric, {})
        found = [value for minute in range(last - minutes + 1, last + 1) for value in by_minute.get(minute, ())]
        return STATISTICS[statistic](found) if found else None


def alarms_of(stack: Stack) -> dict[str, Node]:
    """Return the alarms that a stack of these parameters has."""
    found = stack.of_type("AWS::CloudWatch::Alarm")
    conditions = {name: stack.resources[name].get("Condition") for name in found}
    return {name: found[name] for name, condition in conditions.items() if condition is None or stack.holds(condition)}


def ringing(alarms: Mapping[str, Node], figures: Figures, minutes: int) -> set[str]:
    """Return the alarms that tell the topic, in minutes from 0 on."""
    return {
        name
        for name, alarm in alarms.items()
        if any(_tells(alarm, state) for state in changes(alarm, figures, minutes))
    }


def restless(alarms: Mapping[str, Node], figures: Figures, minutes: int) -> set[str]:
    """Return the alarms that are not quiet after so many minutes."""
    begun = State.INSUFFICIENT_DATA
    return {name for name, alarm in alarms.items() if [begun, *changes(alarm, figures, minutes)][-1] is not State.OK}


def changes(alarm: Node, figures: Figures, minutes: int) -> Iterator[State]:
    """Yield what the alarm's state changes to, each time: only changes are told.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
    """
    state = State.INSUFFICIENT_DATA  # of a new alarm
    point = cache(partial(_point, alarm, figures))
    period, retrieved = period_of(alarm) // MINUTE_SECONDS, alarm["EvaluationPeriods"] + MORE_THAN_EVALUATED
    missing = missing_of(alarm)
    for minute in range(minutes):
        points = [point(minute - period * age) for age in reversed(range(retrieved))]  # the oldest first
        before, state = state, next_state(alarm, points, missing, state)
        if before is not state:
            yield state


def _tells(alarm: Node, state: State) -> bool:
    actions = {State.ALARM: "AlarmActions", State.INSUFFICIENT_DATA: "InsufficientDataActions", State.OK: "OKActions"}
    return alarm.get("ActionsEnabled", True) is True and TOPIC in alarm.get(actions[state], [])


def period_of(alarm: Node) -> int:
    """Return the period in seconds; raise ValueError if the metrics of an expression have more than one."""
    periods = {each["MetricStat"]["Period"] for each in alarm.get("Metrics", ()) if "MetricStat" in each}
    (period,) = periods or {alarm["Period"]}
    return int(period)


def _point(alarm: Node, figures: Figures, minute: int) -> Point:
    """Return the alarm's data point at the end of minute."""
    minutes = period_of(alarm) // MINUTE_SECONDS
    if "Metrics" not in alarm:
        return figures.point(metric_of(alarm), alarm["Statistic"], minute, minutes)
    named: dict[str, Point] = {}
    for each in alarm["Metrics"]:
        if "MetricStat" in each:
            watched = each["MetricStat"]
            named[each["Id"]] = figures.point(metric_of(watched["Metric"]), watched["Stat"], minute, minutes)
    (returned,) = (each for each in alarm["Metrics"] if each["ReturnData"])
    return calculated(ast.parse(returned["Expression"], mode="eval").body, named)


def watched_by(alarm: Node) -> set[Metric]:
    """Return every metric that the alarm's state depends on."""
    parts = [part["MetricStat"]["Metric"] for part in alarm.get("Metrics", ()) if "MetricStat" in part]
    return {metric_of(part) for part in parts or [alarm]}


def metric_of(node: Node) -> Metric:
    """Return the metric that an alarm, or one line of its expression, names."""
    dimensions = frozenset((each["Name"], text_of(each["Value"])) for each in node.get("Dimensions", ()))
    return Metric(text_of(node["Namespace"]), node["MetricName"], dimensions)


def text_of(node: Node) -> str:
    """Return a text as it is, and what the stack fills in as the words that ask for it."""
    if isinstance(node, str):
        return node
    ((_, argument),) = node.items()
    return argument if isinstance(argument, str) else ".".join(argument)


def calculated(node: ast.AST, named: Mapping[str, Point]) -> Point:
    """Return what an expression of metric math comes to: what lacks a value has none, unless FILL gives it one.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return named[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, ast.Constant(value=int() as value)]):
            point = calculated(filled, named)
            return float(value) if point is None else point
        case ast.BinOp(left=left, op=op, right=right):
            one, two = calculated(left, named), calculated(right, named)
            return None if one is None or two is None else OPERATORS[type(op)](one, two)
    raise ValueError(f"no such metric math here: {ast.dump(node)}")


def missing_of(alarm: Node) -> str:
    """Return how missing data points are treated, which is not for an alarm on DynamoDB to say.

    "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data":
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    on_dynamodb = any(metric.namespace == "AWS/DynamoDB" for metric in watched_by(alarm))
    return "ignore" if on_dynamodb else str(alarm["TreatMissingData"])


def next_state(alarm: Node, retrieved: Sequence[Point], missing: str, state: State) -> State:
    """Return the state after these data points, the oldest first."""
    if alarm["ComparisonOperator"] != "GreaterThanThreshold":
        raise ValueError(f"no such comparison here: {alarm['ComparisonOperator']}")
    evaluated = alarm["EvaluationPeriods"]
    breaching = [None if point is None else point > alarm["Threshold"] for point in retrieved]
    return judged(breaching, evaluated, alarm.get("DatapointsToAlarm", evaluated), missing, state)


def judged(breaching: Sequence[bool | None], evaluated: int, to_alarm: int, missing: str, state: State) -> State:
    """Return the state that `to_alarm` of `evaluated` data points make; None is missing."""
    real = [each for each in breaching if each is not None][-evaluated:]
    bad, lacking = sum(real), evaluated - len(real)
    if missing == "breaching":
        bad += lacking
    if bad >= to_alarm:
        return State.ALARM
    if missing in ("breaching", "notBreaching") or not lacking or (real and not all(real)):
        return State.OK
    if missing == "ignore":
        return state
    # Of missing data nothing is known, and too few real points say too little, unless they have stood for long enough.
    oldest = next((len(breaching) - index for index, each in enumerate(breaching) if each is not None), 0)
    return State.ALARM if real and oldest >= to_alarm else State.INSUFFICIENT_DATA


def emitted(line: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
    """Yield what one line in the embedded metric format makes of metrics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, str(line[name])) for name in names)
            for each in directive["Metrics"]:
                for value in line[each["Name"]]:
                    yield Metric(directive["Namespace"], each["Name"], dimensions), value
