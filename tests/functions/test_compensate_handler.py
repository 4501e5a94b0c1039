"""The compensate function: what was left behind is repaired, and an operator sees how it stands."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import an_order
from cloud import Cloud, a_cloud
from tombola.rules.order import GrantState, MqState, Order

MINUTE = timedelta(minutes=1)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def only_order(cloud: Cloud) -> Order:
    _, body = cloud.draw()  # a repeat
    order = cloud.ledger.order("xiaofuge", int(body["order_id"]))
    assert order is not None
    return order


def test_a_draw_whose_publish_failed_is_granted_by_compensation(cloud: Cloud) -> None:
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=cloud.queue_url, AttributeNames=["QueueArn"])
    assert attributes
    cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)
    _, order = cloud.draw()
    assert order["mq_state"] == MqState.FAILED
    cloud.sqs.create_queue(QueueName="invoices")

    assert cloud.compensate()["resent"] == 1
    cloud.deliver()

    assert only_order(cloud).grant_state is GrantState.GRANTED
    assert cloud.audit().balanced


def test_a_message_that_vanished_is_sent_again_after_its_time(cloud: Cloud) -> None:
    cloud.draw()
    cloud.sqs.purge_queue(QueueUrl=cloud.queue_url)

    assert cloud.compensate(MINUTE)["resent"] == 0
    assert cloud.compensate(9 * MINUTE)["resent"] == 1
    cloud.deliver()

    assert only_order(cloud).grant_state is GrantState.GRANTED


def test_an_order_that_failed_too_often_is_parked_and_told(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.ledger.put(an_order(failures=3, mq_state=MqState.SENT))

    assert cloud.compensate(5 * MINUTE) == {"resent": 0, "send_failed": 0, "parked": 1}

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    parked = next(line for line in lines if line.get("message") == "parked")
    assert (parked["order_id"], parked["failures"]) == ("7", 3)
    figures = next(line for line in lines if "_aws" in line)
    assert (figures["Parked"], figures["OldestDue"]) == ([1.0], [240.0])


def test_a_quiet_run_reports_zeros(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.compensate() == {"resent": 0, "send_failed": 0, "parked": 0}

    (figures,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    names = ("Resends", "PublishFailures", "Parked", "OldestDue")
    assert {name: figures[name] for name in names} == {name: [0.0] for name in names}
