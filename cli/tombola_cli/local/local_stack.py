"""The local stack: an emulator of one's own, and template.yaml deployed on it."""

import os
import platform
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import install, loopback, ministack
from tombola_cli.local.deploy import delete, deploy
from tombola_cli.local.local_kafka import LocalKafka
from tombola_cli.local.process import Background
from tombola_cli.local.wheel_server import WheelServer
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack
from tombola_cli.operate.transport_name import TransportName

HOME = ROOT / ".local"
STACK_NAME = "tombola"
HEALTHY_SECONDS_MAX = 180.0  # an emulator that ended is told at once
CONNECT_SECONDS_MAX = 10.0
POLL_SECONDS = 0.05
# Seconds where AWS has minutes, so that a repair can be watched.
PARAMETERS = {
    "Stage": "local",
    "Authorization": "none",
    "Dashboard": "true",  # nobody looks at it there: so that each stack that is deployed here shows that it deploys
    "RevealPrincipal": "arn:aws:iam::000000000000:user/local",
    "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
    "FirstCheckSeconds": "2",
    "ResendAfterSeconds": "5",
    "BackoffSeconds": "1",
    "BackoffMaxSeconds": "10",
    "FailuresMax": "5",
    "DistributeConcurrency": str(ministack.DISTRIBUTE_CONCURRENCY),
}

Tell = Callable[[str], None]


def up(
    home: Path,
    port: int | None,
    tell: Tell,
    stack_name: str = STACK_NAME,
    transport: TransportName = TransportName.SQS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Stack:
    """Bring the stack up to date on the emulator that runs, on AWS_ENDPOINT_URL's, or on a new one.

    settings are parameters of the template. What is not among them has its default, whatever it was before.
    """
    environment, kafka = install.emulator(ROOT, tell), LocalKafka(home)
    parameters = {**PARAMETERS, **settings, "Transport": transport}
    if transport is TransportName.KAFKA:
        parameters |= {"KafkaBootstrapServers": kafka.start(tell), "KafkaSecurity": "none"}
    endpoint_url = _running(home, tell) or _foreign(home) or _started(home, environment, port, tell)
    place = Place(endpoint_url=endpoint_url, region=LOCAL_REGION)
    stack = deployed(place, environment, tell, stack_name, parameters)
    stack.save(stack_file(home))
    if transport is TransportName.KAFKA:
        tell("waiting for Kafka")
        kafka.serve(stack_file(home))
    else:
        kafka.stop()
    return stack


def down(home: Path) -> bool:
    """Stop the emulator, Kafka and the wheel page, and forget the stack; return whether there was anything to stop.

    An emulator that was started by somebody else keeps running: only the stack on it is deleted.
    """
    emulator, file, kafka = emulator_of(home), stack_file(home), LocalKafka(home)
    was_up = file.exists() or emulator.is_alive() or kafka.broker.process.is_alive()
    was_up |= WheelServer(home).stop()
    kafka.stop()
    if file.exists() and not emulator.folder.exists():  # it was not ours
        _delete_foreign(Stack.load(file))
    emulator.stop()
    shutil.rmtree(emulator.folder, ignore_errors=True)
    file.unlink(missing_ok=True)
    return was_up


def is_up(home: Path) -> bool:
    """Return whether the home's own emulator runs."""
    return emulator_of(home).is_alive()


def running(home: Path) -> Stack:
    """Return the stack of a home, known to answer."""
    stack = Stack.load(stack_file(home))
    if not _is_listening(stack.endpoint_url or ""):
        log = emulator_of(home).log
        raise TombolaError(f"nothing answers at {stack.endpoint_url} any more (log: {log}): run tombola up")
    return stack


def emulator_of(home: Path) -> Background:
    return Background(home / "ministack")


def stack_file(home: Path) -> Path:
    return home / "stack.json"


def start(home: Path, environment: Path, port: int) -> str:
    """Start an emulator with nothing on it and return its endpoint once it answers."""
    emulator, endpoint_url = emulator_of(home), f"http://127.0.0.1:{port}"
    shutil.rmtree(emulator.folder, ignore_errors=True)
    settings = ministack.settings(port, emulator.folder)
    _endpoint_file(home).write_text(endpoint_url)
    emulator.start(ministack.command(environment), settings)
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while not ministack.is_healthy(endpoint_url):
        if not emulator.is_alive():
            raise TombolaError(f"the emulator ended at once: {emulator.last_words()} (log: {emulator.log})")
        if time.monotonic() > deadline:
            emulator.stop()
            raise TombolaError(f"the emulator did not answer in {HEALTHY_SECONDS_MAX:.0f} s (log: {emulator.log})")
        time.sleep(POLL_SECONDS)
    return endpoint_url


def deployed(
    place: Place, environment: Path, tell: Tell, stack_name: str, parameters: Mapping[str, str] = PARAMETERS
) -> Stack:
    """Create or update the stack on an emulator that runs."""
    tell("building the layer")
    wanted = ("shared", "kafka") if parameters.get("Transport") == TransportName.KAFKA else ("shared",)
    layers = ministack.layers(ROOT, environment, wanted)
    tell(f"deploying template.yaml as {stack_name} on {place.endpoint_url}")
    deployment = deploy(place, stack_name, ROOT, layers, parameters)
    ministack.repair(place, deployment.outputs)
    tell("deployed" if deployment.changed else "nothing had changed")
    for name, (before, after) in deployment.moved.items():
        tell(f"{name} was {before or 'empty'}, and is {after or 'empty'}")
    outputs = {**deployment.outputs, "ApiUrl": ministack.api_url(place, deployment.outputs["ApiId"])}
    return Stack.from_outputs(place, stack_name, outputs)


def _endpoint_file(home: Path) -> Path:
    return emulator_of(home).folder / "endpoint"


def _running(home: Path, tell: Tell) -> str | None:
    emulator = emulator_of(home)
    if not emulator.is_alive():
        return None
    endpoint_url = _endpoint_file(home).read_text()
    if os.environ.get("AWS_ENDPOINT_URL", endpoint_url).rstrip("/") != endpoint_url:
        raise TombolaError(f"AWS_ENDPOINT_URL is not {endpoint_url}, which runs: unset it, or run tombola down")
    if not ministack.is_healthy(endpoint_url):
        raise TombolaError(f"the emulator (pid {emulator.pid}) does not answer at {endpoint_url}: run tombola down")
    tell(f"the emulator is already running at {endpoint_url}")
    return endpoint_url


def _foreign(home: Path) -> str | None:
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint_url:
        return None
    if not _is_listening(endpoint_url):
        raise TombolaError(f"nothing answers at AWS_ENDPOINT_URL={endpoint_url}: start it, or unset the variable")
    shutil.rmtree(emulator_of(home).folder, ignore_errors=True)  # of one that died; its absence says: not ours
    return endpoint_url.rstrip("/")


def _delete_foreign(stack: Stack) -> None:
    if _is_listening(stack.endpoint_url or ""):  # else its emulator is gone, and the stack with it
        delete(stack, stack.stack_name)


def _is_listening(endpoint_url: str) -> bool:
    url = urlsplit(endpoint_url)
    port = url.port or {"https": 443}.get(url.scheme, 80)
    with suppress(OSError), socket.create_connection((url.hostname or "", port), CONNECT_SECONDS_MAX):
        return True
    return False


def _started(home: Path, environment: Path, port: int | None, tell: Tell) -> str:
    port = loopback.free_port() if port is None else loopback.unused(port)
    tell(f"starting the emulator on port {port}")
    return start(home, environment, port)
