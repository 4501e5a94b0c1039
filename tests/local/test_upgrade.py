"""The version before, deployed by its own command; today's template takes over while people draw."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Event

import pytest

from played import compensate, until
from tombola.aws.workers import ALIAS
from tombola.rules.order import GrantState, Order
from tombola_cli import activities, local, ministack
from tombola_cli.api import Api, Reply
from tombola_cli.campaign import Queue
from tombola_cli.deploy import deploy
from tombola_cli.patience import Patience
from tombola_cli.snapshot import read_orders
from tombola_cli.stack import LOCAL_REGION, Place, Stack

VERSION_BEFORE = "83a626a9eb2bba3950020b94d2ab40be2c525c54"
COMMAND_SECONDS_MAX = 900.0
CLIENTS = 2
WAITING_DRAWS = 8
DRAWS_AFTER = 6  # of each client, once the update is done
ONCE = Patience(seconds=0.0)  # every answer counts: nothing is asked again
ACTIVITY = "100001"


def command(root: Path, *arguments: str) -> None:
    """Run the tombola command of the version in root."""
    paths = os.pathsep.join(str(root / folder) for folder in ("cli", "layers/shared"))
    environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    done = subprocess.run(
        [sys.executable, "-c", "from tombola_cli.main import run; run()", *arguments],
        cwd=root,
        env={**environment, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def before(tmp_path: Path, emulator_environment: Path) -> Iterator[Stack]:
    """Deploy the version before on an emulator of its own, with what is installed for this one."""
    archive = subprocess.run(["git", "archive", VERSION_BEFORE], cwd=local.ROOT, capture_output=True, check=False)
    assert archive.returncode == 0, f"this test needs the project's history: {archive.stderr.decode()}"
    subprocess.run(["tar", "-x"], cwd=tmp_path, input=archive.stdout, check=True)
    (tmp_path / ".local").mkdir()
    for shared in ("emulator", "uv", "layer"):
        (tmp_path / ".local" / shared).symlink_to(local.HOME / shared)
    assert emulator_environment == local.HOME / "emulator"
    try:
        command(tmp_path, "up")
        yield Stack.load(local.stack_file(tmp_path / ".local"))
    finally:
        command(tmp_path, "down")


def draw_until(done: Event, stack: Stack) -> list[Reply]:
    """Draw as a new user each time, until enough came after done; the emulator's own answers are asked for again."""
    api, replies, after = Api(stack, patience=ONCE), [], 0
    while after < DRAWS_AFTER:
        after += done.is_set()
        user_id = f"user-{uuid.uuid4()}"
        reply = _asked_once(api, user_id)
        replies.append(_asked_once(api, user_id) if _is_the_emulators_own(reply) else reply)
    return replies


def _asked_once(api: Api, user_id: str) -> Reply:
    headers = {"Idempotency-Key": "key", "Content-Type": "application/json"}
    body = f'{{"user_id": "{user_id}"}}'.encode()
    return api._ask_once("POST", f"{api.stack.api_url}/activities/{ACTIVITY}/draws", headers, body)


def _is_the_emulators_own(reply: Reply) -> bool:
    """Return whether the emulator ended a worker of $LATEST while it was at work, which AWS never does."""
    says = str(reply.body.get("errorMessage", ""))
    return reply.status == HTTPStatus.BAD_GATEWAY and ("Worker process died" in says or "ministack-lambda" in says)


@contextmanager
def people_drawing(stack: Stack) -> Iterator[list[Reply]]:
    """Let people draw meanwhile, and for a moment after; their answers are there at the end."""
    done, replies = Event(), list[Reply]()
    with ThreadPoolExecutor(CLIENTS) as clients:
        drawing = [clients.submit(draw_until, done, stack) for _ in range(CLIENTS)]
        try:
            yield replies
        finally:
            done.set()
        replies.extend(reply for each in drawing for reply in each.result())


def updated(stack: Stack, root: Path, environment: Path, parameters: Mapping[str, str]) -> None:
    place = Place(endpoint_url=stack.endpoint_url, region=LOCAL_REGION)
    deployment = deploy(place, stack.stack_name, root, ministack.layer(local.ROOT, environment), parameters)
    ministack.repair(place, deployment.outputs)
    assert deployment.changed


def _others(replies: list[Reply]) -> list[str]:
    """Return the answers that are no order."""
    assert len(replies) > CLIENTS * DRAWS_AFTER  # some came while the update went on
    return [str(reply) for reply in replies if reply.status not in {HTTPStatus.OK, HTTPStatus.CREATED}]


def orders_of(stack: Stack) -> dict[str, Order]:
    return {str(order.order_id): order for order in read_orders(stack.client("dynamodb"), stack.table_name)}


def is_granted(order: Order) -> bool:
    return order.award is None or order.grant_state is GrantState.GRANTED


def test_an_update_in_place_answers_every_draw_and_grants_what_the_version_before_promised(
    before: Stack, emulator_environment: Path
) -> None:
    api, queue = Api(before), Queue(before)
    queue.receive(enabled=False)
    promised = [api.draw(ACTIVITY, f"waiting-{number}", "key").body["order_id"] for number in range(WAITING_DRAWS)]
    queue.sqs.purge_queue(QueueUrl=before.queue_url)  # from now on only compensation knows of them
    queue.receive(enabled=True)

    with people_drawing(before) as replies:
        updated(before, local.ROOT, emulator_environment, local.PARAMETERS)

    assert _others(replies) == []
    promised += [reply.body["order_id"] for reply in replies]
    assert set(promised) <= orders_of(before).keys()
    until(lambda: compensate(before) and all(map(is_granted, orders_of(before).values())))


@pytest.fixture
def changing(stack: Stack, emulator_environment: Path) -> Iterator[Stack]:
    """Lend the stack to a test that changes it."""
    yield stack
    updated(stack, local.ROOT, emulator_environment, local.PARAMETERS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what a deployment reads, to be changed."""
    shutil.copy(local.ROOT / "template.yaml", tmp_path)
    shutil.copytree(local.ROOT / "functions", tmp_path / "functions")
    return tmp_path


def test_code_and_variables_are_served_together_and_no_draw_meets_the_change(
    changing: Stack, project: Path, emulator_environment: Path
) -> None:
    activities.launch(local.ROOT / f"activities/{ACTIVITY}.yaml", changing)
    functions = changing.client("lambda")
    live = functions.get_alias(FunctionName=changing.draw_function, Name=ALIAS)["FunctionVersion"]
    with (project / "functions/draw/draw_handler.py").open("a") as handler:
        handler.write("# a change\n")

    with people_drawing(changing) as replies:
        updated(changing, project, emulator_environment, {**local.PARAMETERS, "BackoffMaxSeconds": "11"})

    assert _others(replies) == []
    after = functions.get_alias(FunctionName=changing.draw_function, Name=ALIAS)["FunctionVersion"]
    served = functions.get_function_configuration(FunctionName=changing.draw_function, Qualifier=ALIAS)
    latest = functions.get_function_configuration(FunctionName=changing.draw_function)
    assert int(after) > int(live)
    assert served["CodeSha256"] == latest["CodeSha256"]
    assert served["Environment"]["Variables"]["BACKOFF_MAX_SECONDS"] == "11"


def test_a_changed_parameter_alone_is_served(changing: Stack, emulator_environment: Path) -> None:
    functions = changing.client("lambda")

    updated(changing, local.ROOT, emulator_environment, {**local.PARAMETERS, "BackoffMaxSeconds": "12"})

    served = functions.get_function_configuration(FunctionName=changing.distribute_function, Qualifier=ALIAS)
    assert served["Environment"]["Variables"]["BACKOFF_MAX_SECONDS"] == "12"
