"""The local stack's broker: Apache Kafka itself, which keeps what it took when it is killed."""

from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from kafka_cluster import Kafka, killed
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import broker as module
from tombola_cli.local.broker import PARTITIONS, SILENT, TOPIC, Broker, _cluster_id, make_topic
from tombola_cli.local.java import MissingToolError

SECONDS_MAX = 20.0


def sent(addresses: str, topic: str, value: bytes) -> bool:
    """Return whether the broker took a message."""
    told: list[bool] = []
    settings = {"bootstrap.servers": addresses, "enable.idempotence": True, "topic.metadata.propagation.max.ms": 500}
    producer = Producer(settings, logger=SILENT)
    producer.produce(topic, value, partition=0, on_delivery=lambda error, _: told.append(error is None))
    return producer.flush(SECONDS_MAX) == 0 and told == [True]


def last(addresses: str) -> bytes | None:
    """Return the last message of the first partition."""
    settings = {"bootstrap.servers": addresses, "group.id": "tests", "enable.auto.commit": False}
    consumer = Consumer(settings, logger=SILENT)
    _, end = consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=SECONDS_MAX)
    consumer.assign([TopicPartition(TOPIC, 0, end - 1)])
    message = consumer.poll(SECONDS_MAX)
    consumer.close()
    assert message is not None
    return message.value()


def test_the_broker_has_lotterys_topic_and_makes_no_other_by_itself(kafka: Kafka) -> None:
    assert kafka.own_broker.process.is_alive()
    topics = AdminClient({"bootstrap.servers": kafka.addresses}, logger=SILENT).list_topics(timeout=SECONDS_MAX).topics

    assert len(topics[TOPIC].partitions) == PARTITIONS
    assert not sent(kafka.addresses, "a_topic_that_nobody_made", b"lost")


def test_a_broker_that_is_killed_comes_back_at_its_address_with_all_it_took(kafka: Kafka) -> None:
    broker = kafka.own_broker
    assert sent(kafka.addresses, TOPIC, b"taken before")

    with killed(broker):
        assert not broker.process.is_alive()

    assert broker.address == kafka.addresses
    assert last(kafka.addresses) == b"taken before"


def test_a_topic_that_is_there_is_left_as_it_is(kafka: Kafka) -> None:
    make_topic(TOPIC, PARTITIONS + 1, kafka.own_broker.address)

    topics = AdminClient({"bootstrap.servers": kafka.addresses}, logger=SILENT).list_topics(timeout=SECONDS_MAX).topics
    assert len(topics[TOPIC].partitions) == PARTITIONS


def test_a_broker_that_ends_at_once_says_why(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.process.start(["/bin/sh", "-c", "echo no room left"], {})
    (tmp_path / "address").write_text("127.0.0.1:1")

    with pytest.raises(TombolaError, match=r"Kafka, on 127\.0\.0\.1:1, ended at once: no room left"):
        broker.await_ready()


@pytest.mark.usefixtures("kafka")  # where Java is
def test_kafka_itself_says_why_it_ended(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    (tmp_path / "server.properties").write_text("process.roles=none")
    (tmp_path / "address").write_text("127.0.0.1:1")
    (tmp_path / "formatted").touch()
    broker.start(ROOT, print)

    with pytest.raises(TombolaError, match=r"ended at once: .*none.*process\.roles"):
        broker.await_ready()


def test_a_broker_that_never_answers_is_given_up_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_SECONDS_MAX", 0.2)
    monkeypatch.setattr(module, "ASK_SECONDS_MAX", 0.1)
    broker = Broker(tmp_path)
    broker.process.start(["/bin/sleep", "60"], {})
    (tmp_path / "address").write_text("127.0.0.1:1")

    with pytest.raises(TombolaError, match="Kafka was not ready in 0 s"):
        broker.await_ready()
    assert not broker.process.is_alive()


def test_without_java_a_sentence_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(MissingToolError, match="java is missing, and Kafka needs it: install a JDK from 17 on"):
        Broker(tmp_path).start(ROOT, print)


def test_nobody_listens_where_no_topic_can_be_made() -> None:
    with pytest.raises(KafkaException):
        make_topic(TOPIC, PARTITIONS, "127.0.0.1:1")


def test_a_clusters_id_never_begins_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([b"\xf8" + bytes(15), b"\x00" + bytes(15)])
    monkeypatch.setattr("uuid.uuid4", lambda: type("Uuid", (), {"bytes": next(drawn)}))

    assert _cluster_id() == "A" * 22
