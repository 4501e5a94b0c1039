"""The transport of a campaign: it ends and comes back as it was, and hands over what was handed over before."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from builders import an_order
from conflicts import Clock, PlayedStack
from desk import Desk, a_desk
from tombola.rules.invoice import invoice_json
from tombola_cli.local.channel import ENTRIES_MAX, Queue, channel_of

ORDERS = [an_order(number) for number in range(1, ENTRIES_MAX + 2)]


@dataclass
class Functions:
    """The Lambda service: two mappings, and what is done to them."""

    done: list[Any] = field(default_factory=list)

    def list_event_source_mappings(self, FunctionName: str) -> Any:  # noqa: N803 - AWS's name
        return {"EventSourceMappings": [{"UUID": f"{FunctionName}-{number}"} for number in (1, 2)]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        self.done.append(asked)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def queue(desk: Desk, functions: Functions) -> Queue:
    clients = {"sqs": desk.sqs, "lambda": functions}
    channel = channel_of(PlayedStack.of(Clock(), clients, queue_url=desk.stack.queue_url, distribute_function="f"))
    assert isinstance(channel, Queue)
    return channel


def test_nothing_is_received_while_every_mapping_of_distribution_is_off(queue: Queue, functions: Functions) -> None:
    queue.receive(enabled=False)
    queue.receive(enabled=True)

    asked = [(each["UUID"], each["Enabled"]) for each in functions.done]
    assert asked == [("f-1", False), ("f-2", False), ("f-1", True), ("f-2", True)]


def test_a_queue_takes_its_messages_with_it_and_comes_back_as_it_was(queue: Queue, desk: Desk) -> None:
    url = queue.stack.queue_url
    desk.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    queue = Queue(queue.stack)
    queue.send_again(ORDERS[:1])
    assert not queue.is_empty()

    queue.take_away()
    with pytest.raises(desk.sqs.exceptions.QueueDoesNotExist):
        queue.is_empty()
    queue.bring_back()

    assert queue.is_empty()
    found = desk.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "77"


def test_every_order_is_sent_again_however_many_they_are(queue: Queue, desk: Desk) -> None:
    queue.send_again(ORDERS)

    url = queue.stack.queue_url
    received = [desk.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=ENTRIES_MAX)["Messages"] for _ in range(2)]
    assert {message["Body"] for some in received for message in some} == set(map(invoice_json, ORDERS))
