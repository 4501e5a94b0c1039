"""Each row of docs/operations.md is made to happen: what is emitted then is what exactly its alarms watch."""

import re
import time
from collections.abc import Iterator, Sequence

import pytest

from builders import a_share, an_order
from cloud import a_cloud
from operations.alarms import TOPIC, Metric, alarms_of, period_of, restless, ringing, watched_by
from operations.aws_metrics import AWS_METRICS
from operations.ledger_down import unreachable
from operations.outages import OUTAGES, Outage
from operations.scene import Scene, in_the_templates_namespace
from sam_template import ROOT, Stack
from table_stream import TableStream
from tombola.aws.transport import TRANSPORTS
from tombola.rules import draw_machine
from tombola.rules.quota import Quotas

STACKS = {name: Stack(AlarmTopicArn=TOPIC, Transport=name) for name in TRANSPORTS}
STACK = STACKS["sqs"]
ALARMS = {name: alarm for stack in STACKS.values() for name, alarm in alarms_of(stack).items()}
OF_SQS = alarms_of(STACK)
DOCUMENT = (ROOT / "docs/operations.md").read_text("utf-8")
QUIET = 6  # minutes before anything fails
MENDED = 20  # minutes after which no alarm looks back at what failed
DAY = 24 * 60  # minutes
FLOOD = 1_200  # refused requests a minute


@pytest.fixture
def scene(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], few_lanes: Sequence[str]
) -> Iterator[Scene]:
    with a_cloud(monkeypatch, a_share(stock=100, shards=2), quotas=Quotas()) as cloud:
        in_the_templates_namespace(monkeypatch)
        monkeypatch.setattr(time, "sleep", lambda _: None)
        monkeypatch.setattr(draw_machine, "TRIES_MAX", 3)  # no time passes while a draw tries again
        yield Scene(cloud, monkeypatch, capsys)


def rest(scene: Scene, minutes: int) -> None:
    for _ in scene.minutes(minutes):
        scene.rests()


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.what)
def test_an_outage_rings_its_alarms_and_no_other(scene: Scene, outage: Outage) -> None:
    alarms = alarms_of(STACKS[outage.transport])
    scene.takes(outage.transport)
    rest(scene, QUIET)
    assert ringing(alarms, scene.figures, scene.at) == set()

    outage.make(scene)

    assert ringing(alarms, scene.figures, scene.at) == outage.rings
    rest(scene, MENDED)
    assert restless(alarms, scene.figures, scene.at) == set()


def test_a_new_idle_stack_rings_nothing(scene: Scene) -> None:
    for _ in scene.minutes(QUIET):
        pass  # alarms are there before the first run

    rest(scene, DAY)

    assert ringing(OF_SQS, scene.figures, scene.at) == set()


def test_a_stack_on_which_all_is_well_rings_nothing(scene: Scene) -> None:
    for _ in scene.minutes(QUIET):
        assert scene.draws(3) == [201] * 3
        scene.cloud.deliver()
        for function, milliseconds in (("draw", 300), ("distribute", 900), ("compensate", 4_000)):
            scene.aws(f"{function} Duration", milliseconds)
        scene.lies(0)
        scene.compensates()

    assert ringing(OF_SQS, scene.figures, scene.at) == set()


def test_a_stack_with_a_stream_on_which_all_is_well_rings_nothing(scene: Scene) -> None:
    scene.takes("streams")
    stream = TableStream(scene.cloud)
    for _ in scene.minutes(QUIET * 5):  # some are woken by their draw, and one by its claim
        assert scene.draws(3) == [201] * 3
        scene.hands_over(stream.records())
        scene.aws("distribute IteratorAge", 300)
        scene.cloud.ledger.put(an_order(scene.at, due_at=scene.cloud.now))
        scene.compensates()
        assert scene.hands_over(stream.records()) == []

    assert ringing(alarms_of(STACKS["streams"]), scene.figures, scene.at) == set()


def test_where_draws_are_few_one_busy_answer_rings(scene: Scene) -> None:
    rest(scene, QUIET)
    with scene.broken("kms", unreachable):
        for _ in scene.minutes(1):
            assert scene.draws() == [503]
            scene.rests()

    assert ringing(OF_SQS, scene.figures, scene.at) == {"ApiErrorsAlarm"}


@pytest.mark.parametrize(("busy", "rings"), [(11, {"BusyAnswersAlarm"}), (1, set())], ids=["an outage", "a conflict"])
def test_a_flood_of_refusals_hides_no_outage_and_a_conflict_among_many_draws_is_none(
    scene: Scene, busy: int, rings: set[str]
) -> None:
    rest(scene, QUIET)
    with scene.broken("kms", unreachable):
        for _ in scene.minutes(QUIET):
            assert scene.draws(busy) == [503] * busy
            for _ in range(FLOOD):
                scene.answered(403)
            scene.rests()

    assert ringing(OF_SQS, scene.figures, scene.at) == rings


SLOW = {
    "DrawSlowAlarm": "DrawFunction",
    "DistributeSlowAlarm": "DistributeFunction",
    "CompensateSlowAlarm": "CompensateFunction",
}


@pytest.mark.parametrize(("alarm", "function"), SLOW.items())
def test_slow_is_what_comes_near_the_time_limit(alarm: str, function: str) -> None:
    limit = STACK.functions()[function]["Timeout"] * 1000  # milliseconds

    assert limit * 0.8 <= ALARMS[alarm]["Threshold"] < limit


def test_every_alarm_stands_in_a_row_and_every_row_names_alarms_that_there_are() -> None:
    assert frozenset[str]().union(*(outage.rings for outage in OUTAGES)) == ALARMS.keys()
    assert all(outage.rings for outage in OUTAGES)


def test_the_document_has_exactly_these_rows_with_exactly_these_alarms() -> None:
    _, _, section = DOCUMENT.partition("## What fails")
    lines = section.partition("\n## ")[0].splitlines()
    rows = [row.split("|")[1:-1] for row in lines if row.startswith("| ")][1:]

    told = {what.strip(): set(re.findall(r"`(\w+Alarm)`", rings)) for what, _, rings, _ in rows}
    assert len(rows) == len(told)
    assert told == {outage.what: set(outage.rings) for outage in OUTAGES}
    assert all(cell.strip() for row in rows for cell in row)


def test_what_alarms_watch_of_aws_is_what_aws_says_it_emits() -> None:
    watched = set[Metric]().union(*map(watched_by, ALARMS.values()))

    assert {metric for metric in watched if metric.namespace.startswith("AWS/")} == {
        each.metric for each in AWS_METRICS.values()
    }
    assert all(each.page.startswith("https://docs.aws.amazon.com/") for each in AWS_METRICS.values())


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_looks_at_each_minute_but_for_those_that_compare_two_figures(alarm: str) -> None:
    assert period_of(ALARMS[alarm]) == (
        300 if alarm in ("ApiErrorsAlarm", "StreamSilentAlarm", "TopicSilentAlarm") else 60
    )


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_what_it_does_without_data(alarm: str) -> None:
    told = alarm == "OldestDueAlarm"  # compensation always reports, so that its silence says something

    assert ALARMS[alarm]["TreatMissingData"] == ("missing" if told else "notBreaching")
    assert ("InsufficientDataActions" in ALARMS[alarm]) is told
    assert ALARMS[alarm]["AlarmActions"] == [TOPIC]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_there_wherever_aws_is(alarm: str) -> None:
    condition = STACK.resources[alarm].get("Condition")
    computes = "Metrics" in ALARMS[alarm]  # which no emulator does

    assert condition is None or any(stack.holds(condition) for stack in STACKS.values())
    assert computes == (condition is not None and condition.endswith("OnAws"))
    assert not (computes and any(Stack(Stage="local", Transport=name).holds(condition) for name in STACKS))
