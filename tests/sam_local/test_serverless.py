"""What SAM is started with, and what of an event reaches its API."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from sam_local.answers import Said
from sam_local.base_image import ENDPOINT
from sam_local.engine import Engine
from sam_local.serverless import Api, Sam, said_by
from tombola_cli.files.repository import ROOT
from tombola_cli.local.process import Background
from tombola_cli.operate.stack import Stack
from tombola_cli.sam import invoke, sam_tools

OURS = "http://127.0.0.1:44001"


class Server(socketserver.ThreadingUnixStreamServer):
    """Keeps what it was asked, and answers a draw."""

    asked: Any = None


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked = (self.path, dict(self.headers), content)
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b'{"outcome": "won"}')


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(str(tmp_path / "api.sock"), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / f"events/{name}.json").read_text("utf-8"))
    return loaded


def test_the_request_of_an_event_is_sent_as_a_client_sends_it(server: Server, tmp_path: Path) -> None:
    draw = {**event("draw"), "rawQueryString": "a=b"}

    said = Api(tmp_path / "api.sock").send(draw)

    path, headers, content = server.asked
    assert said == Said(status=201, body={"outcome": "won"})
    assert (path, content) == ("/activities/100001/draws?a=b", b'{"user_id": "xiaofuge"}')
    assert headers["idempotency-key"] == draw["headers"]["idempotency-key"]


def test_a_body_in_base64_is_sent_as_its_bytes(server: Server, tmp_path: Path) -> None:
    Api(tmp_path / "api.sock").send(event("draw-latin-1"))

    assert server.asked[2] == '{"user_id": "jörg"}'.encode("latin-1")


def test_an_answer_is_read_as_http_or_as_the_whole_that_it_is() -> None:
    assert said_by({"statusCode": 200, "body": '{"a": 1}'}) == Said(status=200, body={"a": 1})
    assert said_by({"statusCode": 502, "body": "<html>"}) == Said(status=502, body="<html>")
    assert said_by({"batchItemFailures": []}) == Said(status=None, body={"batchItemFailures": []})


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sam:
    own = {"TABLE_NAME": "t", "QUEUE_URL": f"{OURS}/000000000000/queue"}
    monkeypatch.setattr(invoke, "variables", lambda *_: own)
    monkeypatch.setattr(sam_tools, "path_of", Path)
    names = dict.fromkeys((field.name for field in fields(Stack)), "")
    stack = Stack(**{**names, "endpoint_url": OURS})
    return Sam(Engine(Background(tmp_path / "engine"), tmp_path), "image", tmp_path / "build", stack, tmp_path)


def test_no_registry_is_asked_for_an_image(sam: Sam) -> None:
    command = sam._command("invoke", "DrawFunction", {})

    assert command[command.index("--invoke-image") + 1] == "image"
    assert "--skip-pull-image" in command


def test_the_functions_get_the_stacks_variables_and_those_of_the_event(sam: Sam) -> None:
    written = json.loads(sam._env_file({"AUTHORIZATION": "jwt"}).read_text())

    assert set(written) == {"DrawFunction", "DistributeFunction", "CompensateFunction"}
    assert written["DrawFunction"] == {
        "TABLE_NAME": "t",
        "QUEUE_URL": f"{ENDPOINT}/000000000000/queue",
        "AUTHORIZATION": "jwt",
    }
