"""Brokers for tests: librdkafka's mock cluster, a port on which nobody listens, and one that never answers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

TOPIC = "lottery_invoice"
SECONDS_MAX = 10.0  # that a test waits for a record
PARTITIONS = 4  # of a topic of the mock cluster, which makes any topic that is asked for


@dataclass(frozen=True)
class Brokers:
    """Brokers by their address, and what lies in the topic."""

    servers: str

    def records(self, count: int, partitions: int = PARTITIONS) -> list[Message]:
        """Return so many records of the topic, or those that are there by the end of the time."""
        consumer = Consumer(
            {"bootstrap.servers": self.servers, "group.id": "test", "enable.auto.commit": False, "log_level": 0}
        )
        try:
            consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(partitions)])
            found: list[Message] = []
            while len(found) < count:
                record = consumer.poll(SECONDS_MAX)
                if record is None:
                    break
                if record.error() is None:
                    found.append(record)
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
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


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
