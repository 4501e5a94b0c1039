"""`sam local invoke` and `sam local start-api`, in the network of an engine, with the variables of a stack."""

import base64
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sam_local import forward
from sam_local.answers import Said
from sam_local.base_image import ENDPOINT, STACK_PORT
from sam_local.engine import BRIDGE, Engine
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local.process import Background
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import Stack
from tombola_cli.sam import invoke, sam_tools

PYTHON = ROOT / ".venv/bin/python"
API_PORT = 3000  # of the engine's own network, where nobody else is
ANSWER_SECONDS_MAX = 300.0
LISTENING_SECONDS_MAX = 120.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Sam:
    """SAM's program, the engine that it runs functions on, and the stack that they work on."""

    engine: Engine
    image: str
    build: Path
    stack: Stack
    home: Path

    def invoke(self, function: Function, event: str, variables: Mapping[str, str]) -> Said:
        """Send an event of events/ to a function; raise TombolaError when there is no answer at all."""
        done = subprocess.run(
            self._command("invoke", logical_id(function), variables, "--event", f"events/{event}.json"),
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_SECONDS_MAX,
        )
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise TombolaError(f"no answer but {done.stdout!r}:\n{done.stderr}") from None
        return said_by(answer)

    @contextmanager
    def api(self) -> Iterator["Api"]:
        """Serve the HTTP API, its functions warm, until the block ends."""
        served, way = Background(self.home / "api"), Background(self.home / "api-forward")
        door = self.engine.folder / "api.sock"
        more = ["--port", str(API_PORT), "--warm-containers", "EAGER", "--disable-authorizer"]
        command = self._command("start-api", None, {}, *more)
        try:
            served.start(command, self._environment())
            way.start(self.engine.inside(*forwarded(f"unix:{door}", f"127.0.0.1:{API_PORT}")), dict(os.environ))
            api = Api(door)
            _await_api(api, served)
            yield api
        finally:
            served.stop()
            way.stop()
            self.engine.remove_functions()

    def _command(self, what: str, function: str | None, variables: Mapping[str, str], *more: str) -> list[str]:
        words: list[str | Path] = [sam_tools.path_of("bin/sam"), "local", what, *([function] if function else [])]
        words += ["--template", self.build / "template.yaml", "--invoke-image", self.image, "--skip-pull-image"]
        return self.engine.inside(*words, "--env-vars", self._env_file(variables), *more)

    def _environment(self) -> dict[str, str]:
        return {**sam_tools.environment(), **self.engine.variables}

    def _env_file(self, more: Mapping[str, str]) -> Path:
        """Write the variables of the deployed functions; the stack is elsewhere for a container."""
        found = {}
        for function in Function:
            own = invoke.variables(function, self.stack)
            seen = {name: value.replace(self.stack.endpoint_url or "", ENDPOINT) for name, value in own.items()}
            found[logical_id(function)] = {**seen, **more}
        file = self.home / "env.json"
        file.write_text(json.dumps(found))
        return file


def logical_id(function: Function) -> str:
    return f"{function.capitalize()}Function"


@dataclass(frozen=True)
class Api:
    """The HTTP API behind a Unix socket."""

    door: Path

    def send(self, event: Mapping[str, Any]) -> Said:
        """Send the request that a gateway would make this event of."""
        connection = _ThroughASocket(self.door)
        body = event.get("body")
        content = base64.b64decode(body) if body and event.get("isBase64Encoded") else (body or "").encode()
        path = "?".join(part for part in (event["rawPath"], event["rawQueryString"]) if part)
        try:
            connection.request(event["requestContext"]["http"]["method"], path, content, dict(event["headers"]))
            answer = connection.getresponse()
            return Said(status=answer.status, body=_json(answer.read().decode()))
        finally:
            connection.close()


class _ThroughASocket(http.client.HTTPConnection):
    def __init__(self, door: Path) -> None:
        super().__init__("127.0.0.1", timeout=ANSWER_SECONDS_MAX)
        self._door = door

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._door))


@contextmanager
def joined(engine: Engine, stack: Stack, home: Path) -> Iterator[None]:
    """Let the containers reach the stack: by a Unix socket, so that it stays on loopback."""
    outside, inside = Background(home / "forward"), Background(home / "forward-inside")
    door, port = engine.folder / "stack.sock", urlsplit(stack.endpoint_url or "").port
    try:
        outside.start(forwarded(f"unix:{door}", f"127.0.0.1:{port}"), dict(os.environ))
        inside.start(engine.inside(*forwarded(f"{BRIDGE}:{STACK_PORT}", f"unix:{door}")), dict(os.environ))
        yield
    finally:
        inside.stop()
        outside.stop()


def forwarded(listen: str, target: str) -> list[str]:
    return [str(PYTHON), str(Path(forward.__file__)), listen, target]


def said_by(answer: Any) -> Said:
    """Return what a function answered, an HTTP answer by its status and body."""
    if isinstance(answer, dict) and "statusCode" in answer:
        return Said(status=answer["statusCode"], body=_json(answer.get("body")))
    return Said(status=None, body=answer)


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return text


def _await_api(api: Api, served: Background) -> None:
    deadline = time.monotonic() + LISTENING_SECONDS_MAX
    while time.monotonic() < deadline and served.is_alive():
        try:
            connection = _ThroughASocket(api.door)
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(POLL_SECONDS)
        else:
            return
        finally:
            connection.close()
    raise TombolaError(f"sam local start-api does not listen: {served.log.read_text(errors='replace')}")
