"""The dashboard of the template: its body as CloudFormation fills it in, and the metrics that its widgets name."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.alarms import Metric
from sam_template import Node, Stack

VARIABLE = re.compile(r"\$\{([^}]+)\}")
SEARCH = re.compile(r"SEARCH\('\{\"([^,\"]+)\",([\w,]+)\} MetricName=\"(\w+)\" (\w+)=\"(\w+)\"', '(\w+)'\)")
QUERY = re.compile(
    r"(?P<groups>(?:SOURCE '[^']+' \| )+)filter (?P<any>ispresent\(\w+\.0\)(?: or ispresent\(\w+\.0\))*)"
    r" \| stats (?P<sums>sum\(\w+\.0\) as \w+(?:, sum\(\w+\.0\) as \w+)*) by (?P<by>\w+)"
    r" \| sort (?P<sort>\w+) desc \| limit (?P<limit>\d+)"
)

Widget = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """A search expression: every metric of that name which has these dimensions, and that value of one of them."""

    namespace: str
    name: str
    dimensions: frozenset[str]
    known: tuple[str, str]
    statistic: str

    def finds(self, metric: Metric) -> bool:
        same = (metric.namespace, metric.name) == (self.namespace, self.name)
        return same and {name for name, _ in metric.dimensions} == self.dimensions and self.known in metric.dimensions


@dataclass(frozen=True, slots=True)
class Query:
    """A query of logs: the sums of fields, by one field, of the lines that have one of some fields."""

    groups: tuple[str, ...]
    present: tuple[str, ...]
    sums: dict[str, str]  # the field that each column sums
    by: str
    sort: str
    limit: int

    def rows(self, lines: list[dict[str, Any]]) -> list[list[Any]]:
        """Return the heading and the rows that Logs Insights would show of lines; field.0 is the first of an array."""
        found: dict[Any, dict[str, float]] = {}
        for line in lines:
            if self.by in line and any(name in line for name in self.present):
                row = found.setdefault(line[self.by], dict.fromkeys(self.sums, 0.0))
                for column, name in self.sums.items():
                    row[column] += line.get(name, [0.0])[0]
        ordered = sorted(found.items(), key=lambda item: -item[1][self.sort])[: self.limit]
        return [[self.by, *self.sums], *([name, *row.values()] for name, row in ordered)]


def body_of(stack: Stack) -> dict[str, Any]:
    """Return the body of the stack's dashboard; for what AWS fills in stand the words that ask for it."""
    properties = stack.resources["OperatorsDashboard"]["Properties"]
    body: dict[str, Any] = json.loads(filled(properties["DashboardBody"], stack))
    return body


def filled(node: Node, stack: Stack) -> str:
    """Return the text of Fn::Sub: values of parameters and of its own variables, words for the rest."""
    if isinstance(node, str):
        return node
    template, own = node["Fn::Sub"] if isinstance(node["Fn::Sub"], list) else (node["Fn::Sub"], {})
    values = {name: filled(value, stack) for name, value in own.items()}

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):  # a literal
            return "${" + name[1:] + "}"
        return str(values.get(name, stack.parameters.get(name, name)))

    return VARIABLE.sub(value_of, template)


def widgets_of(body: Mapping[str, Any], kind: str) -> list[Widget]:
    return [widget for widget in body["widgets"] if widget["type"] == kind]


def lines_of(widget: Widget) -> Iterator[tuple[Metric | Search, str, str]]:
    """Yield what each line of a metric widget shows, with its statistic and its label."""
    properties = widget["properties"]
    for parts in properties["metrics"]:
        options = parts[-1] if isinstance(parts[-1], dict) else {}
        if "expression" in options:
            search = search_of(options["expression"])
            yield search, search.statistic, options["label"]
            continue
        namespace, name, *named = [part for part in parts if isinstance(part, str)]
        dimensions = frozenset(zip(named[::2], named[1::2], strict=True))
        yield (
            Metric(namespace, name, dimensions),
            options.get("stat", properties["stat"]),
            options.get("label", name),
        )


def search_of(expression: str) -> Search:
    found = SEARCH.fullmatch(expression)
    if found is None:
        raise ValueError(f"no such search here: {expression}")
    namespace, dimensions, name, known, value, statistic = found.groups()
    return Search(namespace, name, frozenset(dimensions.split(",")), (known, value), statistic)


def query_of(text: str) -> Query:
    found = QUERY.fullmatch(text)
    if found is None:
        raise ValueError(f"no such query here: {text}")
    sums = dict(reversed(each) for each in re.findall(r"sum\((\w+)\.0\) as (\w+)", found["sums"]))
    groups, present = (
        re.findall(pattern, found[part]) for pattern, part in ((r"'([^']+)'", "groups"), (r"\((\w+)", "any"))
    )
    return Query(tuple(groups), tuple(present), sums, found["by"], found["sort"], int(found["limit"]))


def alarm_named(arn: str) -> str:
    """Return the logical name of an alarm in the body: its ARN is filled in as name.Arn."""
    return arn.removesuffix(".Arn")
