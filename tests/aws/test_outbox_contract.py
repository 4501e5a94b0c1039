"""Every outbox keeps one contract, whatever carries its messages: the same sentences for each transport."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from builders import an_award, an_order
from fakes import MemoryOutbox
from kafka_brokers import TOPIC, Brokers, mock_cluster, nobody
from kafka_cluster import Kafka
from tombola.aws import clients, transport
from tombola.aws.invoices import read_invoice
from tombola.flows.ports import Outbox
from tombola.rules.invoice import Invoice
from tombola.rules.order import Order
from tombola.rules.verdict import Sent
from tombola_cli.local.broker import PARTITIONS

PAGE = 25  # orders that compensation publishes at once
OF_KAFKA = {"KAFKA_TOPIC": TOPIC, "KAFKA_SECURITY": "none"}


@dataclass(frozen=True)
class Way:
    """A transport: its outbox, one whose transport is away, and what lies there; None where nothing is sent."""

    outbox: Outbox
    away: Outbox | None
    bodies: Callable[[], Sequence[str]] | None


@pytest.fixture(params=["memory", "sqs", "kafka, played", "kafka", "streams"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    if request.param == "memory":
        twin = MemoryOutbox()
        yield Way(twin, MemoryOutbox(up=False), lambda: twin.bodies)
    elif request.param == "sqs":
        yield from _sqs(monkeypatch)
    elif request.param == "streams":
        yield Way(transport.outbox("streams", {}), None, None)
    elif request.param == "kafka":
        kafka: Kafka = request.getfixturevalue("kafka")
        yield _kafka(Brokers(kafka.addresses), PARTITIONS)
    else:
        with mock_cluster() as brokers:
            yield _kafka(brokers, 4)


def _sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        sqs = boto3.client("sqs")
        monkeypatch.setattr(clients, "sqs_client", lambda: sqs)
        url = sqs.create_queue(QueueName="invoices")["QueueUrl"]

        def bodies() -> list[str]:
            found: Any = True
            read: list[str] = []
            while found:
                found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
                read += [message["Body"] for message in found]
            return read

        gone = transport.outbox("sqs", {"QUEUE_URL": f"{url}-gone"})
        yield Way(transport.outbox("sqs", {"QUEUE_URL": url}), gone, bodies)


def _kafka(brokers: Brokers, partitions: int) -> Way:
    def bodies() -> list[str]:
        return [(record.value() or b"").decode() for record in brokers.records(partitions)]

    def outbox(servers: str) -> Outbox:
        return transport.outbox("kafka", {**OF_KAFKA, "KAFKA_BOOTSTRAP_SERVERS": servers})

    return Way(outbox(brokers.servers), outbox(nobody()), bodies)


def gone(sent: Sent) -> set[int]:
    return {*sent.taken, *sent.carried}


def test_a_page_of_compensation_is_gone_and_nothing_is_refused(way: Way) -> None:
    orders = [an_order(number) for number in range(PAGE)]

    sent = way.outbox.publish(orders)

    assert gone(sent) == set(range(PAGE))
    assert sent.refused == frozenset()
    assert not sent.taken & sent.carried


def test_what_is_taken_is_the_invoice_of_its_order(way: Way) -> None:
    order = an_order(4711, user_id="fustack", award=an_award(award_content="ü \u2028 \U0001f600"))
    if not way.outbox.publish([order]).taken:
        assert way.bodies is None
        return

    assert way.bodies is not None
    [invoice] = [each for each in map(read_invoice, way.bodies()) if each.order_id == 4711]
    assert invoice == _invoice_of(order)


def _invoice_of(order: Order) -> Invoice:
    assert order.award is not None
    return Invoice(
        user_id=order.user_id,
        order_id=order.order_id,
        award_id=order.award.award_id,
        award_type=order.award.award_type.number,
        award_name=order.award.award_name,
        award_content=order.award.award_content,
    )


def test_the_same_order_twice_is_gone_twice(way: Way) -> None:
    assert [gone(way.outbox.publish([an_order(7)])) for _ in range(2)] == [{7}, {7}]


def test_nothing_to_publish_is_nothing(way: Way) -> None:
    assert way.outbox.publish([]) == Sent()


def test_a_transport_that_is_away_takes_nothing_refuses_nothing_and_raises_nothing(way: Way) -> None:
    if way.away is not None:
        assert way.away.publish([an_order(1), an_order(2)]) == Sent()
