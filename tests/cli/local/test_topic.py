"""Kafka's topic in a campaign: its outage, its duplicates, and what waits in it."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from builders import an_order
from conflicts import Clock, PlayedStack
from kafka_cluster import Kafka
from tombola.aws.invoices import read_invoice
from tombola.rules.invoice import contradictions
from tombola_cli.local.bridge import KafkaConsumer
from tombola_cli.local.kafka_event import Record
from tombola_cli.local.local_kafka import LocalKafka
from tombola_cli.local.topic import Topic, waiting

SECONDS_MAX = 60.0
ORDERS = [an_order(number, user_id=f"user-{number}") for number in range(1, 6)]


@dataclass
class Mappings:
    """The Lambda service: a mapping with that group, and what is done to it."""

    group: str = "group"
    done: list[Any] = field(default_factory=list)

    def list_event_source_mappings(self, FunctionName: str) -> Any:  # noqa: N803 - AWS's name
        mapping = {"UUID": self.group, "FunctionArn": "f:live", "State": "Enabled", "BatchSize": 2}
        return {"EventSourceMappings": [mapping]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        self.done.append(asked["Enabled"])


@dataclass
class PlayedBroker:
    done: list[str] = field(default_factory=list)
    address: str = "127.0.0.1:9"

    def kill(self) -> None:
        self.done.append("killed")

    def start(self, _root: Path, _tell: Any) -> None:
        self.done.append("started")

    def await_ready(self) -> None:
        self.done.append("ready")


@pytest.fixture
def mappings(request: pytest.FixtureRequest) -> Mappings:
    return Mappings(group=request.node.name)


def a_topic(mappings: Mappings, kafka: Any) -> Topic:
    names = {"transport": "kafka", "distribute_function": "f"}
    return Topic(PlayedStack.of(Clock(), {"lambda": mappings}, **names), kafka)


@pytest.fixture
def topic(mappings: Mappings, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> Topic:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.addresses)
    return a_topic(mappings, LocalKafka(Path("/nowhere")))


def test_the_outage_kills_the_broker_and_starts_it_again(mappings: Mappings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    broker = PlayedBroker()
    kafka: Any = type("Kafka", (), {"broker": broker, "is_own": False})
    topic = a_topic(mappings, kafka)

    topic.take_away()
    assert (topic.gone, broker.done) == ("the broker is killed", ["killed"])
    topic.bring_back()
    assert (topic.back, broker.done) == ("the broker is back", ["killed", "started", "ready"])
    assert mappings.done == []


def test_brokers_of_ones_own_are_left_alone_and_only_not_read(topic: Topic, mappings: Mappings) -> None:
    topic.take_away()
    topic.bring_back()

    assert (topic.gone, topic.back) == ("nobody reads the topic", "the topic is read again")
    assert mappings.done == [False, True]


def test_the_bridge_reads_what_is_sent_again_once_and_after_a_restart_goes_on_where_it_committed(
    topic: Topic, mappings: Mappings, kafka: Kafka
) -> None:
    kafka.needs_a_broker()
    addresses = topic.kafka.addresses
    first = KafkaConsumer(addresses, mappings.group)
    left = read_all(first, waiting(topic.stack, addresses))  # by other tests
    if left:
        first.commit(ends_of(left))
    assert topic.is_empty()

    topic.send_again(ORDERS)
    assert waiting(topic.stack, addresses) == len(ORDERS)
    records = read_all(first, len(ORDERS))
    assert {invoice.order_id: record.key() for record, invoice in read(records)} == {
        order.order_id: order.user_id.encode() for order in ORDERS
    }
    assert all(contradictions(invoice, ORDERS[invoice.order_id - 1]) == [] for _, invoice in read(records))

    (partition, *_) = {record.partition() for record in records}
    through = [record for record in records if record.partition() == partition]
    first.commit(ends_of(through))
    again = read_all(KafkaConsumer(addresses, mappings.group), len(ORDERS) - len(through))
    assert places(again) == places(records) - places(through)
    assert waiting(topic.stack, addresses) == len(ORDERS) - len(through)


def read_all(consumer: KafkaConsumer, count: int) -> list[Record]:
    """Read so many records, two at a time, and see that no other comes."""
    found: list[Record] = []
    deadline = time.monotonic() + SECONDS_MAX
    while len(found) < count and time.monotonic() < deadline:
        records = consumer.read(2)
        assert len(records) <= 2
        found += records
    assert (len(found), consumer.read(2)) == (count, [])
    return found


def read(records: list[Record]) -> list[tuple[Record, Any]]:
    return [(record, read_invoice(record.value().decode())) for record in records]


def ends_of(records: list[Record]) -> dict[tuple[str, int], int]:
    return {(str(each.topic()), int(each.partition() or 0)): int(each.offset() or 0) + 1 for each in records}


def places(records: list[Record]) -> set[tuple[Any, Any]]:
    return {(record.partition(), record.offset()) for record in records}
