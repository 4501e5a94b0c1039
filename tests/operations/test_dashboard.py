"""The dashboard names metrics, alarms and logs that there are, and says under each what to do."""

import json
import re
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from typer.main import get_command

from builders import NOON, SECOND, a_lost_order, an_order
from cloud import Cloud, a_cloud
from operations.alarms import Metric, alarms_of, emitted, metric_of
from operations.aws_metrics import AWS_METRICS
from operations.dashboards import Search, Widget, alarm_named, body_of, lines_of, query_of, widgets_of
from operations.scene import in_the_templates_namespace
from sam_template import ROOT, Stack
from tombola.aws import telemetry
from tombola.aws.transport import TRANSPORTS
from tombola.rules import problem
from tombola.rules.order import MqState
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Report
from tombola.rules.verdict import Drawn, Failed, Granted
from tombola_cli.commands.main import app

STACKS = {
    f"{stage} {name}": Stack(Dashboard="true", Stage=stage, Transport=name)
    for stage, name in product(("prod", "local"), TRANSPORTS)
}
BODIES = {name: body_of(stack) for name, stack in STACKS.items()}
SCHEMA = json.loads((ROOT / "tests/operations/dashboard_schema.json").read_text("utf-8"))
DOCUMENT = (ROOT / "docs/operations.md").read_text("utf-8")
COLUMNS = 24
ADVICE_MAX = 170  # characters that a text of 8 columns and 2 rows has room for
FREE_METRICS_MAX = 50  # of a dashboard that is one of the three for nothing: https://aws.amazon.com/cloudwatch/pricing/
GRAPHS = ("metric", "log", "alarm")


def titles(kind: str) -> dict[str, Widget]:
    """Return the widgets of a kind by title, of every stack."""
    return {widget["properties"]["title"]: widget for body in BODIES.values() for widget in widgets_of(body, kind)}


METRIC_WIDGETS = titles("metric")
NAMED = [line for widget in METRIC_WIDGETS.values() for line in lines_of(widget)]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        in_the_templates_namespace(monkeypatch)
        yield cloud


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "_aws" in line]


def told(capsys: pytest.CaptureFixture[str]) -> set[Metric]:
    """Return every metric that telemetry writes, whatever it is told."""
    telemetry.tell_draw(Drawn(an_order(mq_state=MqState.FAILED), repeat=False))
    telemetry.tell_problem(problem.malformed("user_id", "empty"))
    telemetry.tell_problem(problem.unreadable("order", "7"))
    telemetry.tell_missing("100001", ["3"])
    telemetry.tell_low_pool("vouchers", 3)
    telemetry.tell_busy(BusyError())
    telemetry.tell_refuses_us("shop", "403")
    telemetry.tell_undefined("shop", "no url")
    telemetry.tell_unused(an_order(), in_doubt=False)
    telemetry.tell_back("message", BusyError())
    for grant in (Granted(), Failed("no answer")):
        telemetry.tell_grant(an_order(), grant, NOON, "message")
    telemetry.tell_compensation(
        Report(
            oldest_due=SECOND,
            resent=0,
            send_failed=0,
            parked=(),
            lanes_busy=0,
            parked_now=0,
            activities_late=0,
            unreadable_now=0,
        )
    )
    return {metric for line in written(capsys) for metric, _ in emitted(line)}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_the_body_is_one_that_cloudwatch_takes(body: dict[str, Any]) -> None:
    faults = [f"{error.instance_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(body)]

    assert faults == []


@pytest.mark.parametrize("broken", ["stat", "type", "metrics", "width"])
def test_the_schema_sees_what_cloudwatch_would_refuse(broken: str) -> None:
    body = json.loads(json.dumps(BODIES["prod sqs"]))
    widget = widgets_of(body, "metric")[0]
    changes = {
        "stat": ("properties", "Median"),
        "metrics": ("properties", [["Draws"]]),
        "width": ("", 25),
        "type": ("", "graph"),
    }
    place, value = changes[broken]
    (widget[place] if place else widget)[broken] = value

    assert not Draft202012Validator(SCHEMA).is_valid(body)


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_widgets_lie_side_by_side_and_none_on_another(body: dict[str, Any]) -> None:
    for widget in body["widgets"]:
        assert widget["x"] + widget["width"] <= COLUMNS
    for one, two in combinations(body["widgets"], 2):
        beside = one["x"] + one["width"] <= two["x"] or two["x"] + two["width"] <= one["x"]
        above = one["y"] + one["height"] <= two["y"] or two["y"] + two["height"] <= one["y"]
        assert beside or above, (one, two)


def test_every_metric_of_ours_is_written_with_exactly_these_dimensions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_templates_namespace(monkeypatch)
    emits = told(capsys)

    for what, _, label in NAMED:
        if isinstance(what, Search):
            assert {metric.name for metric in emits if what.finds(metric)} == {what.name}
        elif not what.namespace.startswith("AWS/"):
            assert what in emits, label


def test_every_metric_of_aws_is_one_that_aws_emits() -> None:
    known = {each.metric for each in AWS_METRICS.values()}

    assert {what for what, *_ in NAMED if isinstance(what, Metric) and what.namespace.startswith("AWS/")} <= known


def test_a_search_for_refusals_finds_each_code_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_templates_namespace(monkeypatch)
    [search] = [what for what, *_ in NAMED if isinstance(what, Search)]
    found = {metric for metric in told(capsys) if search.finds(metric)}

    assert {dict(metric.dimensions)["code"] for metric in found} == {"0002"}


def test_a_metric_is_shown_by_the_statistic_by_which_its_alarm_watches_it() -> None:
    by_metric = {
        metric_of(alarm): alarm["Statistic"]
        for stack in STACKS.values()
        for alarm in alarms_of(stack).values()
        if "Statistic" in alarm
    }

    for what, statistic, label in NAMED:
        if isinstance(what, Metric) and what in by_metric:
            assert statistic == by_metric[what], label


def test_a_line_across_a_graph_is_the_threshold_of_an_alarm_on_what_it_shows() -> None:
    alarms = {name: alarm for stack in STACKS.values() for name, alarm in alarms_of(stack).items()}
    lines = [
        (line, {what for what, *_ in lines_of(widget)})
        for widget in METRIC_WIDGETS.values()
        for line in widget["properties"].get("annotations", {}).get("horizontal", ())
    ]

    assert {line["label"] for line, _ in lines} == {
        *("BusyAnswersAlarm", "OldestDueAlarm", "QueueAgeAlarm", "StreamAgeAlarm", "TopicLagAlarm"),
    }
    for line, shown in lines:
        alarm = alarms[line["label"]]
        assert (alarm["Threshold"], alarm["Period"]) == (line["value"], 60)
        assert metric_of(alarm) in shown


@pytest.mark.parametrize("stack", STACKS.values(), ids=list(STACKS))
def test_every_alarm_of_the_stack_shows_its_state_and_no_other_is_named(stack: Stack) -> None:
    [widget] = widgets_of(body_of(stack), "alarm")

    assert {alarm_named(arn) for arn in widget["properties"]["alarms"]} == alarms_of(stack).keys()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_age_that_is_shown_is_that_of_the_transport(transport: str) -> None:
    ages = {"sqs": "ApproximateAgeOfOldestMessage", "kafka": "OffsetLag", "streams": "IteratorAge"}
    shown = [what for widget in widgets_of(BODIES[f"prod {transport}"], "metric") for what, *_ in lines_of(widget)]

    assert {what.name for what in shown} & set(ages.values()) == {ages[transport]}


def test_the_query_counts_draws_wins_and_grants_by_activity(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    [widget] = widgets_of(BODIES["prod sqs"], "log")
    query = query_of(widget["properties"]["query"])
    for key in ("first", "second", "second"):
        cloud.draw(key)
    cloud.deliver()
    cloud.draw("third")
    telemetry.tell_draw(Drawn(a_lost_order(9), repeat=False))
    cloud.get("/activities/{activity_id}", activity_id="nobody")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert query.rows(lines) == [["activity_id", "draws", "wins", "grants"], ["100001", 4.0, 3.0, 2.0]]


def test_the_query_reads_the_logs_of_the_functions_that_draw_and_grant() -> None:
    [widget] = widgets_of(BODIES["prod sqs"], "log")
    functions = STACKS["prod sqs"].functions()

    assert query_of(widget["properties"]["query"]).groups == tuple(
        functions[name]["LoggingConfig"]["LogGroup"]["Ref"] for name in ("DrawFunction", "DistributeFunction")
    )


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_under_each_graph_stands_in_a_sentence_what_to_do(body: dict[str, Any]) -> None:
    texts = {(text["x"], text["y"], text["width"]): text for text in widgets_of(body, "text")}
    for widget in (widget for kind in GRAPHS for widget in widgets_of(body, kind)):
        assert len(widget["properties"]["title"].split()) >= 3
        advice = texts[widget["x"], widget["y"] + widget["height"], widget["width"]]["properties"]["markdown"]
        assert re.search(r"[a-z`][.?]( |$)", advice)
        assert len(advice) <= ADVICE_MAX


def commands_in(text: str) -> list[list[str]]:
    return [found.split() for found in re.findall(r"`tombola ([^`]+)`", text)]


def test_every_command_that_is_advised_there_is_with_its_options() -> None:
    texts = [widget["properties"]["markdown"] for body in BODIES.values() for widget in widgets_of(body, "text")]
    advised = [words for text in texts for words in commands_in(text)]

    assert len(advised) >= len(BODIES)
    for words in advised:
        command: Any = get_command(app)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        offered = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= offered


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_dashboard_that_is_one_of_three_costs_nothing(body: dict[str, Any]) -> None:
    source = (ROOT / "layers/shared/tombola/rules/problem.py").read_text("utf-8")
    codes = set(re.findall(r"Problem\((?!5)\d+, (\"\w+\"|None)", source))
    named = {what for widget in widgets_of(body, "metric") for what, *_ in lines_of(widget)}

    metrics = len(named) - 1 + len(codes)  # a search finds one for each code
    assert f"this one has {metrics} at most" in DOCUMENT
    assert metrics <= FREE_METRICS_MAX


def test_there_is_none_unless_it_is_asked_for_and_its_name_is_the_stack_s_in_its_region() -> None:
    assert not Stack().holds(Stack().resources["OperatorsDashboard"]["Condition"])
    for stack in STACKS.values():
        dashboard = stack.resources["OperatorsDashboard"]
        assert stack.holds(dashboard["Condition"])
        assert dashboard["Properties"]["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def test_the_document_has_a_row_for_each_graph_with_exactly_its_metrics() -> None:
    _, _, section = DOCUMENT.partition("## The dashboard")
    lines = section.partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")][1:]

    shown = {title: {what.name for what, *_ in lines_of(widget)} for title, widget in METRIC_WIDGETS.items()} | {
        title: set() for kind in ("alarm", "log") for title in titles(kind)
    }
    assert {title: set(re.findall(r"`([A-Z0-9]\w+)`", metrics)) for title, metrics, *_ in rows} == shown
