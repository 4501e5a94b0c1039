"""What an operator must hear of is counted, under the name and the dimensions that docs/operations.md tells."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

import draw_handler
from builders import an_order
from cloud import Cloud, a_cloud
from operations.alarms import emitted
from sam_template import ROOT
from tombola.aws import telemetry
from tombola.aws.ledger import DynamoLedger
from tombola.flows.show import SHOWS
from tombola.rules.invoice import PoisonError
from tombola.rules.problem import BusyError, Problem, busy, closed, somebody_else
from tombola.rules.verdict import Failed, Refused

OWN = frozenset({("service", "tombola")})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, dict[str, str], float]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [each for line in lines if "_aws" in line for each in emitted(line)]
    return [(metric.name, dict(metric.dimensions - OWN), value) for metric, value in found]


@pytest.mark.parametrize("returned", [True, False], ids=["returned", "raised"])
@pytest.mark.parametrize("draws", [True, False], ids=["draw", "look"])
def test_every_503_is_a_busy_answer_whoever_makes_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], returned: bool, draws: bool
) -> None:
    def answer(*_: Any) -> Problem:
        if returned:
            return busy()
        raise BusyError

    monkeypatch.setattr(draw_handler, "draw", answer)
    monkeypatch.setitem(SHOWS, "GET /activities/{activity_id}", answer)
    status, _ = cloud.draw() if draws else cloud.get("/activities/{activity_id}", activity_id="100001")

    assert (status, counted(capsys)) == (503, [("BusyAnswers", {}, 1.0)])


@pytest.mark.parametrize(
    ("problem", "code"), [(closed("100001", an_order().drawn_at), "0001"), (somebody_else(), "403")], ids=str
)
def test_a_refusal_is_counted_by_its_code_and_what_follows_is_not(
    capsys: pytest.CaptureFixture[str], problem: Problem, code: str
) -> None:
    telemetry.tell_problem(problem)
    telemetry.tell_busy(BusyError())

    assert counted(capsys) == [("Refusals", {"code": code}, 1.0), ("BusyAnswers", {}, 1.0)]


@pytest.mark.parametrize("grant", [Failed("no answer"), Refused("never")], ids=str)
def test_a_grant_that_failed_is_counted(capsys: pytest.CaptureFixture[str], grant: Failed | Refused) -> None:
    telemetry.tell_grant(an_order(), grant, an_order().drawn_at, "message")

    assert counted(capsys) == [("GrantFailures", {}, 1.0)]


def test_a_draw_and_a_grant_name_their_activity_beside_their_figures_and_not_as_a_dimension(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.draw("first")
    cloud.deliver()
    telemetry.tell_busy(BusyError())

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    named = {
        name: line.get("activity_id")
        for line in lines
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ())
        for name in (metric["Name"] for metric in directive["Metrics"])
    }
    assert named == {
        "Draws": "100001",
        "Wins": "100001",
        "Grants": "100001",
        "GrantLatency": "100001",
        "BusyAnswers": None,
    }


def test_figures_of_two_threads_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = list[int](), list[int]()

    def flush(*_: object) -> None:
        inside.append(1)
        time.sleep(0.01)
        most.append(len(inside))
        inside.pop()

    monkeypatch.setattr(telemetry.metrics, "flush_metrics", flush)
    monkeypatch.setattr(telemetry.metrics, "add_metric", lambda **_: None)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(telemetry.tell_back, "abcd", [PoisonError("no such order")] * 4))

    assert most == [1, 1, 1, 1]


def test_a_message_that_goes_back_is_counted(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.distribute(["poison", "poison"]) == {0, 1}

    assert counted(capsys) == [("Undelivered", {}, 1.0)] * 2


REFUSED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "WELCOME-10"}}, "UpdateItem")


@pytest.mark.usefixtures("cloud")
def test_an_error_that_nobody_foresaw_is_told_by_its_place_and_by_what_aws_answered_and_not_by_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order, place = an_order(), {"error": "ClientError", "answer": "AccessDeniedException of UpdateItem"}
    try:
        raise REFUSED
    except ClientError as error:
        telemetry.tell_unforeseen(error)
        telemetry.tell_back("message", error)
        telemetry.tell_grant(order, Failed("ClientError", error=error), order.drawn_at, "message")
        telemetry.tell_not_started(error)

    out = capsys.readouterr().out
    lines = [line for line in map(json.loads, out.splitlines()) if "_aws" not in line]
    assert [line["message"] for line in lines] == ["unforeseen", "not delivered", "not granted", "worker not started"]
    assert all(line.items() >= place.items() and __file__ in line["where"][-1] for line in lines)
    assert "WELCOME-10" not in out + repr(Failed("ClientError", error=REFUSED))


def test_a_run_tells_what_it_left_for_the_next_one(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def throttled(*_: Any) -> Any:
        raise BusyError("ThrottlingException of UpdateItem")

    cloud.ledger.put(an_order(7, due_at=cloud.now))
    monkeypatch.setattr(DynamoLedger, "claim_all", lambda *_: None)
    monkeypatch.setattr(DynamoLedger, "claim", throttled)
    cloud.compensate()

    [line] = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if line.get("message") == "left"]
    assert (line["count"], line["items"]) == (1, ["order 7 of 100001: ThrottlingException of UpdateItem"])


def test_the_document_names_every_metric_and_no_other() -> None:
    _, _, section = (ROOT / "docs/operations.md").read_text("utf-8").partition("## Metrics")
    rows = [line.split("|")[1] for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    source = (ROOT / "layers/shared/tombola/aws/telemetry.py").read_text("utf-8")

    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(set(re.findall(r'\b([A-Z][a-z]\w+)(?:=|"\s*:)', source)))


LEVELS = {"INFO": ["refused", "busy"], "WARNING": ["busy"], "ERROR": []}


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_ours_where_lambdas_stays_at_info_and_metrics_are_written_at_every_level(level: str) -> None:
    """As a function with LogFormat JSON starts: Lambda sets its level, and Powertools would take that one."""
    code = """
from tombola.aws import telemetry
from tombola.rules.problem import BusyError, nobody_is_me
telemetry.tell_problem(nobody_is_me())
telemetry.tell_busy(BusyError())
"""
    levels = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO", "POWERTOOLS_LOG_LEVEL": level}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "layers/shared"), **levels},
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["message"] for line in lines if "_aws" not in line] == LEVELS[level]
    assert [name for line in lines if "_aws" in line for name in line if name[0].isupper()] == [
        "Refusals",
        "BusyAnswers",
    ]
