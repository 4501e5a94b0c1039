"""The distribute function on records of Kafka: granted by the order on record, and no batch keeps the next one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import distribute_handler
from builders import an_order
from cloud import Cloud, Context, a_cloud, event
from kafka_brokers import record_read
from tombola.flows import distribute_batch
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError

LOTTERY_ORDER_ID = 1454347265400504320


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put(an_order(LOTTERY_ORDER_ID))
        yield cloud


def granted(cloud: Cloud) -> bool:
    order = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    return isinstance(order, Order) and order.grant_state is GrantState.GRANTED


def test_lotterys_own_record_is_granted_and_the_batch_is_done_with(cloud: Cloud) -> None:
    answer = distribute_handler.handler(event("distribute-kafka"), Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert granted(cloud)
    assert cloud.letters() == []


def test_poison_of_every_kind_becomes_a_letter_and_keeps_nobody(cloud: Cloud) -> None:
    answer = distribute_handler.handler(event("distribute-kafka-with-poison"), Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert granted(cloud)
    places = [
        tuple(letter["MessageAttributes"][name]["StringValue"] for name in ("topic", "partition", "offset"))
        for letter in cloud.letters()
    ]
    assert sorted(places) == [("lottery_invoice", *each) for each in (("0", "16"), ("0", "17"), ("1", "15"))]


def test_provisioned_pollers_take_the_same_poison_back_alone(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_POLLERS", "provisioned")

    answer = distribute_handler.handler(event("distribute-kafka-with-poison"), Context())  # type: ignore[arg-type]

    places = [tuple(each["itemIdentifier"].values()) for each in answer["batchItemFailures"]]
    assert places == [("lottery_invoice-0", 16), ("lottery_invoice-0", 17), ("lottery_invoice-1", 15)]
    assert cloud.letters() == []
    assert granted(cloud)


def test_a_table_that_cannot_be_read_fails_the_function_and_lambda_brings_the_batch_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orders(*_: Any) -> None:
        raise BusyError("the table is away")

    with monkeypatch.context() as patch:
        patch.setattr("tombola.aws.ledger.DynamoLedger.orders", orders)
        with pytest.raises(BusyError):
            record_read(invoice_json(an_order(LOTTERY_ORDER_ID)).encode())

    assert record_read(invoice_json(an_order(LOTTERY_ORDER_ID)).encode()) == {"batchItemFailures": []}
    assert granted(cloud)


def test_a_grant_that_cannot_be_recorded_is_told_and_its_order_stays_due(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def grant(*_: Any) -> None:
        raise BusyError("the table is away")

    before = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    with monkeypatch.context() as patch:
        patch.setattr(distribute_batch, "distribute", grant)
        answer = record_read(invoice_json(an_order(LOTTERY_ORDER_ID)).encode())

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answer == {"batchItemFailures": []}
    assert [line["message"] for line in lines if "level" in line] == ["not delivered"]
    assert cloud.letters() == []
    after = cloud.ledger.order("xiaofuge", LOTTERY_ORDER_ID)
    assert after == before
    assert isinstance(after, Order)
    assert after.due_at is not None
    cloud.now = after.due_at
    assert cloud.compensate()["resent"] == 1
