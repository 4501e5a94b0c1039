"""The distribute function: a batch in, the messages that go back out."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier
from typing import Any, NoReturn

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import distribute_handler
from builders import NOON, SECOND, an_award, an_order
from cloud import Cloud, Context, a_cloud, event
from tombola.aws.prizes import TextPrizes
from tombola.flows import distribute_batch
from tombola.flows.distribute_batch import GRANT_SECONDS
from tombola.flows.ports import Prizes
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.verdict import Failed, Granted

BATCH = 10
LOTTERY_ORDER_ID = 1454347265400504320


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put(an_order(LOTTERY_ORDER_ID))
        yield cloud


def grant_state(cloud: Cloud, order_id: int = LOTTERY_ORDER_ID) -> GrantState:
    order = cloud.ledger.order("xiaofuge", order_id)
    assert order is not None
    return order.grant_state


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@contextmanager
def spoiled(monkeypatch: pytest.MonkeyPatch, operation: str, code: str) -> Iterator[None]:
    """Answer every call of an operation with an error of that code."""
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, name: str, given: dict[str, Any]) -> Any:
        if name == operation:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, name)
        return original(client, name, given)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield


def test_lotterys_own_invoice_is_granted(cloud: Cloud) -> None:
    answer = distribute_handler.handler(event("distribute-lottery-invoice"), Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    order = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    assert order is not None
    assert (order.grant_state, order.mq_state, order.grants, order.lane) == (1, 1, 1, None)


def test_a_poison_message_fails_alone(cloud: Cloud) -> None:
    answer = distribute_handler.handler(event("distribute-batch-with-poison"), Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-2"}]}
    assert grant_state(cloud) is GrantState.GRANTED


POISON = {
    "not JSON": "not JSON",
    "missing fields": '{"orderId": 1454347265400504320, "uId": "xiaofuge"}',
    "an order that does not exist": invoice_json(an_order(1)),
    "a message that contradicts its order": invoice_json(an_order(LOTTERY_ORDER_ID, award=an_award("4"))),
    "another user's order": invoice_json(an_order(LOTTERY_ORDER_ID, user_id="fustack")),
}


@pytest.mark.parametrize("case", POISON)
def test_poison_of_every_kind_goes_back_alone_and_changes_nothing(cloud: Cloud, case: str) -> None:
    cloud.ledger.put(an_order(2))

    assert cloud.distribute([POISON[case], invoice_json(an_order(2))]) == {0}
    assert grant_state(cloud) is GrantState.WAITING
    assert grant_state(cloud, 2) is GrantState.GRANTED


def test_a_batch_of_poison_only_is_no_error_of_the_function(cloud: Cloud) -> None:
    assert cloud.distribute(list(POISON.values())) == set(range(len(POISON)))


NOTHING_TO_DO: dict[str, Any] = {
    "parked": {"grant_state": GrantState.PARKED, "parked_because": "refused"},
    "void": {"grant_state": GrantState.VOID, "due_at": None},
    "granted": {"grant_state": GrantState.GRANTED, "granted_at": NOON, "grants": 1, "due_at": None},
    "not yet due": {
        "grant_type": GrantType.AT_A_TIME,
        "grant_at": NOON + 3600 * SECOND,
        "due_at": NOON + 3600 * SECOND,
    },
    "by hand": {"grant_type": GrantType.BY_HAND},
}


class Nobody(dict[AwardType, Prizes]):
    """Providers of whom none may be asked."""

    def get(self, *_: object) -> NoReturn:
        raise AssertionError("somebody was asked")


@pytest.mark.parametrize("award_type", [AwardType.TEXT, AwardType.CODE, AwardType.COUPON])
@pytest.mark.parametrize("case", NOTHING_TO_DO)
def test_a_late_or_dead_lettered_message_changes_nothing_and_calls_nobody(
    cloud: Cloud, case: str, award_type: AwardType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent again a hundred times, it reads the order, and is done with."""
    ports = replace(distribute_handler.wire(), prizes=Nobody())
    outside = award_type is not AwardType.TEXT
    award = an_award(
        award_type=award_type, award_content="" if outside else "Code", source="spring" if outside else None
    )
    order = an_order(7, award=award, **NOTHING_TO_DO[case])
    cloud.ledger.put(order)
    before = cloud.ledger.items()

    with cloud.calls() as calls, monkeypatch.context() as patch:
        patch.setattr(distribute_handler, "wire", lambda: ports)
        for _ in range(10):
            assert cloud.distribute([invoice_json(order)] * 10) == set()

    assert set(calls) == {"BatchGetItem"}
    assert cloud.ledger.items() == before


def test_doubles_within_a_batch_grant_once(cloud: Cloud) -> None:
    body = invoice_json(an_order(LOTTERY_ORDER_ID))

    assert cloud.distribute([body, body, body]) == set()
    order = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    assert order is not None
    assert order.grants == 1


def test_a_batch_reads_all_its_orders_in_one_call(cloud: Cloud) -> None:
    for order_id in range(10):
        cloud.ledger.put(an_order(order_id))

    with cloud.calls() as calls:
        cloud.distribute([invoice_json(an_order(order_id)) for order_id in range(10)])

    assert calls == ["BatchGetItem", *["UpdateItem"] * 10]


def test_a_batch_of_ten_waits_for_ten_providers_at_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers after 0.2 seconds, and only if all ten have been asked by then."""
    all_asked = Barrier(BATCH, timeout=10)

    def grant(*_: object) -> Granted:
        all_asked.wait()
        time.sleep(0.2)
        return Granted()

    monkeypatch.setattr(TextPrizes, "grant", grant)
    monkeypatch.setattr(distribute_handler, "ThreadPoolExecutor", ThreadPoolExecutor)
    for order_id in range(BATCH):
        cloud.ledger.put(an_order(order_id))
    begun = time.monotonic()

    assert cloud.distribute([invoice_json(an_order(order_id)) for order_id in range(BATCH)]) == set()
    assert time.monotonic() - begun < 1
    assert {order.failures for order in cloud.ledger.orders_of("xiaofuge") if isinstance(order, Order)} == {0}


@pytest.mark.parametrize("because", ["the provider fails", "the provider raises"])
def test_a_failure_that_the_table_does_not_take_is_not_acknowledged(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, because: str
) -> None:
    def grant(*_: object) -> Failed:
        if because == "the provider raises":
            raise RuntimeError
        return Failed("down")

    monkeypatch.setattr(TextPrizes, "grant", grant)
    body = invoice_json(an_order(LOTTERY_ORDER_ID))
    with spoiled(monkeypatch, "UpdateItem", "ThrottlingException"):
        assert cloud.distribute([body, body]) == {0, 1}
    assert cloud.distribute([body]) == set()
    order = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    assert isinstance(order, Order)
    assert order.failures == 1


def test_without_time_nothing_is_begun_and_everything_goes_back_without_an_alarm(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies, seconds = [invoice_json(an_order(LOTTERY_ORDER_ID))] * 2, GRANT_SECONDS - 0.1

    with cloud.calls() as calls:
        assert cloud.distribute(bodies, Context(seconds=seconds)) == {0, 1}

    assert calls == ["BatchGetItem"]
    lines = logged(capsys)
    assert [(line["message"], line["message_id"], line["level"]) for line in lines] == [
        ("not begun", "0", "WARNING"),
        ("not begun", "1", "WARNING"),
    ]  # and no figures
    assert cloud.distribute(bodies, Context(seconds=GRANT_SECONDS)) == set()


def test_each_line_of_a_message_has_its_id(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.ledger.put(an_order(2, award=replace(an_award(), award_type=AwardType.PHYSICAL)))
    orders = [an_order(LOTTERY_ORDER_ID), an_order(LOTTERY_ORDER_ID), cloud.ledger.order("xiaofuge", 2)]

    cloud.distribute([*(invoice_json(order) for order in orders if isinstance(order, Order)), "poison"])

    assert {(line["message"], line["message_id"]) for line in logged(capsys) if "level" in line} == {
        ("granted", "0"),
        ("settled before", "1"),
        ("not granted", "2"),
        ("not delivered", "3"),
    }


def test_a_message_that_goes_back_is_logged_without_its_content(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = replace(an_award("4"), award_content="secret-code")

    cloud.distribute([invoice_json(an_order(LOTTERY_ORDER_ID, award=secret)), "secret-code"])

    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines() if '"level"' in line]
    assert [line["message"] for line in lines] == ["not delivered", "not delivered"]
    assert "secret-code" not in out


def test_of_an_error_that_nobody_foresaw_only_the_kind_is_logged(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def grant(*_: object) -> None:
        raise ZeroDivisionError("secret-code")

    monkeypatch.setattr(distribute_batch, "distribute", grant)

    assert cloud.distribute([invoice_json(an_order(LOTTERY_ORDER_ID))]) == {0}
    out = capsys.readouterr().out
    assert '"ZeroDivisionError"' in out
    assert "secret-code" not in out


def test_grants_and_their_latency_are_counted(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.now += an_order().drawn_at - an_order().drawn_at.replace(minute=0, second=0)
    cloud.distribute([invoice_json(an_order(LOTTERY_ORDER_ID, mq_state=MqState.SENT))])

    (figures,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert (figures["Grants"], figures["GrantLatency"]) == ([1.0], [0.0])


@pytest.mark.parametrize(
    "waits",
    [
        {"grant_type": GrantType.AT_A_TIME, "grant_at": NOON + SECOND, "due_at": NOON + SECOND},
        {"grant_type": GrantType.BY_HAND},
    ],
    ids=["before its time", "not released by anybody"],
)
def test_an_early_message_is_done_with_and_changes_nothing(cloud: Cloud, waits: dict[str, Any]) -> None:
    order = an_order(2, **waits)
    cloud.ledger.put(order)

    with cloud.calls() as calls:
        failed = cloud.distribute([invoice_json(order)])

    assert (failed, calls) == (set(), ["BatchGetItem"])
    assert cloud.ledger.order("xiaofuge", 2) == order
