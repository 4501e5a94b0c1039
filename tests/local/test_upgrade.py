"""The version before, deployed by its own command; today's template takes over while people draw."""

import os
import re
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

from builders import SECOND
from pages import PARAMETERS
from played import compensate, until
from tombola.aws.workers import ALIAS
from tombola.rules.order import GrantState, Order
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack, ministack
from tombola_cli.local.channel import Queue
from tombola_cli.local.deploy import deploy
from tombola_cli.local.launch import launch
from tombola_cli.operate import wins_list
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.order_lists import read_orders
from tombola_cli.operate.patience import Patience
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack
from tombola_cli.operate.wins_fill import fill_wins
from tombola_cli.operate.wins_list import Win, listing_of, wins_of

VERSION_BEFORE = "83a626a9eb2bba3950020b94d2ab40be2c525c54"
COMMAND_SECONDS_MAX = 900.0
CLIENTS = 2
WAITING_DRAWS = 8
DRAWS_AFTER = 6  # of each client, once the update is done
ONCE = Patience(seconds=0.0)  # every answer counts: nothing is asked again
ASKS_MAX = 4  # an update ends the workers of $LATEST twice: for the code, and for the variables
# What the emulator answers for a worker that it ended: at work, while it started, or between two lines of its own.
EMULATORS_OWN = (
    re.compile("Worker process died"),
    re.compile("Worker process exited immediately. stderr: "),  # and nothing behind it: code that fails says why
    re.compile("Worker returned no response"),
    re.compile(r".*Broken pipe"),
    re.compile(r"'NoneType' object has no attribute '(stdin|stdout|stderr|poll)'"),
    re.compile(r".*/ministack-lambda-.*", re.DOTALL),  # the folder of a worker, which is gone with it
    re.compile("Failed to resolve layer arn:.*"),  # a version that the update has deleted: functions on AWS keep theirs
)
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
    archive = subprocess.run(["git", "archive", VERSION_BEFORE], cwd=ROOT, capture_output=True, check=False)
    assert archive.returncode == 0, f"this test needs the project's history: {archive.stderr.decode()}"
    subprocess.run(["tar", "-x"], cwd=tmp_path, input=archive.stdout, check=True)
    (tmp_path / ".local").mkdir()
    for shared in ("emulator", "uv", "layer"):
        (tmp_path / ".local" / shared).symlink_to(local_stack.HOME / shared)
    assert emulator_environment == local_stack.HOME / "emulator"
    try:
        command(tmp_path, "up")
        yield Stack.load(local_stack.stack_file(tmp_path / ".local"))
    finally:
        command(tmp_path, "down")


def draw_until(done: Event, stack: Stack) -> list[Reply]:
    """Draw as a new user each time, until enough came after done; the emulator's own answers are asked for again."""
    api, replies, after = Api(stack, patience=ONCE), [], 0
    while after < DRAWS_AFTER:
        after += done.is_set()
        replies.append(_answer_of_ours(api, f"user-{uuid.uuid4()}"))
    return replies


def _answer_of_ours(api: Api, user_id: str) -> Reply:
    """Return the first answer that is not the emulator's own, or the last of those."""
    replies = (_asked_once(api, user_id) for _ in range(ASKS_MAX))
    reply = next(replies)
    while _is_the_emulators_own(reply):
        reply = next(replies, None) or pytest.fail(f"the emulator ended {ASKS_MAX} workers in a row: {reply}")
    return reply


def _asked_once(api: Api, user_id: str) -> Reply:
    headers = {"Idempotency-Key": "key", "Content-Type": "application/json"}
    body = f'{{"user_id": "{user_id}"}}'.encode()
    return api._ask_once("POST", f"{api.stack.api_url}/activities/{ACTIVITY}/draws", headers, body)


def _is_the_emulators_own(reply: Reply) -> bool:
    """Return whether the emulator ended a worker of $LATEST that it had given a draw to, which AWS never does."""
    says = str(reply.body.get("errorMessage", ""))
    return reply.status == HTTPStatus.BAD_GATEWAY and any(own.fullmatch(says) for own in EMULATORS_OWN)


@pytest.mark.parametrize(
    ("says", "own"),
    [
        ("Worker process died", True),
        ("Worker process exited immediately. stderr: ", True),
        ("Worker process exited immediately. stderr: ImportError: no module named tombola", False),
        ("[Errno 32] Broken pipe", True),
        ("'NoneType' object has no attribute 'stdin'", True),
        ("'NoneType' object has no attribute 'activity_id'", False),
        ("[Errno 2] No such file or directory: '/tmp/ministack-lambda-tombola-draw-x1/code'", True),
        ("Task timed out after 20.00 seconds", False),
        ("", False),
    ],
)
def test_only_a_worker_that_the_emulator_ended_is_asked_again(says: str, own: bool) -> None:
    assert _is_the_emulators_own(Reply(HTTPStatus.BAD_GATEWAY, {"errorMessage": says})) is own
    assert not _is_the_emulators_own(Reply(HTTPStatus.OK, {"errorMessage": says}))


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
    deployment = deploy(place, stack.stack_name, root, ministack.layers(ROOT, environment, ["shared"]), parameters)
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


def listed(stack: Stack) -> list[str]:
    """Return the orders of the activity's list of winners."""
    wins = [win for _, win in wins_of(listing_of(ACTIVITY, stack), stack)]
    return [str(win.order_id) for win in wins if isinstance(win, Win)]


def test_an_update_in_place_answers_every_draw_and_grants_what_the_version_before_promised(
    before: Stack, emulator_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, queue = Api(before), Queue(before)
    queue.receive(enabled=False)
    promised = [api.draw(ACTIVITY, f"waiting-{number}", "key").body["order_id"] for number in range(WAITING_DRAWS)]
    queue.sqs.purge_queue(QueueUrl=before.queue_url)  # from now on only compensation knows of them
    queue.receive(enabled=True)

    with people_drawing(before) as replies:
        updated(before, ROOT, emulator_environment, local_stack.PARAMETERS)

    assert _others(replies) == []
    promised += [reply.body["order_id"] for reply in replies]
    assert set(promised) <= orders_of(before).keys()
    until(lambda: compensate(before) and all(map(is_granted, orders_of(before).values())))

    monkeypatch.setattr(wins_list, "ON_ITS_WAY", -SECOND)  # nobody draws any more
    orders = orders_of(before)
    old = [order_id for order_id, order in orders.items() if order.award and order.win is None]
    assert len(old) >= WAITING_DRAWS
    assert fill_wins(before, before.now()).filled == len(old)
    assert sorted(listed(before)) == sorted(order_id for order_id, order in orders.items() if order.award)


@pytest.fixture
def changing(stack: Stack, emulator_environment: Path) -> Iterator[Stack]:
    """Lend the stack to a test that changes it."""
    yield stack
    updated(stack, ROOT, emulator_environment, PARAMETERS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what a deployment reads, to be changed."""
    shutil.copy(ROOT / "template.yaml", tmp_path)
    for folder in ("functions", "layers/kafka"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_code_and_variables_are_served_together_and_no_draw_meets_the_change(
    changing: Stack, project: Path, emulator_environment: Path
) -> None:
    launch(ROOT / f"activities/{ACTIVITY}.yaml", changing)
    functions = changing.client("lambda")
    live = functions.get_alias(FunctionName=changing.draw_function, Name=ALIAS)["FunctionVersion"]
    with (project / "functions/draw/draw_handler.py").open("a") as handler:
        handler.write("# a change\n")

    with people_drawing(changing) as replies:
        updated(changing, project, emulator_environment, {**PARAMETERS, "BackoffMaxSeconds": "11"})

    assert _others(replies) == []
    after = functions.get_alias(FunctionName=changing.draw_function, Name=ALIAS)["FunctionVersion"]
    served = functions.get_function_configuration(FunctionName=changing.draw_function, Qualifier=ALIAS)
    latest = functions.get_function_configuration(FunctionName=changing.draw_function)
    assert int(after) > int(live)
    assert served["CodeSha256"] == latest["CodeSha256"]
    assert served["Environment"]["Variables"]["BACKOFF_MAX_SECONDS"] == "11"


def test_a_changed_parameter_alone_is_served(changing: Stack, emulator_environment: Path) -> None:
    functions = changing.client("lambda")

    updated(changing, ROOT, emulator_environment, {**PARAMETERS, "BackoffMaxSeconds": "12"})

    served = functions.get_function_configuration(FunctionName=changing.distribute_function, Qualifier=ALIAS)
    assert served["Environment"]["Variables"]["BACKOFF_MAX_SECONDS"] == "12"
