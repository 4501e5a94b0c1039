"""The transport of a campaign: it ends and comes back as it was, and hands over what was handed over before."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from builders import an_order
from conflicts import Clock, PlayedStack
from desk import Desk, a_desk
from sam_template import load
from tombola.aws.streams_transport import inbox
from tombola.rules.invoice import invoice_json
from tombola_cli.errors import TombolaError
from tombola_cli.local.channel import BATCH, CHANNELS, Queue, TableStream, channel_of
from tombola_cli.operate.transport_name import TransportName

NOWHERE = Path("/nowhere")  # the home of a stack that only Kafka's channel needs
ORDERS = [an_order(number) for number in range(1, BATCH + 2)]


@dataclass
class Functions:
    """The Lambda service: two mappings, and what is done to them; a function that takes events, or fails."""

    done: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    fails: bool = False

    def list_event_source_mappings(self, FunctionName: str) -> Any:  # noqa: N803 - AWS's name
        return {"EventSourceMappings": [{"UUID": f"{FunctionName}-{number}"} for number in (1, 2)]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        self.done.append(asked)

    def invoke(self, FunctionName: str, Qualifier: str, Payload: str) -> Any:  # noqa: N803 - AWS's names
        assert (FunctionName, Qualifier) == ("f", "live")
        self.events.append(json.loads(Payload))
        return {"FunctionError": "Unhandled"} if self.fails else {}


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
    names = {"transport": "sqs", "queue_url": desk.stack.queue_url, "distribute_function": "f"}
    channel = channel_of(PlayedStack.of(Clock(), clients, **names), NOWHERE)
    assert isinstance(channel, Queue)
    return channel


@pytest.fixture
def stream(functions: Functions) -> TableStream:
    names = {"transport": "streams", "distribute_function": "f"}
    channel = channel_of(PlayedStack.of(Clock(), {"lambda": functions}, **names), NOWHERE)
    assert isinstance(channel, TableStream)
    return channel


def test_every_transport_has_its_channel_and_a_name() -> None:
    of_the_template = load()["Parameters"]["Transport"]["AllowedValues"]

    assert CHANNELS.keys() == set(TransportName) == set(of_the_template)


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
    received = [desk.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH)["Messages"] for _ in range(2)]
    assert {message["Body"] for some in received for message in some} == set(map(invoice_json, ORDERS))


def test_a_stream_is_taken_away_by_nobody_reading_it(stream: TableStream, functions: Functions) -> None:
    stream.take_away()
    assert {each["Enabled"] for each in functions.done} == {False}
    stream.bring_back()

    assert {each["Enabled"] for each in functions.done[2:]} == {True}
    assert stream.is_empty()


def test_a_stream_hands_every_order_over_again_as_its_reader_would(stream: TableStream, functions: Functions) -> None:
    stream.send_again(ORDERS)

    named = [message.order_key for event in functions.events for message in inbox({}).messages(event)]
    assert named == [(order.user_id, order.order_id) for order in ORDERS]
    assert [len(event["Records"]) for event in functions.events] == [BATCH, 1]


def test_a_function_that_fails_is_no_success(stream: TableStream, functions: Functions) -> None:
    functions.fails = True

    with pytest.raises(TombolaError, match="f failed: see its log"):
        stream.send_again(ORDERS)
