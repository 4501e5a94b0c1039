"""What a campaign's functions wrote of metrics, minute by minute: a file of one line a minute, metric and activity."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from operations.alarms import Figures, Metric, emitted

FILE = Path(__file__).with_name("dashboard_metrics.jsonl")
MINUTE_MS = 60_000

Line = dict[str, Any]


def recorded(written: Iterable[Line], start_ms: int) -> Iterator[Line]:
    """Yield a line for each minute, metric and activity of what functions wrote: its values, and how often each came.

    The namespace is left out: it is the stack's name.
    """
    found: dict[tuple[Any, ...], Counter[int]] = {}
    for line in written:
        minute = (line["_aws"]["Timestamp"] - start_ms) // MINUTE_MS
        for metric, value in emitted(line):
            key = (minute, metric.name, tuple(sorted(metric.dimensions)), line.get("activity_id"))
            found.setdefault(key, Counter())[round(value)] += 1
    for (minute, name, dimensions, activity_id), values in sorted(
        found.items(), key=lambda each: str(each[0]).zfill(9)
    ):
        activity = {} if activity_id is None else {"activity_id": activity_id}
        counts = {str(value): count for value, count in sorted(values.items())}
        yield {"minute": minute, "metric": name, "dimensions": dict(dimensions), **activity, "values": counts}


def _in_order(each: tuple[tuple[Any, ...], Any]) -> tuple[Any, ...]:
    (minute, name, dimensions, activity_id), _ = each
    return minute, name, dimensions, activity_id or ""


def figures_of(lines: Iterable[Line], namespace: str) -> Figures:
    """Return recorded lines as figures by metric and minute."""
    figures = Figures()
    for line in lines:
        metric = Metric(namespace, line["metric"], frozenset(line["dimensions"].items()))
        for value, count in line["values"].items():
            for _ in range(count):
                figures.add(metric, line["minute"], float(value))
    return figures


def as_logged(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return recorded lines as a query of the logs meets them: what an activity counted in a minute, together."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for line in lines:
        if "activity_id" in line:
            logged = found.setdefault((line["minute"], line["activity_id"]), {"activity_id": line["activity_id"]})
            logged[line["metric"]] = [sum(float(value) * count for value, count in line["values"].items())]
    return list(found.values())


def read(file: Path = FILE) -> list[Line]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def write(lines: Iterable[Line], file: Path = FILE) -> None:
    file.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines), "utf-8")
