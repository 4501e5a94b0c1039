"""Invoke a built function on this machine, as Lambda would, with the variables that a local stack gave to it."""

import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola_cli.errors import TombolaError
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import Stack
from tombola_cli.sam import rie

LAYERS_OF = {"x86_64": "LayerX86", "aarch64": "LayerArm"}
FAILED = "errorType"  # in the answer of a function that raised; one that was too slow is told in plain words


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A function's answer: the status and the body of an HTTP answer, or the whole of any other."""

    status: int | None
    answer: Any
    seconds: float


def event_in(file: Path) -> dict[str, Any]:
    """Read an event from a file of JSON; raise TombolaError when there is none."""
    try:
        event = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise TombolaError(f"{file}: {error.strerror or error}: events/ has one of each kind") from None
    except ValueError as error:
        raise TombolaError(f"{file} is no JSON: {error}") from None
    if not isinstance(event, dict):
        raise TombolaError(f"{file}: an event is a JSON object, and this is a {type(event).__name__}")
    return event


def invoke(function: Function, event: Mapping[str, Any], stack: Stack, built: Path, log: Path) -> Answer:
    """Run a built function, send it one event and return its answer; raise TombolaError when it failed.

    It works on the stack's own table and queues; its output is in the log.
    """
    deployed = _deployed(function, stack)
    runs = rie.BuiltFunction(
        folder=built / f"{function.capitalize()}Function",
        layers=layers_in(built, platform.machine()),
        handler=deployed["Handler"],
        timeout_seconds=deployed["Timeout"],
    )
    with rie.running(runs, variables(function, stack), log) as ask:
        begun = time.monotonic()
        said = ask(event)
        seconds = time.monotonic() - begun
    return _understood(function, said, seconds, log)


def layers_in(built: Path, machine: str) -> tuple[Path, ...]:
    """Return the layers of a build that this kind of machine can load: those for all kinds, and its own."""
    return tuple(sorted(folder for folder in built.iterdir() if folder.name.endswith(("Layer", LAYERS_OF[machine]))))


def variables(function: Function, stack: Stack) -> dict[str, str]:
    """Return the environment of a function that is deployed on an emulator, and the way to that emulator."""
    own: dict[str, str] = _deployed(function, stack)["Environment"]["Variables"]
    return {
        **own,
        "AWS_ENDPOINT_URL": stack.endpoint_url or "",
        "AWS_REGION": stack.region or "",
        "AWS_DEFAULT_REGION": stack.region or "",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # nosec B105
    }


def _deployed(function: Function, stack: Stack) -> Any:  # noqa: ANN401  as AWS answers
    name = getattr(stack, f"{function}_function")
    return stack.client("lambda").get_function_configuration(FunctionName=name)


def _understood(function: Function, said: Any, seconds: float, log: Path) -> Answer:  # noqa: ANN401  any JSON
    if not isinstance(said, dict):
        raise TombolaError(f"{function} failed: {said} (log: {log})")
    if FAILED in said:
        raise TombolaError(f"{function} failed: {said[FAILED]}: {said.get('errorMessage', '')} (log: {log})")
    if "statusCode" not in said:
        return Answer(status=None, answer=said, seconds=seconds)
    return Answer(status=said["statusCode"], answer=_body(said.get("body")), seconds=seconds)


def _body(text: str | None) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(text or "null")
    except ValueError:
        return text
