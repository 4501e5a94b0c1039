"""Lambda's Kafka poller, which MiniStack lacks: it hands to distribution what lies in the topic, and then commits.

As AWS documents it for a mapping without provisioned pollers: the offsets of a batch are committed once the function
has ended well, and until then the whole batch is tried again. With ReportBatchItemFailures only what failed is.
https://docs.aws.amazon.com/lambda/latest/dg/with-msk-process.html and kafka-retry-configurations.html
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tombola_cli.errors import TombolaError
from tombola_cli.local.broker import SILENT, TOPIC
from tombola_cli.local.kafka_event import Record, kafka_event, partition_of
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    import confluent_kafka

READING = "reading"  # the first word of a bridge that is ready
FIRST_RECORD_SECONDS = 0.5  # that a read waits for a record; one that comes is read at once
WINDOW_SECONDS = 0.02  # that it waits for more
RETRY_SECONDS = 0.5
READY_SECONDS_MAX = 60.0
DISABLED_SECONDS = 0.1
ASK_SECONDS_MAX = 10.0
OTHER_SOURCES = (":sqs:", ":dynamodb:")

Place = tuple[str, int]  # a topic and a partition


class Consumer(Protocol):
    """A consumer to which all partitions of the topic are assigned."""

    def read(self, limit: int) -> Sequence[Record]:
        """Return up to so many records that were not read before, or none after a moment."""

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Note where to read on after a restart; raise FailedError if that cannot be noted now."""


class FailedError(Exception):
    """The function ended with an error, or something could not be asked: the same again is safe."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """An event source mapping as it stands now."""

    function: str
    enabled: bool = True
    batch_max: int = 100
    reports_failures: bool = False
    cluster_arn: str = ""
    group: str = "tombola"


@dataclass
class Poller:
    """A batch that is handed over again and again until it is through; nothing is committed before."""

    consumer: Consumer
    settings: Callable[[], Settings]
    invoke: Callable[[str, dict[str, Any]], Any]
    pause: Callable[[float], None]
    tell: Callable[[str], None]
    addresses: str
    batch_max: int
    waiting: list[Record] = field(default_factory=list)
    reached: dict[Place, int] = field(default_factory=dict)

    def step(self) -> None:
        """Read a batch if none waits, and hand over what waits, unless the mapping is disabled."""
        if not self.waiting:
            self.waiting = list(self.consumer.read(self.batch_max))
            self.reached |= _ends_of(self.waiting)
        if not self.waiting:
            return
        try:
            settings = self.settings()
            if not settings.enabled:
                self.pause(DISABLED_SECONDS)
                return
            self._hand_over(settings)
        except FailedError as error:
            self.tell(str(error))
            self.pause(RETRY_SECONDS)

    def _hand_over(self, settings: Settings) -> None:
        event = kafka_event(self.waiting, self.addresses, settings.cluster_arn)
        answer = self.invoke(settings.function, event)
        failed = failed_of(self.waiting, answer) if settings.reports_failures else []
        self.waiting = failed
        if failed:
            raise FailedError(f"{len(failed)} records failed")
        self.consumer.commit(self.reached)
        self.reached = {}


def failed_of(records: Sequence[Record], answer: Any) -> list[Record]:  # noqa: ANN401 - whatever the function answers
    """Return the records that answer names as failed; all of them if it names one that is not among them."""
    named = {_named(each.get("itemIdentifier")) for each in (answer or {}).get("batchItemFailures") or ()}
    by_name = {(partition_of(record), record.offset()): record for record in records}
    if not named <= by_name.keys():
        return list(records)
    return [record for name, record in by_name.items() if name in named]


def _named(identifier: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as above
    return (identifier.get("partition"), identifier.get("offset")) if isinstance(identifier, Mapping) else (None, None)


def _ends_of(records: Iterable[Record]) -> dict[Place, int]:
    """Return where to read on in each partition after records."""
    return {(str(record.topic()), int(record.partition() or 0)): int(record.offset() or 0) + 1 for record in records}


def places_read(consumer: "confluent_kafka.Consumer") -> "list[confluent_kafka.TopicPartition]":
    """Return where the consumer's group reads on in each partition; raise FailedError if the broker does not tell.

    A broker that has just started does not know for a while which groups are its own.
    """
    from confluent_kafka import KafkaException, TopicPartition  # noqa: PLC0415 - only with Kafka

    deadline = time.monotonic() + READY_SECONDS_MAX
    while True:
        try:
            partitions = consumer.list_topics(TOPIC, timeout=ASK_SECONDS_MAX).topics[TOPIC].partitions
            places = [TopicPartition(TOPIC, partition) for partition in partitions]
            return consumer.committed(places, timeout=ASK_SECONDS_MAX)
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise FailedError(f"the broker does not tell where to read: {error}") from None
            time.sleep(RETRY_SECONDS)


class KafkaConsumer:
    """The consumer of a real broker; `assign` starts in no time, where `subscribe` takes three seconds."""

    def __init__(self, addresses: str, group: str) -> None:
        from confluent_kafka import Consumer  # noqa: PLC0415 - only with Kafka

        settings = {
            "bootstrap.servers": addresses,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
        }
        self._consumer = Consumer(settings, logger=SILENT)
        self._consumer.assign(places_read(self._consumer))

    def read(self, limit: int) -> Sequence[Record]:
        first = self._consumer.poll(FIRST_RECORD_SECONDS)
        more = self._consumer.consume(limit - 1, WINDOW_SECONDS) if first and limit > 1 else []
        return [record for record in (first, *more) if record is not None and not record.error()]

    def commit(self, offsets: Mapping[Place, int]) -> None:
        from confluent_kafka import KafkaException, TopicPartition  # noqa: PLC0415 - only with Kafka

        try:
            places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            raise FailedError(f"offsets were not committed: {error}") from None


@dataclass(frozen=True)
class Functions:
    """Lambda, as a poller uses it."""

    client: Any
    distribute: str

    def settings(self) -> Settings:
        """Return the mapping of distribution that reads Kafka; raise TombolaError if there is none."""
        found = self._asked("list_event_source_mappings", FunctionName=self.distribute)
        for mapping in found["EventSourceMappings"]:
            arn = mapping.get("EventSourceArn") or ""
            if not any(other in arn for other in OTHER_SOURCES):
                return Settings(
                    function=mapping["FunctionArn"],
                    enabled=mapping["State"] == "Enabled",
                    batch_max=int(mapping["BatchSize"]),
                    reports_failures="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or ()),
                    cluster_arn=arn,
                    group=mapping["UUID"],
                )
        raise TombolaError(f"{self.distribute} reads no Kafka topic: was the stack deployed with kafka?")

    def invoke(self, function: str, event: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the function answers
        answer = self._asked("invoke", FunctionName=function, Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise FailedError(f"{function} failed: {said.get('errorType')}")
        return said

    def _asked(self, operation: str, **arguments: Any) -> Any:  # noqa: ANN401 - of any operation
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as boto3

        try:
            return getattr(self.client, operation)(**arguments)
        except (BotoCoreError, ClientError) as error:
            raise FailedError(f"{operation}: {error}") from None


def poller_of(stack: Stack, addresses: str) -> Poller:
    """Return the poller of a deployed stack."""
    functions = Functions(stack.client("lambda"), stack.distribute_function)
    settings = functions.settings()
    return Poller(
        consumer=KafkaConsumer(addresses, settings.group),
        settings=functions.settings,
        invoke=functions.invoke,
        pause=time.sleep,
        tell=lambda text: print(text, flush=True),
        addresses=addresses,
        batch_max=settings.batch_max,
    )


def main(stack_file: str, addresses: str) -> None:
    poller = poller_of(Stack.load(Path(stack_file)), addresses)
    print(READING, TOPIC, flush=True)
    while True:
        poller.step()


if __name__ == "__main__":
    main(*sys.argv[1:])
