"""Kafka: its brokers are away, refuse us, or lack the topic; nobody reads it, or what it brings cannot be worked on."""

from typing import Any

from confluent_kafka import KafkaError

import distribute_handler
from builders import an_order
from kafka_brokers import FakeProducer
from operations.functions_down import crash
from operations.scene import Scene
from tombola.aws import kafka_outbox
from tombola.rules.invoice import invoice_json

MINUTES = 10  # in which one order is tried again after longer and longer waits
SILENT = 21  # minutes in which the first order is sent three times
LAGGING = 5


def away(scene: Scene) -> None:
    """Let the brokers answer nothing: no report comes."""
    fails_to_send(scene, left=1)


def topic_missing(scene: Scene) -> None:
    fails_to_send(scene, KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))


def not_authorized(scene: Scene) -> None:
    """Let the brokers refuse a producer its number, as they do where its user may write nowhere: that ends it."""
    fails_to_send(scene, left=1, heard=KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "no right", fatal=True))


def refuses_us(scene: Scene) -> None:
    """Let the brokers refuse the password: no report says so, and the producer hears it."""
    fails_to_send(scene, left=1, heard=KafkaError(KafkaError._AUTHENTICATION))


def fails_to_send(scene: Scene, report: KafkaError | None = None, left: int = 0, heard: Any = None) -> None:
    FakeProducer.answers(scene.monkeypatch, kafka_outbox, report=report, left=left, heard=heard)
    for minute in scene.minutes(MINUTES):
        if minute == 0:
            assert scene.draws() == [201]
        scene.compensates()
    FakeProducer.answers(scene.monkeypatch, kafka_outbox)
    sent(scene)


def sent(scene: Scene) -> None:
    """Let what is sent now be read, and everything that waits with it."""
    for order in scene.cloud.ledger.orders_of("xiaofuge"):
        assert scene.reads(value_of(order)) == {"batchItemFailures": []}


def nobody_reads(scene: Scene) -> None:
    """Disable the mapping: one win is sent, and sent again, and nothing else happens."""
    FakeProducer.answers(scene.monkeypatch, kafka_outbox)
    for minute in scene.minutes(SILENT):
        if minute == 0:
            assert scene.draws() == [201]
        scene.compensates()
    sent(scene)


def read_too_slowly(scene: Scene) -> None:
    for _ in scene.minutes(LAGGING):
        scene.aws("distribute OffsetLag", 1_001)
        scene.rests()


def distribute_crashes(scene: Scene) -> None:
    """Lambda brings the batch again until the function is mended; nothing is lost and nothing dies."""
    order = an_order(7, due_at=None)
    for _ in scene.minutes(1):
        with scene.monkeypatch.context() as patch:
            patch.setattr(distribute_handler, "distribute_batch", crash)
            assert scene.reads(value_of(order)) is None
        scene.rests()


def poison(scene: Scene) -> None:
    for _ in scene.minutes(1):
        assert scene.reads(b"poison") == {"batchItemFailures": []}
        [letter] = scene.cloud.letters()
        assert letter["Body"] == "poison"
        scene.rests()
    for _ in scene.minutes(1):
        scene.aws("dead letters Visible")
        scene.rests()


def value_of(order: Any) -> bytes:
    return invoice_json(order).encode()
