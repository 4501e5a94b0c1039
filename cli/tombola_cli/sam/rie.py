"""A built function under Lambda's own runtime interface emulator and runtime client: no container, no stand-in."""

import json
import os
import platform
import signal
import socket
import subprocess  # nosec B404
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola_cli.errors import TombolaError
from tombola_cli.local.loopback import free_ports
from tombola_cli.sam import sam_tools

EMULATORS = "lib/python3.13/site-packages/samcli/local/rapid"  # in SAM's wheel, for Linux on each architecture
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}
INVOCATIONS = "/2015-03-31/functions/function/invocations"
LISTENING_SECONDS_MAX = 180.0
ANSWER_SECONDS_MAX = 180.0
STOP_SECONDS_MAX = 5.0
POLL_SECONDS = 0.02

Invoke = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class BuiltFunction:
    """What sam build made of a function and its layers."""

    folder: Path
    layers: tuple[Path, ...]
    handler: str
    timeout_seconds: int

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the whole environment: Lambda's own variables, the paths it searches, and those given."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "LAMBDA_TASK_ROOT": str(self.folder),
            "PYTHONPATH": ":".join(map(str, [self.folder, *(layer / "python" for layer in self.layers)])),
            "PYTHONDONTWRITEBYTECODE": "1",  # on Lambda nothing could be written: the build stays what SAM made
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": self.folder.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout_seconds),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            **variables,
        }


@contextmanager
def running(function: BuiltFunction, variables: Mapping[str, str], log: Path) -> Iterator[Invoke]:
    """Run the function; calling what is yielded invokes it and returns its answer's body.

    The status of an answer says nothing: a function that timed out answers 200. So bodies are all there is.
    """
    port, runtime_port = free_ports(2)
    command: list[str | Path] = [
        _emulator(),
        *("--log-level", "error"),
        *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
        *(sam_tools.path_of("bin/python"), "-m", "awslambdaric", function.handler),
    ]
    with log.open("w") as output:
        process = subprocess.Popen(  # nosec B603
            command,
            cwd=function.folder,
            env=function.environment(variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_listening(process, port, log)
        yield lambda event: _invoke(port, event)
    finally:
        _stop(process)


def _emulator() -> Path:
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in ARCHITECTURES:
        raise TombolaError(
            f"the runtime interface emulator runs on Linux (x86_64, aarch64); this is {system} {machine}"
        )
    return sam_tools.path_of(EMULATORS, f"aws-lambda-rie-{ARCHITECTURES[machine]}")


def _await_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + LISTENING_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_SECONDS)
    raise TombolaError(f"the runtime interface emulator does not listen on {port}:\n{log.read_text()}")


def _invoke(port: int, event: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}{INVOCATIONS}", json.dumps(event).encode())
    try:
        with direct.open(request, timeout=ANSWER_SECONDS_MAX) as answer:
            return _body(answer.read())
    except urllib.error.HTTPError as error:
        return _body(error.read())


def _body(answer: bytes) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(answer)
    except json.JSONDecodeError:
        return answer.decode()  # a timeout is told in plain words


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the emulator and the function it started: they are a session of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            continue
