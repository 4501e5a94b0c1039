"""A recorded campaign is what its functions wrote, minute by minute, and names nobody."""

import json
import re

import dashboard_metrics
from dashboard_metrics import MINUTE_MS, as_logged, figures_of, read, recorded
from operations.alarms import Metric
from sam_template import ROOT

START = 1_000_000
OWN = frozenset({("service", "tombola")})


def line(minute: float, activity_id: str | None = "demo", **figures: float) -> dashboard_metrics.Line:
    metrics = [{"Name": name, "Unit": "Count"} for name in figures]
    directive = {"Namespace": "tombola", "Dimensions": [["service"]], "Metrics": metrics}
    activity = {} if activity_id is None else {"activity_id": activity_id}
    aws = {"Timestamp": START + int(minute * MINUTE_MS), "CloudWatchMetrics": [directive]}
    return {"_aws": aws, "service": "tombola", **activity, **{name: [value] for name, value in figures.items()}}


def test_values_are_counted_by_minute_metric_and_activity() -> None:
    written = [line(0.1, Draws=1), line(0.9, Draws=1), line(1.5, Draws=1), line(1.6, "other", Draws=1)]

    found = [(each["minute"], each["activity_id"], each["values"]) for each in recorded(written, START)]

    assert found == [(0, "demo", {"1": 2}), (1, "demo", {"1": 1}), (1, "other", {"1": 1})]


def test_figures_are_those_of_all_activities_together_under_the_name_of_the_stack() -> None:
    written = [line(0, GrantLatency=20.4), line(0, "other", GrantLatency=30), line(2, None, OldestDue=7)]

    figures = figures_of(recorded(written, START), "stack")

    assert figures.values == {
        Metric("stack", "GrantLatency", OWN): {0: [20.0, 30.0]},
        Metric("stack", "OldestDue", OWN): {2: [7.0]},
    }


def test_a_query_of_the_logs_meets_draws_and_wins_of_a_minute_in_one_line() -> None:
    written = [line(0, Draws=1, Wins=1), line(0, Draws=1), line(0, None, OldestDue=0)]

    assert as_logged(recorded(written, START)) == [{"activity_id": "demo", "Draws": [2.0], "Wins": [1.0]}]


def test_what_is_recorded_is_metrics_of_ours_and_no_user_order_or_prize() -> None:
    source = (ROOT / "layers/shared/tombola/aws/telemetry.py").read_text("utf-8")
    ours = set(re.findall(r'\b([A-Z][a-z]\w+)(?:=|"\s*:)', source))

    for each in read():
        assert each["metric"] in ours
        assert each.keys() <= {"minute", "metric", "dimensions", "activity_id", "values"}
        assert each["dimensions"].keys() <= {"service", "code"}
        assert each.get("activity_id", "demo") in {"demo", "100001", "100002"}
        assert all(re.fullmatch("[0-9]+", value) for value in each["values"])
    assert dashboard_metrics.FILE.read_text("utf-8") == "".join(
        f"{json.dumps(each, separators=(',', ':'))}\n" for each in read()
    )
