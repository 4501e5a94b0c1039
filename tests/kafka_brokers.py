"""Brokers for tests: librdkafka's mock cluster, a port on which nobody listens, and one that never answers."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

import distribute_handler
from cloud import HANDLERS, Context
from tombola_cli.local.loopback import free_port

TOPIC = "lottery_invoice"
KAFKA_VARIABLES = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", "KAFKA_TOPIC": TOPIC, "KAFKA_SECURITY": "none"}
SECONDS_MAX = 10.0  # that a test waits for a record
MESSAGES_MAX = 100  # of one call, for which a fake has reports
PARTITIONS = 4  # of a topic of the mock cluster, which makes any topic that is asked for


@dataclass(frozen=True)
class Brokers:
    """Brokers by their address, and what lies in the topic."""

    servers: str

    def records(self, partitions: int = PARTITIONS) -> list[Message]:
        """Return every record that lies in the topic now."""
        settings = {"bootstrap.servers": self.servers, "group.id": "test", "enable.partition.eof": True, "log_level": 0}
        consumer = Consumer({**settings, "enable.auto.commit": False})
        try:
            consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(partitions)])
            found: list[Message] = []
            ended = 0
            while ended < partitions:
                record = consumer.poll(SECONDS_MAX)
                assert record is not None, "the brokers do not answer"
                error = record.error()
                if error is None:
                    found.append(record)
                elif error.code() == KafkaError._PARTITION_EOF:
                    ended += 1
            return found
        finally:
            consumer.close()


@contextmanager
def mock_cluster(**settings: Any) -> Iterator[Brokers]:
    """Yield brokers that live inside one client of this process, where there is no Java."""
    host = Producer({"test.mock.num.brokers": 1, "log_level": 0, **settings})
    found = host.list_topics(timeout=SECONDS_MAX).brokers.values()
    yield Brokers(",".join(f"{broker.host}:{broker.port}" for broker in found))
    host.flush(0)


def nobody() -> str:
    """Return an address on which nobody listens."""
    return f"127.0.0.1:{free_port()}"


@contextmanager
def swallowing() -> Iterator[str]:
    """Yield an address that takes connections and whatever comes, and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        taker = Thread(target=take, daemon=True)
        taker.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    taker.join(SECONDS_MAX)
    for each in held:
        each.close()


class FakeProducer:
    """A producer as the test wants it: its reports by order, what is left, and what it was asked."""

    def __init__(self, config: dict[str, Any], **_: Any) -> None:
        self.config = config
        self.reports: list[KafkaError | None] = []
        self.left = 0
        self.heard: KafkaError | None = None
        self.asked: list[str] = []
        self.waiting: list[Any] = []
        self.flush_seconds = -1.0

    def produce(self, _topic: str, *, key: bytes, value: bytes, on_delivery: Any) -> None:
        self.waiting.append(on_delivery)

    def flush(self, seconds: float) -> int:
        self.flush_seconds = seconds
        if self.heard is not None:
            self._tell(self.heard)
        if not self.left:
            for report, note in zip(self.reports, self.waiting, strict=False):
                note(report, None)
            self.waiting = []
        return self.left

    def _tell(self, error: KafkaError) -> None:
        """Call back; an error that ends the producer is raised, as the client does."""
        if error.fatal():
            raise KafkaException(error)
        self.config["error_cb"](error)

    def purge(self, *, in_queue: bool, in_flight: bool) -> None:
        self.asked += [name for name, wanted in {"queue": in_queue, "flight": in_flight}.items() if wanted]

    def poll(self, _seconds: float) -> int:
        return 0

    @classmethod
    def answers(
        cls,
        monkeypatch: pytest.MonkeyPatch,
        module: ModuleType,
        report: KafkaError | None = None,
        left: int = 0,
        heard: KafkaError | None = None,
    ) -> None:
        """Let every producer that is made from now on report that of each message, and hear of the brokers."""

        def make(config: dict[str, Any], **_: Any) -> FakeProducer:
            made = cls(config)
            made.reports, made.left, made.heard = [report] * MESSAGES_MAX, left, heard
            return made

        monkeypatch.setattr(module, "Producer", make)
        for handler in HANDLERS:
            handler.wire.cache_clear()


def record_read(value: bytes) -> dict[str, Any]:
    """Hand one record over to distribution as Lambda's poller does; return the function's answer."""
    record = {"topic": TOPIC, "partition": 0, "offset": 7, "value": b64encode(value).decode()}
    event = {"eventSource": "aws:kafka", "records": {f"{TOPIC}-0": [record]}}
    return distribute_handler.handler(event, Context())  # type: ignore[arg-type]
