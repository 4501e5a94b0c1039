"""From a win to its grant on every transport: through its outage, twice over, and with poison in between."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from builders import UNCOUNTED, an_award, an_order
from lotterys_json import LotterysJson, lotterys_json
from played import WAIT_SECONDS_MAX, Local, audited, compensate, until
from tombola.aws.clock import utc_now as now
from tombola.aws.ledger import DynamoLedger
from tombola.rules.invoice import invoice_json
from tombola.rules.order import MqState, Order
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Recorded
from tombola_cli.files.repository import ROOT
from tombola_cli.local import overview
from tombola_cli.local.broker import PARTITIONS, SILENT, TOPIC
from tombola_cli.local.channel import Queue, TableStream
from tombola_cli.local.launch import launch
from tombola_cli.local.topic import Topic
from tombola_cli.operate.api import Api

LOTTERYS_ORDER = 1444540456057864192
# Lottery's KafkaProducerTest.test_send: the fields of its message.
LOTTERYS_MESSAGE = (
    '{"uId":"fustack","orderId":1444540456057864192,"awardId":"3","awardType":1,"awardName":"Code",'
    '"awardContent":"苹果电脑","shippingAddress":null,"extInfo":null}'
)


@dataclass(frozen=True)
class Scene:
    """A stack with the sample activity, its transport, and a client."""

    local: Local
    api: Api

    def drawn(self, user_id: str = "", key: str = "key") -> dict[str, Any]:
        reply = self.api.draw("100001", user_id or f"user-{uuid.uuid4()}", key)
        assert reply.status == 201
        return reply.body

    def granted(self, order: dict[str, Any]) -> bool:
        shown = self.api.order(order["user_id"], order["order_id"]).body
        return bool(shown["grant_state"] == 1)

    @property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self.local.stack.client("dynamodb"), self.local.stack.table_name)

    @property
    def mq_state_in_an_outage(self) -> MqState:
        """Return what a draw is told: brokers of one's own are there, and only not read."""
        if isinstance(self.local.channel, Topic) and self.local.channel.kafka.is_own:
            return MqState.SENT
        return MqState.NOT_SENT if isinstance(self.local.channel, TableStream) else MqState.FAILED

    def forget(self, order: Order) -> None:
        """Delete an order that was made by hand: the books have no activity for it."""
        key = {"pk": {"S": f"USER#{order.user_id}"}, "sk": {"S": f"ORDER#{order.order_id:019d}"}}
        self.local.stack.client("dynamodb").delete_item(TableName=self.local.stack.table_name, Key=key)

    def grants(self, order: Order) -> int:
        found = self.ledger.order(order.user_id, order.order_id)
        assert isinstance(found, Order)
        return found.grants


@pytest.fixture(scope="module")
def sqs_scene(sqs_local: Local) -> Scene:
    return scene_of(sqs_local)


@pytest.fixture(scope="module")
def kafka_scene(kafka_local: Local) -> Scene:
    return scene_of(kafka_local)


@pytest.fixture(scope="module")
def streams_scene(streams_local: Local) -> Scene:
    return scene_of(streams_local)


@pytest.fixture(params=["sqs", "kafka", "streams"])
def scene(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_scene")


@pytest.fixture(scope="module")
def lottery() -> Iterator[LotterysJson]:
    with lotterys_json() as running:
        yield running


def scene_of(local: Local) -> Scene:
    launch(ROOT / "activities/100001.yaml", local.stack)
    return Scene(local, Api(local.stack, connections_max=8))


def test_a_draw_is_granted_within_seconds_and_asked_again_it_is_the_same_order(scene: Scene) -> None:
    user_id = f"user-{uuid.uuid4()}"
    first = scene.api.draw("100001", user_id, "key")
    again = scene.api.draw("100001", user_id, "key")

    assert (first.status, again.status) == (201, 200)
    assert again.body["order_id"] == first.body["order_id"]
    until(lambda: scene.granted(first.body))


def test_a_draw_in_the_outage_of_the_transport_is_granted_after_it(scene: Scene) -> None:
    scene.local.channel.take_away()
    try:
        order = scene.drawn()
    finally:
        scene.local.channel.bring_back()
    assert order["mq_state"] == scene.mq_state_in_an_outage

    until(lambda: compensate(scene.local.stack) and scene.granted(order))


def test_a_draw_killed_between_transaction_and_publish_is_granted_by_compensation(scene: Scene) -> None:
    user_id, drawn_at = f"user-{uuid.uuid4()}", now()
    recorded = an_order(
        order_id_of("killed", user_id, "key"),
        user_id=user_id,
        activity_id="killed",
        idempotency_key="key",
        shard=None,
        drawn_at=drawn_at,
        due_at=drawn_at + timedelta(seconds=1),
    )
    assert scene.ledger.record(recorded, UNCOUNTED) == Recorded(recorded)

    until(lambda: compensate(scene.local.stack) and scene.grants(recorded) == 1)
    scene.forget(recorded)


def test_what_is_handed_over_again_is_granted_once(scene: Scene) -> None:
    order = scene.drawn()
    until(lambda: scene.granted(order))
    recorded = scene.ledger.order(order["user_id"], int(order["order_id"]))
    assert isinstance(recorded, Order)

    for _ in range(3):
        scene.local.channel.send_again([recorded])
    later = scene.drawn()
    until(lambda: scene.granted(later) and scene.local.channel.is_empty())

    assert scene.grants(recorded) == 1


def test_a_draw_whose_message_was_deleted_after_it_was_sent_is_granted_by_compensation(sqs_scene: Scene) -> None:
    """A queue alone can lose one: a topic and a stream keep theirs."""
    queue, stack = sqs_scene.local.channel, sqs_scene.local.stack
    assert isinstance(queue, Queue)
    queue.receive(enabled=False)
    try:
        order = sqs_scene.drawn()
        assert order["mq_state"] == MqState.SENT
        message = until(lambda: message_of(queue, order))
        assert message["Body"] == body_of(sqs_scene, order)
        queue.sqs.delete_message(QueueUrl=stack.queue_url, ReceiptHandle=message["ReceiptHandle"])
    finally:
        queue.receive(enabled=True)
    assert not sqs_scene.granted(order)

    until(lambda: compensate(stack) and sqs_scene.granted(order))


def message_of(queue: Queue, order: dict[str, Any]) -> Any:
    received = queue.sqs.receive_message(QueueUrl=queue.stack.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1)
    return next((each for each in received.get("Messages", []) if order["order_id"] in each["Body"]), None)


def body_of(scene: Scene, order: dict[str, Any]) -> str:
    """Return Lottery's message for an order that was drawn."""
    recorded = scene.ledger.order(order["user_id"], int(order["order_id"]))
    assert isinstance(recorded, Order)
    return invoice_json(recorded)


def test_a_poison_message_ends_among_the_dead_letters(sqs_scene: Scene) -> None:
    queue, stack = sqs_scene.local.channel, sqs_scene.local.stack
    assert isinstance(queue, Queue)
    url, settings = stack.queue_url, dict[Any, str](queue.attributes)
    queue.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    try:
        queue.sqs.send_message(QueueUrl=url, MessageBody="not JSON")
        assert dead_letter(sqs_scene.local) == "not JSON"
    finally:
        queue.sqs.set_queue_attributes(QueueUrl=url, Attributes=settings)


def test_a_poison_message_in_the_topic_ends_among_the_dead_letters_and_holds_nobody_up(kafka_scene: Scene) -> None:
    for value in (b"not JSON", None, b"\xff\x00"):
        sent(kafka_scene.local, value)
    order = kafka_scene.drawn()

    until(lambda: kafka_scene.granted(order) and kafka_scene.local.channel.is_empty())
    dead = {dead_letter(kafka_scene.local) for _ in range(3)}
    assert "not JSON" in dead
    assert len(dead) == 3


def dead_letter(local: Local) -> str:
    """Take a letter from the queue of dead letters, and return what it says."""
    sqs, url = local.stack.client("sqs"), local.stack.dlq_url
    (letter,) = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    return str(letter["Body"])


def sent(local: Local, value: bytes | None) -> None:
    """Send a message as Lottery's producer does, which gives it no key."""
    topic = local.channel
    assert isinstance(topic, Topic)
    with Producer({"bootstrap.servers": topic.kafka.addresses}, logger=SILENT) as producer:
        producer.produce(TOPIC, value)
        assert producer.flush(WAIT_SECONDS_MAX) == 0


def test_lotterys_kafka_producer_test_send(kafka_scene: Scene, lottery: LotterysJson) -> None:
    """Its first test sends an Invoice, and whoever has the order grants it: user fustack, order 1444540456057864192."""
    drawn_at = now()
    order = an_order(
        LOTTERYS_ORDER,
        user_id="fustack",
        award=an_award("3", award_name="Code", award_content="苹果电脑"),
        shard=None,
        drawn_at=drawn_at,
        due_at=drawn_at + timedelta(hours=1),  # so long compensation leaves it alone
    )
    assert kafka_scene.ledger.record(order, UNCOUNTED) == Recorded(order)

    message = lottery.written(LOTTERYS_MESSAGE)
    assert message == invoice_json(order)
    sent(kafka_scene.local, message.encode())

    until(lambda: kafka_scene.grants(order) == 1)
    kafka_scene.forget(order)


def test_lotterys_activity_process_test_do_draw_process(kafka_scene: Scene, lottery: LotterysJson) -> None:
    """Its second test draws: user xiaofuge, activity 100001; the message goes out and in, and the prize is granted."""
    order = kafka_scene.drawn("xiaofuge", "test_doDrawProcess")
    assert (order["code"], order["outcome"]) == ("0000", "won")

    until(lambda: compensate(kafka_scene.local.stack) and kafka_scene.granted(order))
    message = record_of(kafka_scene.local, order)
    assert message.key() == b"xiaofuge"
    text = (message.value() or b"").decode()
    assert text == body_of(kafka_scene, order) == lottery.written(text)


def record_of(local: Local, order: dict[str, Any]) -> Message:
    """Return the record of an order in the topic."""
    topic = local.channel
    assert isinstance(topic, Topic)
    settings = {"bootstrap.servers": topic.kafka.addresses, "group.id": "tests", "enable.auto.commit": False}
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    with Consumer(settings, logger=SILENT) as consumer:
        consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
        while time.monotonic() < deadline:
            record = consumer.poll(1)
            if record is not None and order["order_id"].encode() in (record.value() or b""):
                return record
    pytest.fail(f"order {order['order_id']} is not in the topic")


def test_the_status_tells_of_the_broker_the_bridge_and_what_waits_in_the_topic(kafka_scene: Scene) -> None:
    topic = kafka_scene.local.channel
    assert isinstance(topic, Topic)
    until(topic.is_empty)

    standing = overview.standing(kafka_scene.local.stack, topic.kafka.home)

    assert standing.queue == overview.Depth(0, 0)
    own, ours = "none of our own, {}", "{}, pid {}"
    told = (own if topic.kafka.is_own else ours).format(topic.kafka.addresses, topic.kafka.broker.process.pid)
    assert standing.broker == told
    assert standing.bridge == f"pid {topic.kafka.bridge.pid}"


def test_the_books_of_the_whole_run_balance(scene: Scene) -> None:
    def quiet() -> Any:
        compensate(scene.local.stack)
        verdict = audited(scene.local.stack)
        return verdict if not verdict.waiting else None

    scene.drawn()
    verdict = until(quiet)

    assert verdict.breaches == ()
    assert (verdict.oversold, verdict.granted_twice, verdict.unaccounted, verdict.parked) == (0, 0, 0, 0)
    assert verdict.draws
