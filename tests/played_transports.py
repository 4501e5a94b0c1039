"""Each transport of a cloud as a test plays it: what is under way is handed over, or lost, when the test says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaError

from cloud import Cloud
from kafka_brokers import KAFKA_VARIABLES, record_read
from table_stream import TableStream
from tombola.aws import kafka_outbox

Report = Callable[[KafkaError | None, Any], None]
Calls = Callable[[Callable[..., Any], Any, str, dict[str, Any]], Any]  # makes a call, or spoils it


class Transport(Protocol):
    """What lies between the functions that tell of an order and the one that grants its prize."""

    def deliver(self) -> object:
        """Hand over what is under way; of a function that dies the transport's own rules say what comes again."""

    def lose(self) -> object:
        """Forget what is under way."""

    def is_empty(self) -> bool: ...


@dataclass
class Queue:
    """SQS: a message is deleted once it was worked on."""

    cloud: Cloud

    def deliver(self) -> object:
        return self.cloud.deliver()

    def lose(self) -> object:
        return self.cloud.sqs.purge_queue(QueueUrl=self.cloud.queue_url)

    def is_empty(self) -> bool:
        return not self.cloud.messages()


@dataclass
class Stream:
    """DynamoDB Streams at their worst: a record of which a function died is not told again."""

    stream: TableStream

    def deliver(self) -> object:
        return self.stream.deliver()

    def lose(self) -> object:
        return self.stream.records()

    def is_empty(self) -> bool:
        return True  # nothing is under way that was told before


@dataclass
class Topic:
    """Kafka: a record is read again until the function has answered for it. Producing is a call that may be spoiled."""

    calls: Calls
    values: list[bytes] = field(default_factory=list)
    read: int = 0

    def deliver(self) -> object:
        while not self.is_empty():
            record_read(self.values[self.read])
            self.read += 1
        return None

    def lose(self) -> object:
        self.read = len(self.values)
        return None

    def is_empty(self) -> bool:
        return self.read == len(self.values)


@dataclass
class TopicProducer:
    """A producer of the client library, of which one call is what a draw needs."""

    topic: Topic
    waiting: list[tuple[bytes, Report]] = field(default_factory=list)

    def produce(self, _topic: str, *, key: bytes, value: bytes, on_delivery: Report) -> None:
        assert key
        self.waiting.append((value, on_delivery))

    def flush(self, _seconds: float) -> int:
        waiting, self.waiting = self.waiting, []
        for value, on_delivery in waiting:
            on_delivery(self._error_of(value), None)
        return 0

    def _error_of(self, value: bytes) -> KafkaError | None:
        try:
            self.topic.calls(lambda *_: self.topic.values.append(value), None, "produce", {})
        except (BotoCoreError, ClientError):
            return KafkaError(KafkaError._MSG_TIMED_OUT)
        return None

    def purge(self, **_: bool) -> None:
        self.waiting.clear()

    def poll(self, _seconds: float) -> int:
        return 0


def played(name: str, cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Transport:
    """Let a cloud that has done nothing yet have the transport of that name."""
    monkeypatch.setenv("TRANSPORT", name)
    if name == "sqs":
        return Queue(cloud)
    monkeypatch.delenv("QUEUE_URL")
    if name == "streams":
        return Stream(TableStream(cloud))
    for variable, value in KAFKA_VARIABLES.items():
        monkeypatch.setenv(variable, value)
    topic = Topic(calls)
    monkeypatch.setattr(kafka_outbox, "Producer", lambda *_, **__: TopicProducer(topic))
    return topic
