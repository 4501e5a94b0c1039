"""The transport of a local stack as a campaign uses it: stopped, taken away, brought back, and handing over twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ENTRIES_MAX = 10  # of one SendMessageBatch

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

    gone: str
    back: str

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
        for start in range(0, len(orders), ENTRIES_MAX):
            batch = orders[start : start + ENTRIES_MAX]
            entries: Any = [{"Id": str(order.order_id), "MessageBody": invoice_json(order)} for order in batch]
            self.sqs.send_message_batch(QueueUrl=self.stack.queue_url, Entries=entries)

    def is_empty(self) -> bool:
        found = self.sqs.get_queue_attributes(QueueUrl=self.stack.queue_url, AttributeNames=["All"])["Attributes"]
        return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"


def channel_of(stack: Stack) -> Channel:
    """Return the transport of a stack."""
    return Queue(stack)


def enable_mappings(stack: Stack, *, enabled: bool) -> None:
    """Let Lambda read for distribution, or not."""
    functions = stack.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=stack.distribute_function)
    for mapping in mappings["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
