"""The transport of a local stack as a campaign uses it: stopped, taken away, brought back, and handing over twice."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tombola.aws import streams_transport
from tombola.aws.items import order_item, order_key
from tombola.aws.workers import ALIAS
from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola_cli.errors import TombolaError
from tombola_cli.local.local_kafka import LocalKafka
from tombola_cli.local.mappings import enable_mappings
from tombola_cli.local.topic import Topic
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.transport_name import TransportName

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

OUTAGE = 180  # answers
BATCH = 10  # messages that are sent, or handed over, at once

# The settings of a queue; the rest of its attributes are readings.
SETTABLE = frozenset(
    {
        "DelaySeconds",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    }
)


class Channel(Protocol):
    """A stack's transport and its receiver, distribution; gone and back are how a campaign tells its outage."""

    @property
    def gone(self) -> str: ...

    @property
    def back(self) -> str: ...

    @property
    def outage(self) -> int:
        """Return how many answers the outage of a campaign lasts."""

    def receive(self, *, enabled: bool) -> None:
        """Let distribution receive, or not: then messages wait."""

    def take_away(self) -> None:
        """Begin the outage: what waits may be lost with it."""

    def bring_back(self) -> None:
        """End the outage."""

    def send_again(self, orders: Sequence[Order]) -> None:
        """Hand the messages of orders over once more, as every transport may."""

    def is_empty(self) -> bool:
        """Return whether no message is known to be under way."""


@dataclass
class Queue:
    """SQS: the outage deletes the queue with all its messages."""

    stack: Stack
    gone: str = "the queue is gone"
    back: str = "the queue is back"
    outage: int = OUTAGE
    attributes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sqs: SQSClient = self.stack.client("sqs")
        found = self.sqs.get_queue_attributes(QueueUrl=self.stack.queue_url, AttributeNames=["All"])["Attributes"]
        self.attributes = {name: value for name, value in found.items() if name in SETTABLE}

    def receive(self, *, enabled: bool) -> None:
        enable_mappings(self.stack, enabled=enabled)

    def take_away(self) -> None:
        self.sqs.delete_queue(QueueUrl=self.stack.queue_url)

    def bring_back(self) -> None:
        name = self.stack.queue_url.rsplit("/", 1)[1]
        self.sqs.create_queue(QueueName=name, Attributes=self.attributes)  # type: ignore[arg-type]

    def send_again(self, orders: Sequence[Order]) -> None:
        for batch in _batches(orders):
            entries: Any = [{"Id": str(order.order_id), "MessageBody": invoice_json(order)} for order in batch]
            self.sqs.send_message_batch(QueueUrl=self.stack.queue_url, Entries=entries)

    def is_empty(self) -> bool:
        found = self.sqs.get_queue_attributes(QueueUrl=self.stack.queue_url, AttributeNames=["All"])["Attributes"]
        return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"


@dataclass
class TableStream:
    """The stream of the table: the outage is that nobody reads it, and it keeps every write meanwhile."""

    stack: Stack
    gone: str = "nobody reads the stream"
    back: str = "the stream is read again"
    outage: int = OUTAGE

    def receive(self, *, enabled: bool) -> None:
        enable_mappings(self.stack, enabled=enabled)

    def take_away(self) -> None:
        self.receive(enabled=False)

    def bring_back(self) -> None:
        self.receive(enabled=True)

    def send_again(self, orders: Sequence[Order]) -> None:
        """Invoke distribution with their writes, as Lambda does again with a batch of which one has failed."""
        functions = self.stack.client("lambda")
        for batch in _batches(orders):
            event = json.dumps({"Records": [_record(order) for order in batch]})
            answer = functions.invoke(FunctionName=self.stack.distribute_function, Qualifier=ALIAS, Payload=event)
            if answer.get("FunctionError"):
                raise TombolaError(f"{self.stack.distribute_function} failed: see its log")

    def is_empty(self) -> bool:
        return True  # no reader of a stream can be asked how far it is: what it has not read yet, the books wait for


CHANNELS: dict[str, Callable[[Stack, Path], Channel]] = {
    TransportName.SQS: lambda stack, _: Queue(stack),
    TransportName.KAFKA: lambda stack, home: Topic(stack, LocalKafka(home)),
    TransportName.STREAMS: lambda stack, _: TableStream(stack),
}


def channel_of(stack: Stack, home: Path) -> Channel:
    """Return the transport of the stack in that home."""
    return CHANNELS[stack.transport](stack, home)


def _batches(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    return (orders[start : start + BATCH] for start in range(0, len(orders), BATCH))


def _record(order: Order) -> dict[str, Any]:
    """Return the write that left order as it is, as a stream tells it."""
    change = {
        "Keys": order_key(order.user_id, order.order_id),
        "NewImage": order_item(order),
        "SequenceNumber": str(order.order_id),
        "StreamViewType": "NEW_IMAGE",
    }
    return {"eventSource": streams_transport.SOURCE, "eventName": "MODIFY", "dynamodb": change}
