"""What an operator does to an activity happens at the time of AWS, however wrong the clock of their machine is."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from builders import SEED, an_activity, an_order
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws import clock
from tombola.rules.activity import Activity, GrantType
from tombola.rules.activity_states import ActivityState
from tombola_cli.commands import act_commands, activity_commands, main
from tombola_cli.errors import TombolaError
from tombola_cli.local.launch import launch
from tombola_cli.operate import activity_moves, order_lists
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ROLE = "arn:aws:iam::123456789012:role/reveal"
NAMES = {field.name for field in fields(Stack)} - {"region", "endpoint_url", "profile"}


@dataclass
class Office:
    """An operator's machine, whose clock may be wrong, and a stack on emulated AWS."""

    monkeypatch: pytest.MonkeyPatch
    ledger: TableLedger
    stack: Stack
    seed_key: str

    def set_clock(self, wrong_by: timedelta) -> None:
        for module in (clock, order_lists, activity_moves):
            self.monkeypatch.setattr(module, "utc_now", lambda: datetime.now(UTC) + wrong_by, raising=False)

    def has(self, **changes: object) -> None:
        """Put an activity, whose window is open, in the table."""
        now, context = datetime.now(UTC), {"activity_id": "100001"}
        sealed = boto3.client("kms").encrypt(KeyId=self.seed_key, Plaintext=SEED, EncryptionContext=context)
        window = {"begin": now - 24 * HOUR, "end": now + 24 * HOUR, "since": now - HOUR}
        activity = an_activity(sealed_seed=sealed["CiphertextBlob"], **{**window, **changes})
        self.ledger.apply(activity, {("3", 0): 5})

    def run(self, *words: str) -> str:
        done = CliRunner().invoke(main.app, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def found(self) -> Activity:
        return activity_moves.found("100001", self.stack)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", LOCAL_REGION)
    with emulated_aws():
        ledger, key = TableLedger(boto3.client("dynamodb")), boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        named = {**dict.fromkeys(NAMES, ""), "table_name": ledger.table, "seed_key_arn": key, "reveal_role_arn": ROLE}
        stack = Stack(**named, region=LOCAL_REGION)
        for module in (activity_commands, act_commands):
            monkeypatch.setattr(module, "chosen_stack", lambda *_: stack)
        yield Office(monkeypatch, ledger, stack, key)


def is_now(moment: datetime) -> bool:
    return abs(datetime.now(UTC) - moment) < MINUTE


def test_a_laptop_that_is_ahead_reveals_no_seed_while_draws_may_be_under_way(office: Office) -> None:
    office.has(state=ActivityState.CLOSE, since=datetime.now(UTC) - MINUTE)
    office.set_clock(HOUR)

    with pytest.raises(TombolaError, match="draws may be under way until"):
        office.run("activity", "reveal", "100001")
    assert office.found().seed is None


def test_a_laptop_that_is_behind_reveals_when_it_is_time_and_the_log_has_the_time(office: Office) -> None:
    office.has(state=ActivityState.CLOSE, since=datetime.now(UTC) - 3 * MINUTE)
    office.set_clock(-HOUR)

    assert SEED.hex() in office.run("activity", "reveal", "100001")
    assert office.found().seed == SEED
    [entry] = office.ledger.log("100001", 0, 10)
    assert is_now(entry.at)


def test_a_laptop_that_is_behind_cannot_shorten_the_two_minutes_after_closing(office: Office) -> None:
    office.has(state=ActivityState.DOING)
    office.set_clock(-HOUR)

    office.run("activity", "close", "100001")

    assert is_now(office.found().since)
    with pytest.raises(TombolaError, match="draws may be under way until"):
        office.run("activity", "reveal", "100001")


@pytest.mark.parametrize("wrong_by", [-48 * HOUR, 48 * HOUR], ids=["behind", "ahead"])
@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("submit", ActivityState.EDIT),
        ("withdraw", ActivityState.ARRAIGNMENT),
        ("approve", ActivityState.ARRAIGNMENT),
        ("refuse", ActivityState.PASS),
        ("close", ActivityState.PASS),
        ("open", ActivityState.CLOSE),
    ],
)
def test_whatever_is_done_to_an_activity_is_done_at_the_time_of_aws(
    office: Office, command: str, state: ActivityState, wrong_by: timedelta
) -> None:
    office.has(state=state)
    office.set_clock(wrong_by)

    office.run("activity", command, "100001")

    assert is_now(office.found().since)


def test_a_file_is_applied_and_launched_at_the_time_of_aws(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "activity.yaml"
    now = datetime.now(UTC)
    file.write_text(
        "activity_id: 100001\nactivity_name: n\nactivity_desc: d\ntime_zone: UTC\nstrategy: total\n"
        f"begin: {now - HOUR:%Y-%m-%dT%H:%M:%SZ}\nend: {now + HOUR:%Y-%m-%dT%H:%M:%SZ}\n"
        "awards: [{ award_id: 1, award_type: 1, award_name: n, award_content: c, rate: 1 }]\n"
    )
    office.set_clock(-48 * HOUR)

    office.run("activity", "apply", str(file))
    assert is_now(office.found().since)
    launch(file, office.stack)

    assert (office.found().state, is_now(office.found().since)) == (ActivityState.DOING, True)


def test_a_prize_that_is_released_is_due_at_the_time_of_aws(office: Office) -> None:
    order = an_order(7, grant_type=GrantType.BY_HAND)
    office.ledger.put(order)
    office.set_clock(48 * HOUR)

    office.run("orders", "release", order.user_id, "7", "--why", "checked")

    released = office.ledger.order(order.user_id, 7)
    assert released is not None
    assert released.due_at is not None
    assert is_now(released.due_at)


class Timeless(BaseHTTPRequestHandler):
    """Who calls, and no Date."""

    def do_POST(self) -> None:
        body = b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


def test_an_answer_without_a_date_is_refused_and_the_laptop_is_not_asked() -> None:
    with HTTPServer(("127.0.0.1", 0), Timeless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            place = Place(region=LOCAL_REGION, endpoint_url=f"http://127.0.0.1:{server.server_port}")
            with pytest.raises(TombolaError, match="does not say what time it is: no Date"):
                place.now()
        finally:
            server.shutdown()


def test_the_local_stack_says_what_time_it_is(stack: Stack) -> None:
    assert is_now(stack.now())
