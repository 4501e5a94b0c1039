"""`tombola invoke` runs what SAM built, with what the stack gave to the function, and tells a failure as one."""

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import LOCAL_REGION, Stack
from tombola_cli.sam import rie
from tombola_cli.sam.invoke import Answer, event_in, invoke
from tombola_cli.sam.rie import BuiltFunction, Invoke

ENDPOINT = "http://127.0.0.1:4566"
DEPLOYED = {"Handler": "draw_handler.handler", "Timeout": 15, "Environment": {"Variables": {"TABLE_NAME": "t"}}}


class Played:
    """The runtime emulator, which answers what a test says, and tells what it ran."""

    def __init__(self, said: Any) -> None:
        self.said = said

    @contextmanager
    def running(self, function: BuiltFunction, variables: Mapping[str, str], log: Path) -> Iterator[Invoke]:
        self.function, self.variables = function, variables
        yield lambda event: self.said


def invoked(said: Any, monkeypatch: pytest.MonkeyPatch, built: Path) -> tuple[Answer, Played]:
    played = Played(said)
    configuration = SimpleNamespace(get_function_configuration=lambda FunctionName: DEPLOYED)  # noqa: N803
    monkeypatch.setattr(rie, "running", played.running)
    monkeypatch.setattr(Stack, "client", lambda *_: configuration)
    names = dict.fromkeys((field.name for field in fields(Stack)), "")
    stack = Stack(**{**names, "endpoint_url": ENDPOINT, "region": LOCAL_REGION})
    return invoke(Function.DRAW, {}, stack, built, Path("the-log")), played


def test_the_function_runs_with_its_own_variables_its_layers_and_the_way_to_the_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DrawFunction", "KafkaLayerArm", "KafkaLayerX86", "SharedLayer"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    _, played = invoked({}, monkeypatch, tmp_path)

    assert played.function == BuiltFunction(
        folder=tmp_path / "DrawFunction",
        layers=(tmp_path / "KafkaLayerX86", tmp_path / "SharedLayer"),
        handler="draw_handler.handler",
        timeout_seconds=15,
    )
    assert played.variables["TABLE_NAME"] == "t"
    assert (played.variables["AWS_ENDPOINT_URL"], played.variables["AWS_REGION"]) == (ENDPOINT, LOCAL_REGION)


def test_an_answer_over_http_is_its_status_and_its_body(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer, _ = invoked({"statusCode": 201, "body": '{"outcome": "won"}'}, monkeypatch, tmp_path)

    assert (answer.status, answer.answer) == (201, {"outcome": "won"})


def test_any_other_answer_is_shown_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer, _ = invoked({"batchItemFailures": []}, monkeypatch, tmp_path)

    assert (answer.status, answer.answer) == (None, {"batchItemFailures": []})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"errorType": "WrongEventError", "errorMessage": "expected"}, "draw failed: WrongEventError: expected"),
        ({"errorType": "X", "statusCode": 200}, "draw failed: X"),
        ("Task timed out after 15.00 seconds", "draw failed: Task timed out after 15.00 seconds"),
    ],
)
def test_a_function_that_failed_is_told_with_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: Any, told: str
) -> None:
    with pytest.raises(TombolaError, match=told) as error:
        invoked(said, monkeypatch, tmp_path)
    assert "(log: the-log)" in str(error.value)


def test_an_event_is_read_from_its_file() -> None:
    assert event_in(ROOT / "events/draw.json")["routeKey"] == "POST /activities/{activity_id}/draws"


@pytest.mark.parametrize(
    ("text", "told"), [("{", "is no JSON"), ("[]", "an event is a JSON object, and this is a list")]
)
def test_a_file_that_holds_no_event_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "event.json").write_text(text)

    with pytest.raises(TombolaError, match=rf"event\.json.*{told}"):
        event_in(tmp_path / "event.json")


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(TombolaError, match=r"nope\.json: No such file"):
        event_in(Path("nope.json"))
