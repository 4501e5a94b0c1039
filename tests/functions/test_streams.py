"""The three functions where the stream of the table is the transport: one call a draw, and no queue."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import pytest

import compensate_handler
import draw_handler
from addresses import an_address
from builders import NOON, SECOND, an_order
from cloud import Cloud, a_cloud
from sam_template import ROOT
from table_stream import TableStream, distributed
from tombola.aws import clients
from tombola.aws.events import WrongEventError
from tombola.aws.items import order_item
from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity import GrantType
from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.problem import BusyError

SECRET = "SECRET"  # noqa: S105 - what is looked for
IMPORTED = "import draw_handler, sys; print(*sorted(name for name in sys.modules if name.endswith('_transport')))"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    def no_queue() -> NoReturn:
        raise AssertionError("a client of SQS is made")

    with a_cloud(monkeypatch) as cloud:
        monkeypatch.setenv("TRANSPORT", "streams")
        monkeypatch.delenv("QUEUE_URL")
        monkeypatch.setattr(clients, "sqs_client", no_queue)
        yield cloud


@pytest.fixture
def stream(cloud: Cloud) -> TableStream:
    return TableStream(cloud)


def on_record(cloud: Cloud, order_id: str) -> Order:
    order = cloud.ledger.order("xiaofuge", int(order_id))
    assert order is not None
    return order


def test_a_warm_winning_draw_makes_one_call_and_is_granted_by_its_own_write(cloud: Cloud, stream: TableStream) -> None:
    cloud.draw("warm-up")

    with cloud.calls() as calls:
        status, drawn = cloud.draw()

    assert (status, drawn["mq_state"], calls) == (201, 0, ["TransactWriteItems"])
    assert stream.deliver() == []
    granted = on_record(cloud, drawn["order_id"])
    assert (granted.grant_state, granted.mq_state, granted.wake) == (GrantState.GRANTED, MqState.SENT, False)
    assert stream.records() == []  # the grant itself wakes nobody
    assert cloud.audit().breaches == ()


def test_neither_draw_nor_compensation_makes_a_client_of_sqs(cloud: Cloud) -> None:
    assert draw_handler.wire()
    assert compensate_handler.wire()
    assert cloud.compensate()["resent"] == 0


def test_the_draw_function_imports_the_module_of_no_other_transport() -> None:
    names = "TABLE_NAME FIRST_CHECK_SECONDS RESEND_AFTER_SECONDS BACKOFF_SECONDS BACKOFF_MAX_SECONDS FAILURES_MAX"
    environment = {
        **dict.fromkeys([*names.split(), "REPAIR_WORKERS"], "1"),
        "AUTHORIZATION": "iam",
        "TRANSPORT": "streams",
        "AWS_LAMBDA_FUNCTION_NAME": "draw",  # so that it is wired at import, as on Lambda
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": f"{ROOT / 'functions/draw'}:{ROOT / 'layers/shared'}",
        "POWERTOOLS_SERVICE_NAME": "tombola",
        "POWERTOOLS_METRICS_NAMESPACE": "tests",
    }

    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["tombola.aws.streams_transport"], done.stderr


def test_what_the_stream_dropped_is_woken_by_a_claim_and_granted_once(cloud: Cloud, stream: TableStream) -> None:
    _, drawn = cloud.draw()
    assert len(stream.records()) == 1  # and nobody hears of it: too old, or tried too often

    assert cloud.compensate(61 * SECOND)["resent"] == 1
    claimed = on_record(cloud, drawn["order_id"])
    assert (claimed.wake, claimed.claims, claimed.due_at) == (True, 1, cloud.now + 600 * SECOND)
    assert stream.deliver() == []

    assert on_record(cloud, drawn["order_id"]).grants == 1
    assert cloud.audit().breaches == ()


@pytest.mark.parametrize("grant_type", [GrantType.AT_A_TIME, GrantType.BY_HAND])
def test_a_prize_that_waits_is_not_woken_by_its_draw_but_by_the_claim_when_it_is_due(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, stream: TableStream, grant_type: GrantType
) -> None:
    order = an_order(8, drawn_at=NOON, grant_type=grant_type, grant_at=NOON + 60 * SECOND, due_at=NOON + 60 * SECOND)
    cloud.ledger.put(order)
    assert stream.records() == []

    cloud.compensate(61 * SECOND)

    assert stream.deliver() == []
    assert on_record(cloud, "8").grant_state is GrantState.GRANTED


def test_a_record_that_can_never_be_read_comes_back_alone_and_the_others_are_granted(
    cloud: Cloud, stream: TableStream
) -> None:
    _, drawn = cloud.draw()
    poison = stream.record({"pk": {"S": "USER#xiaofuge"}, "sk": {"S": "ORDER#seven"}, "wake": {"N": "1"}})
    nobody = stream.record(order_item(an_order(404, wake=True)))

    back = distributed([poison, *stream.records(), nobody])

    assert back == [each["dynamodb"]["SequenceNumber"] for each in (poison, nobody)]
    assert on_record(cloud, drawn["order_id"]).grants == 1


def test_a_batch_whose_orders_cannot_be_read_fails_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, stream: TableStream
) -> None:
    def unreachable(*_: object) -> NoReturn:
        raise BusyError("the table does not answer")

    cloud.draw()
    monkeypatch.setattr(DynamoLedger, "orders", unreachable)

    with pytest.raises(BusyError):
        stream.deliver()


def secret_order(**changes: Any) -> Order:
    address = an_address(name=SECRET, address=SECRET)
    return an_order(9, content=SECRET, address=address, addresses=1, tracking=SECRET, wake=True, **changes)


def test_no_log_and_no_error_shows_what_an_image_holds(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, stream: TableStream, capsys: pytest.CaptureFixture[str]
) -> None:
    image = order_item(secret_order())
    sound, damaged = stream.record(image), stream.record({**image, "sk": {"S": "ORDER#nine"}})
    cloud.ledger.put(secret_order())
    cloud.ledger.put_item({**order_item(replace(secret_order(), order_id=10)), "claims": {"S": SECRET}})
    unreadable = stream.record(order_item(replace(secret_order(), order_id=10)))

    assert len(distributed([sound, damaged, unreadable])) == 2
    told = "".join(capsys.readouterr())
    with pytest.raises(WrongEventError) as mixed:
        distributed([sound, {**sound, "eventSource": "aws:sqs"}])
    with pytest.raises(WrongEventError) as unknown:
        distributed([{**sound, "eventSource": "aws:kinesis"}])
    monkeypatch.setattr(DynamoLedger, "orders", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as unforeseen:
        distributed([sound])

    assert '"granted"' in told
    assert told.count('"not delivered"') == 2
    for shown in (told, *capsys.readouterr(), repr(mixed.value), repr(unknown.value), repr(unforeseen.value)):
        assert SECRET not in shown


def test_no_function_is_told_to_log_its_events() -> None:
    assert "LOG_EVENT" not in (ROOT / "template.yaml").read_text("utf-8")
