"""A Kafka for the tests: a real broker, one's own, or where there is no Java the mock cluster of the client library."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local.broker import ASK_SECONDS_MAX, PARTITIONS, SILENT, TOPIC, Broker, make_topic
from tombola_cli.local.java import MissingToolError

OWN = "KAFKA_BOOTSTRAP_SERVERS"
stand_ins: list[str] = []  # told at the end of the run


@dataclass(frozen=True)
class Kafka:
    """The addresses of a cluster that has Lottery's topic; its broker, if the tests may end and start it."""

    addresses: str
    broker: Broker | None = None
    mock: bool = False

    def needs_a_broker(self) -> None:
        """Skip the test on the mock cluster, which serves one consumer of a group and no second one."""
        if self.mock:
            pytest.skip(stand_ins[-1])

    @property
    def own_broker(self) -> Broker:
        """Return the broker; skip the test where there is none to be ended and started."""
        self.needs_a_broker()
        if self.broker is None:
            pytest.skip(f"{OWN} is set, and its broker is not ours")
        return self.broker


@contextmanager
def killed(broker: Broker) -> Iterator[None]:
    """End a broker as kill -9 does, and start it again, whatever a test finds meanwhile: others share it."""
    broker.kill()
    try:
        yield
    finally:
        broker.start(ROOT, print)
        broker.await_ready()


@contextmanager
def running_kafka(folder: Path) -> Iterator[Kafka]:
    """Yield a cluster, started unless it is one's own."""
    if addresses := os.environ.get(OWN):
        make_topic(TOPIC, PARTITIONS, addresses)
        yield Kafka(addresses)
        return
    broker = Broker(folder)
    try:
        broker.start(ROOT, print)
        broker.await_ready()
        yield Kafka(broker.address, broker)
    except MissingToolError as error:
        if "CI" in os.environ:
            pytest.fail(str(error), pytrace=False)
        stand_ins.append(f"{error}; meanwhile librdkafka's mock cluster stood in for Kafka")
        yield from _mock()
    except TombolaError as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        broker.stop()


def _mock() -> Iterator[Kafka]:
    """Yield a mock cluster, which lives inside a client of this process; it makes any topic by itself."""
    host = Producer({"test.mock.num.brokers": 1, "log_level": 3}, logger=SILENT)
    brokers = host.list_topics(timeout=ASK_SECONDS_MAX).brokers.values()
    yield Kafka(",".join(f"{broker.host}:{broker.port}" for broker in brokers), mock=True)
    host.flush(0)
