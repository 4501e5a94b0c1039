"""The local stack: up, down, status, logs, and what they say when something is in the way."""

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from localstack_client.session import Session

from pages import ORIGINS, preflight
from process_groups import frozen, living
from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.local import install, local_stack, ministack
from tombola_cli.local.loopback import free_port
from tombola_cli.local.wheel_server import WheelServer
from tombola_cli.operate.stack import Place, Stack

SECONDS_MAX = 180.0
Tombola = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a private stack once for all tests of this file that only look at it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        try:
            local_stack.up(home, None, print)
            yield home
        finally:
            local_stack.down(home)


@pytest.fixture
def tombola(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Tombola:
    """Run the command in this process, on a home of the test's own, and return its status and both outputs."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(WheelServer, "start", lambda *_: None)  # whether its page is built or not

    def command(*arguments: str, home: Path = tmp_path) -> tuple[int, str, str]:
        monkeypatch.setattr(local_stack, "HOME", home)
        monkeypatch.setattr(sys, "argv", ["tombola", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return command


def test_a_request_reaches_the_draw_function(home: Path) -> None:
    api_url = Stack.load(local_stack.stack_file(home)).api_url

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{api_url}/activities/1", timeout=SECONDS_MAX)  # noqa: S310  our own loopback

    with refused.value as answer:
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.load(answer)["title"] == "unknown activity"


def test_stack_json_names_the_parts_of_the_stack(home: Path) -> None:
    names = json.loads(local_stack.stack_file(home).read_text())

    assert set(names) == {
        *("endpoint_url", "region", "profile", "stack_name", "transport", "api_url", "seed_key_arn", "reveal_role_arn"),
        *("table_name", "deliveries_table_name", "queue_url", "dlq_url"),
        *("draw_function", "distribute_function", "compensate_function"),
    }
    assert names["api_url"].startswith(names["endpoint_url"])
    assert names["queue_url"].startswith(names["endpoint_url"])


def test_a_file_that_a_version_before_wrote_is_one_of_a_stack_with_a_queue(home: Path, tmp_path: Path) -> None:
    names = json.loads(local_stack.stack_file(home).read_text())
    del names["transport"]
    (tmp_path / "stack.json").write_text(json.dumps(names))

    assert Stack.load(tmp_path / "stack.json") == Stack.load(local_stack.stack_file(home))


def test_a_second_up_says_that_it_runs_and_changes_nothing(home: Path, tombola: Tombola) -> None:
    before = local_stack.stack_file(home).read_text()

    status, out, err = tombola("up", home=home)

    assert (status, local_stack.stack_file(home).read_text()) == (0, before)
    assert out.startswith("API      http://127.0.0.1:")
    assert "already running" in err
    assert "nothing had changed" in err


def test_a_parameter_that_is_set_holds_until_the_next_up_which_tells_each_change(home: Path, tombola: Tombola) -> None:
    """What pages see of it is told by tests/local/test_pages_of_other_origins.py."""
    api_url = Stack.load(local_stack.stack_file(home)).api_url

    def allowed() -> str | None:
        return preflight(f"{api_url}/activities/100001/draws", ORIGINS[0]).headers.get("Access-Control-Allow-Origin")

    told = []
    for settings, origin in (([f"CorsOrigins={ORIGINS[0]}", "FailuresMax=7"], ORIGINS[0]), ([], None)):
        status, _, err = tombola("up", *(word for setting in settings for word in ("--set", setting)), home=home)
        told.append(err)
        assert (status, allowed()) == (0, origin)

    assert f"CorsOrigins was empty, and is {ORIGINS[0]}" in told[0]
    assert "FailuresMax was 5, and is 7" in told[0]
    assert f"CorsOrigins was {ORIGINS[0]}, and is empty" in told[1]
    assert "FailuresMax was 7, and is 5" in told[1]
    assert "Stage was" not in told[0] + told[1]


def test_a_value_that_the_template_does_not_take_is_told_in_one_line(home: Path, tombola: Tombola) -> None:
    status, _, err = tombola("up", "--set", "FailuresMax=0", home=home)

    assert status == 1
    assert err.splitlines()[-1].startswith("tombola: template.yaml: Parameter 'FailuresMax' must be a number")


@pytest.mark.parametrize("setting", ["CorsOrigins", "Cors=https://shop.example", "Stage=prod"])
def test_a_setting_that_is_none_is_a_usage_error_that_says_why(tombola: Tombola, setting: str) -> None:
    status, _, err = tombola("up", "--set", setting)

    assert (status, f"--set {setting.partition('=')[0]}: " in err) == (2, True)


def test_status_shows_process_queues_and_items(home: Path, tombola: Tombola) -> None:
    stack = Stack.load(local_stack.stack_file(home))
    item = {"pk": {"S": "USER#ann"}, "sk": {"S": "ORDER#1"}}
    stack.client("dynamodb").put_item(TableName=stack.table_name, Item=item)

    status, out, _ = tombola("status", home=home)

    assert status == 0
    assert f"pid {local_stack.emulator_of(home).pid}, answering" in out
    assert "0 waiting, 0 under way" in out
    assert any("order" in line and "1" in line for line in out.splitlines())


def test_logs_show_what_a_function_wrote(home: Path, tombola: Tombola) -> None:
    stack = Stack.load(local_stack.stack_file(home))
    stack.client("lambda").invoke(FunctionName=stack.compensate_function, Payload=b"{}")

    status, out, _ = tombola("logs", "compensate", "--since", "5", home=home)

    assert status == 0
    assert "REPORT RequestId" in out
    assert all(" compensate " in line for line in out.splitlines() if "RequestId" in line)


def test_delivery_records_expire(home: Path) -> None:
    stack = Stack.load(local_stack.stack_file(home))

    found = stack.client("dynamodb").describe_time_to_live(TableName=stack.deliveries_table_name)

    assert found["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiration"}


def test_messages_are_delivered_to_the_distribute_function(home: Path) -> None:
    stack = Stack.load(local_stack.stack_file(home))

    stack.client("sqs").send_message(QueueUrl=stack.queue_url, MessageBody="no Invoice, so it comes back later")

    assert _eventually(lambda: _under_way(stack) == 1), "the queue's poller stands still"


def test_localstack_client_reaches_the_table(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(stack.endpoint_url))

    found = Session().client("dynamodb").describe_table(TableName=stack.table_name)["Table"]

    assert {index["IndexName"] for index in found["GlobalSecondaryIndexes"]} == {"due", "wins"}


def test_a_deployed_stack_is_chosen_by_its_name(
    stack: Stack, tombola: Tombola, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(stack.endpoint_url))  # stands for AWS itself
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    status, out, _ = tombola("status", "--stack", stack.stack_name, "--region", "us-east-1")

    assert status == 0
    assert stack.table_name in out
    assert "emulator" not in out


def test_an_endpoint_that_is_given_is_used_and_left_running(
    emulator: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(emulator.endpoint_url))

    stack = local_stack.up(tmp_path, None, print, "elsewhere")
    assert not local_stack.is_up(tmp_path)
    assert stack.endpoint_url == emulator.endpoint_url
    local_stack.down(tmp_path)

    names = [found["StackName"] for found in emulator.client("cloudformation").describe_stacks()["Stacks"]]
    assert "elsewhere" not in names
    assert not local_stack.stack_file(tmp_path).exists()


def test_down_ends_every_process_and_removes_only_what_up_made(emulator_environment: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    local_stack.start(tmp_path, emulator_environment, free_port())
    pid = local_stack.emulator_of(tmp_path).pid
    assert pid

    assert local_stack.down(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert living(pid) == 0


def test_down_stops_what_a_demo_was_told_to_keep(emulator_environment: Path, tmp_path: Path, tombola: Tombola) -> None:
    kept = tmp_path / "demo-7"
    kept.mkdir()
    local_stack.start(kept, emulator_environment, free_port())

    assert tombola("down")[:2] == (0, "stopped\n")
    assert not local_stack.is_up(kept)
    assert not kept.exists()


def test_down_without_a_stack_says_so(tombola: Tombola) -> None:
    assert tombola("down") == (0, "there was nothing to stop\n", "")


def test_a_busy_port_is_told_in_one_line(tombola: Tombola) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        status, _, err = tombola("up", "--port", str(port))

    assert status == 1
    assert err == f"tombola: port {port} is in use: choose another with --port or leave it out\n"


def test_a_dead_emulator_is_told_in_one_line(
    stack: Stack, emulator_environment: Path, tmp_path: Path, tombola: Tombola
) -> None:
    endpoint_url = local_stack.start(tmp_path, emulator_environment, free_port())
    replace(stack, endpoint_url=endpoint_url).save(local_stack.stack_file(tmp_path))
    pid = local_stack.emulator_of(tmp_path).pid
    assert pid
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    status, _, err = tombola("status")

    assert status == 1
    assert err.startswith(f"tombola: nothing answers at {endpoint_url} any more (log: ")
    assert err.endswith("): run tombola up\n")
    assert local_stack.down(tmp_path)


def test_an_emulator_that_hangs_is_told_in_one_line(
    emulator_environment: Path, tmp_path: Path, tombola: Tombola, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ministack, "HEALTH_SECONDS_MAX", 1.0)
    endpoint_url = local_stack.start(tmp_path, emulator_environment, free_port())
    pid = local_stack.emulator_of(tmp_path).pid
    assert pid
    try:
        with frozen(pid):
            status, _, err = tombola("up")
    finally:
        local_stack.down(tmp_path)

    assert status == 1
    assert err == f"tombola: the emulator (pid {pid}) does not answer at {endpoint_url}: run tombola down\n"


def test_an_emulator_that_ends_at_once_is_told_with_its_last_line(tmp_path: Path) -> None:
    python = tmp_path / "broken/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho No module named ministack\n")
    python.chmod(0o755)

    with pytest.raises(TombolaError) as failed:
        local_stack.start(tmp_path, tmp_path / "broken", free_port())

    log = local_stack.emulator_of(tmp_path).log
    assert str(failed.value) == f"the emulator ended at once: No module named ministack (log: {log})"


def test_an_endpoint_that_does_not_answer_is_told_in_one_line(
    tombola: Tombola, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody)

    status, _, err = tombola("up")

    assert status == 1
    assert err == f"tombola: nothing answers at AWS_ENDPOINT_URL={nobody}: start it, or unset the variable\n"


def test_what_the_installer_says_last_is_the_error(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/emulator.txt").touch()
    (tmp_path / "requirements/install.sh").write_text("echo some step; echo No Python from 3.11 on >&2; exit 1")

    with pytest.raises(TombolaError) as failed:
        install.emulator(tmp_path, print)

    assert str(failed.value) == "bash requirements/install.sh failed: No Python from 3.11 on"


def test_a_stack_that_is_not_up_is_told_in_one_line(tombola: Tombola, tmp_path: Path) -> None:
    status, _, err = tombola("status")

    assert (status, err) == (1, f"tombola: no local stack ({tmp_path / 'stack.json'}): run tombola up\n")


def test_a_wrong_option_is_a_usage_error(tombola: Tombola) -> None:
    assert tombola("up", "--port", "99999")[0] == 2
    assert tombola("status", "--region", "eu-west-1")[0] == 2


def _under_way(stack: Stack) -> int:
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=stack.queue_url, AttributeNames=["All"])
    return int(attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"])


def _eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS_MAX
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return so
