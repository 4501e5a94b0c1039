"""A coupon is asked for once, replayed until it is granted, and never lost without a word."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON, WAITS
from cloud import FAILURES_MAX, Cloud, Context, a_cloud, client
from coupon_desk import CALLS, a_coupon_order, define, make_calls_table, remember_by, remembered
from sam_template import ROOT
from tombola.aws import clock, coupons
from tombola.aws.coupon_calls import KEY_PREFIX, call_key
from tombola.aws.coupons import MARGIN_SECONDS
from tombola.aws.ledger import DynamoLedger
from tombola.aws.prizes import CouponPrizes
from tombola.aws.provider_call import UnansweredError
from tombola.rules.coupon import Answer, remembered_for
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola.rules.provider import Provider, Request, key_of
from tombola.rules.remedy import CLAIMS_TRUSTED
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged, UnderWay

COUPON = "WELCOME-10"
TIMEOUT_SECONDS = 5.0
NOT_ALLOWED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "BatchGetItem")

Answering = Callable[[Provider, Request], Answer]


def given(coupon: object = COUPON, status: int = 200) -> Answer:
    return Answer(status, json.dumps({"coupon": coupon}).encode())


class Calls:
    """What is called, and what it answers; the last answer stays."""

    def __init__(self) -> None:
        self.answers: list[Answer | Exception | Answering] = [given()]
        self.requests: list[tuple[Provider, Request]] = []

    def __call__(self, provider: Provider, request: Request, *, local: bool) -> Answer:
        assert local
        self.requests.append((provider, request))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else answer(provider, request)

    @property
    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for _, request in self.requests]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        make_calls_table()
        define()
        remember_by(lambda: cloud.now, monkeypatch)
        clock.begin_invocation(Context())
        yield cloud


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr(coupons, "call", calls)
    return calls


def grant(cloud: Cloud, order: Order | None = None) -> Grant:
    """Put order, if there is none, and grant it in an execution environment of its own."""
    order = order or a_coupon_order()
    if cloud.ledger.order(order.user_id, order.order_id) is None:
        cloud.ledger.put(order)
    return CouponPrizes(cloud.ledger).grant(order, cloud.now)


def on_record(cloud: Cloud, order_id: int = 7) -> Order:
    order = cloud.ledger.order("xiaofuge", order_id)
    assert isinstance(order, Order)
    return order


# ---- The call, and what comes of it


def test_a_coupon_is_granted_with_the_order(cloud: Cloud, calls: Calls) -> None:
    assert grant(cloud) == Granted()

    order = on_record(cloud)
    assert (order.grant_state, order.content, order.grants) == (GrantState.GRANTED, COUPON, 1)
    assert calls.keys == [key_of("xiaofuge", 7)]


def test_the_table_of_calls_remembers_by_a_prefix_of_its_own_and_sha256(cloud: Cloud, calls: Calls) -> None:
    grant(cloud)

    (record,) = remembered()
    digest = hashlib.sha256(json.dumps(key_of("xiaofuge", 7)).encode()).hexdigest()
    assert record["id"]["S"] == f"{KEY_PREFIX}#{digest}"
    assert call_key("xiaofuge", 7) == {"id": record["id"]}
    assert (record["status"]["S"], record["data"]["S"]) == ("COMPLETED", f'"{COUPON}"')
    expires = int((NOON + remembered_for(WAITS)).timestamp())
    assert int(record["expiration"]["N"]) == expires
    assert int(record["in_progress_expiration"]["N"]) == int(NOON.timestamp() + Context().seconds) * 1000


def test_an_answer_is_replayed_until_its_order_is_granted(cloud: Cloud, calls: Calls) -> None:
    grant(cloud)
    order = a_coupon_order()
    cloud.ledger.put(order)  # as if the grant had never been written
    cloud.now += timedelta(days=3)

    assert grant(cloud, order) == Granted()
    assert (len(calls.requests), on_record(cloud).content) == (1, COUPON)


def test_an_answer_is_replayed_where_the_provider_is_not_defined_any_more(cloud: Cloud, calls: Calls) -> None:
    grant(cloud)
    define(text="{}")
    cloud.ledger.put(a_coupon_order())

    assert grant(cloud) == Granted()


FAILURES: list[tuple[Answer | Exception, Failed | Refused]] = [
    (given(status=503), Failed("provider shop answered 503")),
    (given(status=409), Failed("provider shop answered 409")),
    (given(status=422), Refused("provider shop refuses it for good with 422")),
    (given(None), Refused("provider shop answered well, but its coupon is no text of 1 to 1000 characters")),
    (UnansweredError("provider shop did not answer within 5 s"), Failed("provider shop did not answer within 5 s")),
]


@pytest.mark.parametrize(("answer", "verdict"), FAILURES)
def test_only_a_coupon_is_remembered_and_a_failure_is_asked_again(
    cloud: Cloud, calls: Calls, answer: Answer | Exception, verdict: Grant
) -> None:
    calls.answers = [answer, given()]

    assert grant(cloud) == verdict
    assert remembered() == []
    assert grant(cloud) == Granted()
    assert len(set(calls.keys)) == 1


def test_what_nobody_foresaw_is_not_remembered_either(cloud: Cloud, calls: Calls) -> None:
    calls.answers = [ZeroDivisionError(COUPON), given()]

    with pytest.raises(ZeroDivisionError):
        grant(cloud)
    assert remembered() == []


# ---- A provider that refuses us, or is not defined


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_was_changed_is_read_again_once_and_used_at_once(cloud: Cloud, calls: Calls, status: int) -> None:
    prizes = CouponPrizes(cloud.ledger)
    cloud.ledger.put(a_coupon_order(8))
    prizes.grant(a_coupon_order(8), cloud.now)
    define(key="the second key of all")
    calls.answers = [given(status=status), given()]
    cloud.ledger.put(a_coupon_order())

    assert prizes.grant(a_coupon_order(), cloud.now) == Granted()
    assert [provider.key for provider, _ in calls.requests][1:] == ["a key of the tests", "the second key of all"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_provider_that_refuses_us_is_asked_twice_and_told_to_an_operator(
    cloud: Cloud, calls: Calls, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answers = [given(status=status)]

    because = f"provider shop refuses us with {status}: is the key in its definition right?"
    assert grant(cloud) == Failed(because, counts=False)
    assert len(calls.requests) == 2
    assert '"ProviderRefusesUs":[1.0]' in capsys.readouterr().out


def test_an_expired_key_parks_nobody_however_long_it_takes(cloud: Cloud, calls: Calls) -> None:
    calls.answers = [given(status=403)]
    cloud.ledger.put(a_coupon_order(due_at=NOON))

    rounds = FAILURES_MAX + 3
    for _ in range(rounds):
        cloud.compensate(timedelta(hours=2))
        cloud.deliver()
    waiting = on_record(cloud)
    assert (waiting.grant_state, waiting.failures, waiting.begun) == (GrantState.WAITING, 0, 0)
    assert len(calls.requests) > rounds > FAILURES_MAX

    calls.answers = [given()]
    cloud.compensate(timedelta(hours=2))
    cloud.deliver()
    assert on_record(cloud).grant_state is GrantState.GRANTED


@pytest.mark.parametrize(
    ("text", "source", "because"),
    [
        ("{}", "shop", "the definition of provider shop: url is missing"),
        (None, "other", "the definition of provider other: there is none"),
    ],
)
def test_a_provider_that_is_not_defined_is_no_fault_of_the_order(
    cloud: Cloud, calls: Calls, text: str | None, source: str, because: str, capsys: pytest.CaptureFixture[str]
) -> None:
    define(text=text)

    assert grant(cloud, a_coupon_order(source=source)) == Failed(because, counts=False)
    assert (calls.requests, remembered()) == ([], [])
    assert '"ProvidersUndefined":[1.0]' in capsys.readouterr().out


def test_an_award_that_names_no_provider_is_parked(cloud: Cloud, calls: Calls) -> None:
    """As awards of this type were before there were providers."""
    assert grant(cloud, a_coupon_order(source=None)) == Refused("its award names no provider")
    assert calls.requests == []


# ---- Under way, out of time, out of order


def test_a_call_that_is_under_way_elsewhere_is_no_failure_and_calls_nobody(cloud: Cloud, calls: Calls) -> None:
    twins: list[Grant] = []

    def meanwhile(_provider: Provider, _request: Request) -> Answer:
        twins.append(grant(cloud))
        return given()

    calls.answers = [meanwhile]

    assert grant(cloud) == Granted()
    assert (twins, len(calls.requests)) == ([UnderWay()], 1)


def test_a_call_that_is_under_way_parks_nobody_however_often_it_is_met(cloud: Cloud, calls: Calls) -> None:
    def meanwhile(_provider: Provider, _request: Request) -> Answer:
        for _ in range(WAITS.failures_max * 2):
            assert cloud.distribute([invoice_json(order)]) == set()
        cloud.compensate(timedelta(seconds=1))
        return given()

    order = a_coupon_order(claims=CLAIMS_TRUSTED, due_at=NOON)
    cloud.ledger.put(order)
    calls.answers = [meanwhile]

    assert cloud.distribute([invoice_json(order)]) == set()
    granted = on_record(cloud)
    assert (granted.grant_state, granted.failures, granted.parked_because) == (GrantState.GRANTED, 0, None)
    assert len(calls.requests) == 1


def test_an_order_that_was_parked_while_its_call_was_under_way_ends_granted(cloud: Cloud, calls: Calls) -> None:
    def parked_meanwhile(_provider: Provider, _request: Request) -> Answer:
        assert cloud.ledger.park(on_record(cloud), "3 grants were begun, and none ended", cloud.now)
        return given()

    calls.answers = [parked_meanwhile]

    assert grant(cloud) == Granted()
    order = on_record(cloud)
    assert (order.grant_state, order.content, order.lane) == (GrantState.GRANTED, COUPON, None)


@pytest.mark.parametrize("seconds", [TIMEOUT_SECONDS + MARGIN_SECONDS - 0.1, MARGIN_SECONDS - 0.1, 0.0])
def test_no_call_is_started_that_might_not_end_in_time_and_nothing_is_written(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    order = a_coupon_order(claims=CLAIMS_TRUSTED)
    cloud.ledger.put(order)
    monkeypatch.setattr("cloud.Context", lambda: Context(seconds=seconds))

    assert cloud.distribute([invoice_json(order)]) == {0}
    assert (calls.requests, remembered(), on_record(cloud)) == ([], [], order)


def test_a_call_is_started_where_there_is_just_enough_time(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.ledger.put(a_coupon_order())
    monkeypatch.setattr("cloud.Context", lambda: Context(seconds=TIMEOUT_SECONDS + MARGIN_SECONDS))

    assert cloud.distribute([invoice_json(a_coupon_order())]) == set()
    assert len(calls.requests) == 1


@pytest.mark.parametrize(
    "moved",
    [{"grant_state": GrantState.VOID}, {"grant_state": GrantState.GRANTED, "grants": 1, "content": "ANOTHER"}],
    ids=["void", "granted with another coupon"],
)
def test_a_coupon_that_nobody_gets_is_told_without_a_word_of_it(
    cloud: Cloud, calls: Calls, moved: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def moved_meanwhile(_provider: Provider, _request: Request) -> Answer:
        cloud.ledger.put(replace(a_coupon_order(), **moved))
        return given()

    calls.answers = [moved_meanwhile]

    assert grant(cloud) == Unchanged()
    out = capsys.readouterr().out
    assert '"CouponsUnused":[1.0]' in out
    assert '"in_doubt":false' in out
    assert COUPON not in out


@pytest.mark.parametrize("error", [BusyError("throttled"), NOT_ALLOWED], ids=["busy", "not allowed"])
def test_a_coupon_whose_order_cannot_be_looked_at_again_is_told_in_doubt(
    cloud: Cloud, calls: Calls, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its order is done: of a message that went back nobody would hear of the coupon again."""

    def moved_meanwhile(_provider: Provider, _request: Request) -> Answer:
        cloud.ledger.put(replace(a_coupon_order(), grant_state=GrantState.VOID))
        monkeypatch.setattr(DynamoLedger, "orders", fails)
        return given()

    def fails(*_: Any) -> Any:
        raise error

    calls.answers = [moved_meanwhile]

    assert grant(cloud) == Unchanged()
    (told,) = (line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "provider" in line)
    assert (told["message"], told["order_id"], told["provider"]) == ("coupon unused", "7", "shop")
    assert told["in_doubt"] is True


def test_a_twin_that_granted_the_same_coupon_left_none_unused(
    cloud: Cloud, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    grant(cloud)

    assert grant(cloud) == Unchanged()
    assert "CouponsUnused" not in capsys.readouterr().out


# ---- The table of calls


def broken(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, operation: str, code: str) -> None:
    """Let the table of calls refuse an operation."""
    name = {"UpdateItem": "update_item", "PutItem": "put_item", "DeleteItem": "delete_item"}[operation]
    original = getattr(cloud.ledger.dynamodb, name)

    def refuse(**given: Any) -> Any:
        if given["TableName"] == CALLS:
            raise ClientError({"Error": {"Code": code, "Message": "secret"}}, operation)
        return original(**given)

    monkeypatch.setattr(client("dynamodb"), name, refuse)


def test_a_table_of_calls_that_does_not_answer_sends_the_message_back(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(cloud, monkeypatch, "PutItem", "ThrottlingException")
    cloud.ledger.put(a_coupon_order())

    assert cloud.distribute([invoice_json(a_coupon_order())]) == {0}
    assert (calls.requests, on_record(cloud)) == ([], a_coupon_order())


def test_a_table_of_calls_that_is_no_use_is_no_fault_of_the_order(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(cloud, monkeypatch, "PutItem", "AccessDeniedException")

    assert grant(cloud) == Failed("the table of calls cannot be used (AccessDeniedException)", counts=False)
    assert calls.requests == []


def test_a_coupon_that_cannot_be_remembered_is_granted_all_the_same(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = a_coupon_order()
    cloud.ledger.put(order)
    with monkeypatch.context() as patch:
        broken(cloud, patch, "UpdateItem", "ThrottlingException")
        assert grant(cloud) == Granted()

    assert (on_record(cloud).content, len(calls.requests)) == (COUPON, 1)


# ---- What it costs those who grant no coupon


HEAVY = (
    "tombola.aws.provider_call",
    "tombola.aws.provider_secrets",
    "aws_lambda_powertools.utilities.idempotency",
    "boto3",
    "tombola.aws.coupons",
)
PROGRAM = f"""
import sys
import distribute_handler
from builders import an_order, NOON
from tombola.aws.prizes import PROVIDERS, Means, providers
from tombola.rules.verdict import Granted
class Ledger:
    def grant(self, order, now):
        return True
prizes = providers(Means(ledger=Ledger(), pool=None, codes_low=1, tell_low=print))
assert prizes.keys() >= PROVIDERS.keys()
assert prizes[an_order().award.award_type].grant(an_order(), NOON) == Granted()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_who_grants_a_text_imports_nothing_of_what_a_coupon_takes() -> None:
    places = ["functions/distribute", "layers/shared", "tests"]
    environment = {
        "PYTHONPATH": ":".join(str(ROOT / place) for place in places),
        "STAGE": "prod",
        "CALLS_TABLE": "calls",
        "PROVIDER_SECRETS": "stack/provider/",
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_an_invocation_there_is_no_deadline_to_call_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_running", [])

    with pytest.raises(IndexError):
        clock.deadline_of_invocation()
