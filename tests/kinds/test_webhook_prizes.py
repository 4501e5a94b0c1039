"""An award type of one's own, added as docs/award-types.md says: a row, a module, a secret. Then it is played."""

import ast
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
import yaml
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

import distribute_handler
import tombola.own
from builders import NOON, an_award, an_order
from cloud import FAILURES_MAX, Cloud, Context, a_cloud, client
from made_up import FILE, read
from tombola.aws.items import order_item
from tombola.aws.prizes import OwnPrizes
from tombola.rules import award_type
from tombola.rules.act import act_on, refuse_void
from tombola.rules.award_type import AWARD_TYPES, OWN_FROM, TOMBOLAS, AwardType, by_number
from tombola.rules.coupon import calls_again
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order
from tombola.rules.order_life import RETRY
from tombola.rules.problem import BusyError
from tombola.rules.provider import key_of, provider_from, signature_of
from tombola.rules.verdict import Grant
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import books_of
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.order_lists import Filter

PAGE = (ROOT / "docs/award-types.md").read_text("utf-8")
EXAMPLE = ROOT / "docs/examples/webhook_prizes.py"
SOURCE = ROOT / "layers/shared/tombola/rules/award_type.py"
REGISTERED = re.compile(
    r"^OWN: tuple\[AwardType, \.\.\.\] = \((\)|\n.*?^\))\n", re.DOTALL | re.MULTILINE
)  # empty or not
NUMBER = 100
KEY = "a key of the tests"
UNGRANTED: dict[str, Any] = {"granted_at": None, "mq_state": 0}


def block(name: str) -> str:
    """Return the page's block of that name."""
    (found,) = re.findall(rf"```\w+ {name}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def registered(row: str) -> ModuleType:
    """Return the module of the types as it is with row in place of what it registers of its owner's."""
    module = ModuleType("award_type_with_a_row")
    text, places = REGISTERED.subn(lambda _: row, SOURCE.read_text("utf-8"))
    assert places == 1
    exec(compile(text, SOURCE.name, "exec"), vars(module))  # noqa: S102 - as an import does
    return module


def the_row() -> AwardType:
    (row,) = registered(block("row")).OWN
    return AwardType(*row)


@dataclass
class Webhook:
    """What the service of the owner knows: which orders it has handed over, by key, and how often it was asked."""

    status: int = 200
    deaf: int = 0  # so many calls, from the next one on, it acts on and does not answer
    asked: int = 0
    handed_over: dict[str, Any] = field(default_factory=dict)
    unsigned: list[str] = field(default_factory=list)

    def posted(self, headers: Any, body: bytes) -> int | None:
        """Return the status of the answer, None for none."""
        self.asked += 1
        key = headers["Idempotency-Key"]
        if headers["Tombola-Signature"] != signature_of(KEY, int(headers["Tombola-Timestamp"]), key, body):
            self.unsigned.append(key)
        if self.status == 200:
            self.handed_over.setdefault(key, json.loads(body))
        if self.deaf:
            self.deaf -= 1
            return None
        return self.status


@contextmanager
def listening(webhook: Webhook) -> Iterator[str]:
    """Serve webhook on a free port; yield its address."""

    class Posted(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = webhook.posted(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Posted) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hooks/tombola"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Register the page's row, and put the example where the page says; nothing else is told of either."""
    room = tmp_path / "own"
    room.mkdir()
    shutil.copy(EXAMPLE, room)
    monkeypatch.setattr(tombola.own, "__path__", [*tombola.own.__path__, str(room)])
    monkeypatch.setitem(AWARD_TYPES, NUMBER, the_row())
    sys.modules.pop("tombola.own.webhook_prizes", None)
    yield
    sys.modules.pop("tombola.own.webhook_prizes", None)


def activity_text() -> str:
    """Return a file with the page's award, which is always won."""
    award = block("award").replace("rate: 0.01", "rate: 1")
    return f"{FILE.partition('awards:')[0]}awards:\n  {award}"


def define(url: str, **changes: Any) -> None:
    fields = {**json.loads(block("definition")), "url": url, "key": KEY, "timeout_seconds": 2, **changes}
    client("secretsmanager").create_secret(Name="tombola/provider/travel", SecretString=json.dumps(fields))


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def cloud(tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    shares = read(activity_text(), tmp_path).shares
    with a_cloud(monkeypatch, *shares) as cloud, listening(webhook) as url:
        define(url)
        yield cloud


def the_order(cloud: Cloud) -> Order:
    (order,) = cloud.ledger.orders_of("xiaofuge")
    return order


def balances(cloud: Cloud) -> bool:
    return cloud.audit().balanced


# ---- One row registers it


def test_the_pages_row_is_all_that_registers_it() -> None:
    module = registered(block("row"))

    assert [*module.AWARD_TYPES] == [*(each.number for each in TOMBOLAS), NUMBER]
    assert module.AWARD_TYPES[NUMBER] == the_row()
    assert the_row().number >= OWN_FROM == award_type.OWN_FROM


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"number": 5}, "its number must be 100 or more, and no other type's"),
        ({"number": 1}, "its number must be 100 or more, and no other type's"),
        ({"told": None}, "it needs told and provider"),
        ({"provider": None}, "it needs told and provider"),
        ({"addressed": True}, "and cannot be addressed"),
    ],
)
def test_a_row_that_is_wrong_is_refused_by_its_name(changes: dict[str, Any], because: str) -> None:
    with pytest.raises(ValueError, match=r"award type AwardType\(WEBHOOK\): .*" + because):
        by_number(TOMBOLAS, (the_row()._replace(**changes),))


def test_two_rows_of_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="no other type's"):
        by_number(TOMBOLAS, (the_row(), the_row()))


def test_what_can_be_wrong_with_a_coupon_can_be_wrong_with_it() -> None:
    order = an_order(award=an_award(award_type=the_row(), award_content="", source="travel"))
    parked = replace(order, grant_state=GrantState.PARKED, parked_because="down")

    assert "with --not-issued" in str(refuse_void(parked, not_issued=False))
    assert calls_again(order, timedelta(), NOON)
    assert Filter(source=("provider", "travel")).lets(order)
    own = the_row()._replace(source=None)
    assert "with --not-issued" in str(refuse_void(replace(parked, award=an_award(award_type=own)), not_issued=False))


# ---- It is played


def test_it_is_accepted_in_a_file_drawn_posted_and_granted(cloud: Cloud, webhook: Webhook) -> None:
    status, told = cloud.draw()
    cloud.deliver()

    order = the_order(cloud)
    assert (status, told["award"]["award_type"], told["award"]["award_content"]) == (201, NUMBER, None)
    assert (order.grant_state, order.grants) == (GrantState.GRANTED, 1)
    assert webhook.handed_over == {key_of("xiaofuge", order.order_id): json.loads(invoice_json(order))}
    assert webhook.unsigned == []
    assert balances(cloud)


def test_nothing_of_it_is_loaded_before_its_first_grant(cloud: Cloud) -> None:
    cloud.draw()
    distribute_handler.wire()
    assert "tombola.own.webhook_prizes" not in sys.modules

    cloud.deliver()
    assert "tombola.own.webhook_prizes" in sys.modules


def test_a_webhook_that_fails_is_asked_again_and_parks_its_order_which_a_retry_grants(
    cloud: Cloud, webhook: Webhook
) -> None:
    cloud.draw()
    webhook.status = 503
    for _ in range(FAILURES_MAX + 1):
        cloud.deliver()
        cloud.compensate(timedelta(hours=2))
    order = the_order(cloud)
    assert (order.grant_state, order.failures) == (GrantState.PARKED, FAILURES_MAX)
    assert "provider travel answered 503" in str(order.parked_because)
    assert (webhook.handed_over, balances(cloud)) == ({}, True)

    webhook.status = 200
    cloud.ledger.retry(order, act_on(order, RETRY, "ann", "it is up", cloud.now))
    cloud.compensate()
    cloud.deliver()
    assert (the_order(cloud).grant_state, len(webhook.handed_over)) == (GrantState.GRANTED, 1)
    assert balances(cloud)


@pytest.mark.parametrize(
    ("status", "state"), [(422, GrantState.PARKED), (401, GrantState.WAITING), (302, GrantState.WAITING)]
)
def test_an_answer_means_what_it_means_of_a_coupon(
    cloud: Cloud, webhook: Webhook, status: int, state: GrantState
) -> None:
    cloud.draw()
    webhook.status = status

    cloud.deliver()

    order = the_order(cloud)
    assert (order.grant_state, order.failures, webhook.asked) == (state, int(status == 302), 1)
    assert balances(cloud)


def test_an_answer_that_is_lost_is_asked_for_with_the_same_key_and_handed_over_once(
    cloud: Cloud, webhook: Webhook
) -> None:
    cloud.draw()
    webhook.deaf = 1
    cloud.deliver()
    assert (the_order(cloud).grant_state, the_order(cloud).failures) == (GrantState.WAITING, 1)

    cloud.compensate(timedelta(hours=2))
    cloud.deliver()

    assert the_order(cloud).grant_state is GrantState.GRANTED
    assert (webhook.asked, len(webhook.handed_over), balances(cloud)) == (2, 1, True)


def test_a_message_that_comes_late_or_twice_asks_nobody_again(cloud: Cloud, webhook: Webhook) -> None:
    cloud.draw()
    cloud.deliver()

    assert cloud.distribute([invoice_json(the_order(cloud))]) == set()
    assert (webhook.asked, the_order(cloud).grants) == (1, 1)


def test_without_the_time_for_call_and_write_nobody_is_asked_and_the_message_comes_back(
    cloud: Cloud, webhook: Webhook
) -> None:
    cloud.draw()
    (message,) = cloud.messages()

    assert cloud.distribute([message["Body"]], Context(seconds=6.9)) == {0}
    assert (webhook.asked, the_order(cloud).failures, the_order(cloud).begun) == (0, 0, 0)


@pytest.mark.parametrize(
    ("url", "because", "counted"),
    [
        ("http://travel.example/hook", "url must begin with https://", 0),
        ("https://127.0.0.1:9/hook", "cannot be reached", 1),
        ("https://127.0.0.1:{port}/hook", "has an address that is not public", 1),
    ],
)
def test_on_aws_only_https_and_a_public_address_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, webhook: Webhook, url: str, because: str, counted: int
) -> None:
    shares = read(activity_text(), tmp_path).shares
    with a_cloud(monkeypatch, *shares) as cloud, listening(webhook) as here:
        monkeypatch.setenv("STAGE", "prod")
        define(url.replace("{port}", here.split(":")[2].partition("/")[0]))
        cloud.draw()
        cloud.deliver()

        order = the_order(cloud)
        assert because in str(order.failed_because)
        assert (order.grant_state, order.failures, webhook.asked) == (GrantState.WAITING, counted, 0)


def test_a_webhook_that_nobody_has_defined_parks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, *read(activity_text(), tmp_path).shares) as cloud:
        cloud.draw()
        cloud.deliver()

        assert (the_order(cloud).grant_state, the_order(cloud).failures) == (GrantState.WAITING, 0)
        assert the_order(cloud).failed_because == "the definition of provider travel: there is none"


def test_a_module_that_cannot_be_imported_fails_the_orders_of_its_type_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AWARD_TYPES, NUMBER, the_row()._replace(provider="tombola.own.not_there:nobody"))
    cloud.draw()

    cloud.deliver()

    assert (the_order(cloud).failures, the_order(cloud).failed_because) == (1, "ModuleNotFoundError")


def test_a_provider_is_built_once_for_all_orders_of_an_execution_environment() -> None:
    made: list[Any] = []
    sys.modules["tombola.own.webhook_prizes"] = module = ModuleType("tombola.own.webhook_prizes")
    vars(module)["webhook_prizes"] = lambda means: made.append(means) or Handing()  # type: ignore[func-returns-value]
    means: Any = object()

    prizes = OwnPrizes(str(the_row().provider), means)
    for number in range(3):
        prizes.grant(an_order(number), NOON)

    assert made == [means]


class Handing:
    """Hands everything over."""

    def grant(self, *_: Any) -> None:
        return None


def test_no_secret_and_no_address_comes_out(cloud: Cloud, webhook: Webhook, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.draw()
    for status in (503, 302, 401, 200):
        webhook.status = status
        cloud.deliver()
        cloud.compensate(timedelta(hours=2))
    cloud.deliver()

    told = capsys.readouterr().out + repr(the_order(cloud)) + str(the_order(cloud).failed_because)
    assert the_order(cloud).grant_state is GrantState.GRANTED
    assert KEY not in told
    assert "/hooks/" not in told


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


CALLS = ["BatchGetItem", "GetSecretValue", "UpdateItem"]  # of a grant, beside the webhook's own


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("fault", ["dies before", "dies after", "has its effect and does not answer"])
def test_whichever_call_of_a_grant_is_spoiled_the_prize_is_granted_once(
    cloud: Cloud, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, operation: str, fault: str
) -> None:
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    spoiled: list[str] = []

    def call(self: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        here = name == operation and not spoiled
        if here:
            spoiled.append(name)
        if here and fault == "dies before":
            raise KilledError
        answer = original(self, name, arguments)
        if here:
            raise KilledError if fault == "dies after" else ReadTimeoutError(endpoint_url="https://aws.example")
        return answer

    cloud.draw()
    with monkeypatch.context() as patch, suppress(KilledError, BusyError):
        patch.setattr(BaseClient, "_make_api_call", call)
        cloud.distribute([message["Body"] for message in cloud.messages()])
    for _ in range(3):
        cloud.deliver()
        cloud.compensate(timedelta(hours=2))

    assert spoiled == [operation]
    assert (the_order(cloud).grant_state, the_order(cloud).grants) == (GrantState.GRANTED, 1)
    assert ([*webhook.handed_over], balances(cloud)) == ([key_of("xiaofuge", the_order(cloud).order_id)], True)


# ---- The auditor


@pytest.mark.parametrize(
    ("changes", "whats"),
    [
        ({}, []),
        ({"content": "a ticket"}, []),
        ({"grants": 2}, ["2 grants in grant_state 1"]),
        (
            {"grant_state": GrantState.WAITING, "grants": 0, "content": "a ticket", "due_at": NOON, **UNGRANTED},
            ["it has a code or a coupon, and should have none"],
        ),
    ],
)
def test_the_auditor_holds_it_to_what_the_table_can_show(changes: dict[str, Any], whats: list[str]) -> None:
    award = an_award(award_type=the_row(), award_content="", source="travel")
    granted = {"grant_state": GrantState.GRANTED, "grants": 1, "granted_at": NOON, "mq_state": 1, "due_at": None}
    books = books_of([order_item(an_order(award=award, **{**granted, **changes}))])

    assert [breach.what for breach in audit(books, {}).breaches if breach.promise == "P3"] == whats


# ---- The page


def test_the_pages_code_is_the_examples() -> None:
    assert block("example") in EXAMPLE.read_text("utf-8")
    assert "cp docs/examples/webhook_prizes.py layers/shared/tombola/own/\n" in PAGE
    module, _, name = str(the_row().provider).partition(":")
    functions = [node.name for node in ast.parse(EXAMPLE.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    assert (module, functions) == (f"tombola.own.{EXAMPLE.stem}", [name])


def test_the_pages_definition_is_one() -> None:
    assert provider_from("travel", block("definition")).host == "travel.example"


def test_the_pages_right_fits_where_the_page_says() -> None:
    role = (ROOT / "template.yaml").read_text().partition("  DistributeRole:")[2].partition("  DistributeLogs:")[0]
    beside = re.findall(r"^ *- Effect: Allow\n", role, re.MULTILINE)

    assert block("right").startswith(beside[1])
    (right,) = yaml.safe_load(block("right").replace("!Ref ", ""))
    assert set(right) == {"Effect", "Action", "Resource"}
    assert "*" not in f"{right['Action']}{right['Resource']}"


def test_the_page_names_each_verdict_and_each_field_of_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE)
    verdicts = {each.__name__ for each in Grant.__args__}

    assert verdicts | set(AwardType._fields) == {*rows}
