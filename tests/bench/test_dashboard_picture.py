"""The picture of the dashboard is drawn from the template and the recorded campaign, and is not older than they are."""

import math
from pathlib import Path
from typing import Any

import pytest

from dashboard_metrics import Line, read
from dashboard_picture import Recorded, picture, write
from operations.alarms import Metric
from operations.dashboards import body_of, widgets_of
from sam_template import ROOT, Stack

STACK = Stack(Dashboard="true")
OWN = {"service": "tombola"}


def a_line(minute: int, metric: str, values: dict[str, int], **more: Any) -> Line:
    return {"minute": minute, "metric": metric, "dimensions": OWN, "values": values, **more}


LINES = [
    a_line(0, "Draws", {"1": 5}, activity_id="demo"),
    a_line(2, "GrantLatency", {str(value): 1 for value in range(1, 101)}),
    a_line(2, "OldestDue", {"400": 1}),
    a_line(2, "Parked", {"2": 1}),
    {**a_line(1, "Refusals", {"1": 3}), "dimensions": {**OWN, "code": "0004"}},
]


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Return every text of a picture of these lines."""
    figure = picture(STACK, LINES)
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    legends = [text for axes in figure.axes if (legend := axes.get_legend()) for text in legend.get_texts()]
    tables = [cell.get_text() for axes in figure.axes for table in axes.tables for cell in table.get_celld().values()]
    return [text.get_text() for text in (*texts, *legends, *tables)]


def test_the_picture_in_the_docs_is_what_is_drawn_now(tmp_path: Path) -> None:
    write(tmp_path / "dashboard.svg")

    same = (tmp_path / "dashboard.svg").read_text() == (ROOT / "docs/dashboard.svg").read_text()
    assert same, "docs/dashboard.svg is stale: run make pictures"


@pytest.mark.parametrize(
    ("statistic", "value"), [("p50", 50), ("p90", 90), ("p99", 99), ("Maximum", 100), ("Sum", 5050)]
)
def test_a_minute_is_shown_by_the_statistic_that_the_widget_asks_for(statistic: str, value: float) -> None:
    campaign = Recorded.of(LINES, "stack")

    series = campaign.series(Metric("stack", "GrantLatency", frozenset(OWN.items())), statistic)

    assert series[2] == value
    assert all(map(math.isnan, series[:2]))


def test_every_widget_is_drawn_with_its_title_and_its_advice(words: list[str]) -> None:
    body = body_of(STACK)
    told = " ".join(word for text in words for word in text.split())

    for kind in ("metric", "log", "alarm"):
        assert {widget["properties"]["title"] for widget in widgets_of(body, kind)} <= set(words)
    for widget in widgets_of(body, "text"):
        assert widget["properties"]["markdown"].strip("# ").partition("`")[0].partition("AWS::")[0].strip() in told


def test_a_line_that_is_not_there_says_whether_nothing_happened_or_aws_alone_would_know(words: list[str]) -> None:
    assert {"Draws", "Wins (0)", "5xx by the API *", "few codes left (0)", "0004"} <= set(words)


def test_what_an_alarm_of_the_template_makes_of_the_metrics_is_its_state(words: list[str]) -> None:
    states = words[words.index("ParkedAlarm") + 1], words[words.index("QueueAgeAlarm") + 1]

    assert states == ("ALARM", "OK")


def test_the_caption_says_that_it_is_no_screenshot_and_how_long_the_campaign_was(words: list[str]) -> None:
    [caption] = [text for text in words if text.startswith("Drawn by make pictures")]

    assert "campaign of 3 minutes on a local stack. This is no screenshot." in caption


def test_the_recorded_campaign_has_draws_refusals_failures_and_prizes_that_wait() -> None:
    seen = {line["metric"] for line in read() if any(value != "0" for value in line["values"])}

    assert {"Draws", "Wins", "Grants", "Refusals", "GrantFailures", "PublishFailures", "Parked", "PoolsLow"} <= seen
    assert max(line["minute"] for line in read()) >= 15
