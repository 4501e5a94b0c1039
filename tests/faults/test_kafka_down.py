"""The client of Kafka when its broker is killed, frozen or without its topic: nothing is taken that is not there."""

import time

import pytest

from builders import an_order
from kafka_brokers import TOPIC, Brokers
from kafka_cluster import Kafka, killed
from process_groups import frozen
from tombola.aws.kafka_outbox import SEND_SECONDS, KafkaOutbox
from tombola.rules.invoice import invoice_json
from tombola.rules.verdict import Sent
from tombola_cli.local.broker import PARTITIONS

SLACK_SECONDS = 3.0  # of a busy machine
BACK_SECONDS_MAX = 20.0  # until a broker that was started again takes something


class Told(list[str]):
    def __call__(self, because: str, _orders: int) -> None:
        self.append(because)


def an_outbox(kafka: Kafka, told: Told, topic: str = TOPIC) -> KafkaOutbox:
    outbox = KafkaOutbox(kafka.addresses, topic, dict, told, time.monotonic)
    outbox.ask_for_topic()
    return outbox


def lying(kafka: Kafka) -> list[bytes | None]:
    return [record.value() for record in Brokers(kafka.addresses).records(PARTITIONS)]


def taken_in_the_end(outbox: KafkaOutbox, order_id: int) -> bool:
    deadline = time.monotonic() + BACK_SECONDS_MAX
    while time.monotonic() < deadline:
        if outbox.publish([an_order(order_id)]).taken:
            return True
    return False


def test_a_topic_that_is_missing_takes_nothing_and_is_named(kafka: Kafka) -> None:
    if kafka.mock:
        pytest.skip("the mock cluster makes any topic by itself")
    told = Told()
    begun = time.monotonic()
    outbox = an_outbox(kafka, told, topic="no_such_topic")

    assert outbox.publish([an_order(1)]) == Sent()
    assert time.monotonic() - begun < SEND_SECONDS + SLACK_SECONDS
    assert [because for because in told if because.startswith("UNKNOWN_TOPIC_OR_PART")]


def test_a_broker_that_is_killed_takes_nothing_and_the_same_producer_goes_on_when_it_is_back(kafka: Kafka) -> None:
    """What was not sent in time is not sent when the broker comes back either: the ledger sends it, and nobody else."""
    broker, told = kafka.own_broker, Told()
    outbox = an_outbox(kafka, told)
    assert outbox.publish([an_order(8001)]).taken == {8001}

    with killed(broker):
        begun = time.monotonic()
        assert outbox.publish([an_order(8002)]) == Sent()
        assert time.monotonic() - begun < SEND_SECONDS + SLACK_SECONDS
        assert told

    assert taken_in_the_end(outbox, 8003)
    values = lying(kafka)
    assert invoice_json(an_order(8001)).encode() in values
    assert invoice_json(an_order(8002)).encode() not in values


def test_a_broker_that_is_frozen_takes_nothing_and_no_draw_waits_for_it(kafka: Kafka) -> None:
    broker, told = kafka.own_broker, Told()
    outbox = an_outbox(kafka, told)
    assert outbox.publish([an_order(8101)]).taken == {8101}
    pid = int((broker.folder / "pid").read_text())

    with frozen(pid):
        for number in (8102, 8103):
            begun = time.monotonic()
            assert outbox.publish([an_order(number)]) == Sent()
            assert time.monotonic() - begun < SEND_SECONDS + SLACK_SECONDS

    assert taken_in_the_end(outbox, 8104)
    values = lying(kafka)
    # Both were on the wire, where nobody can take them back: each may be there, once, and changes nothing then.
    assert all(values.count(invoice_json(an_order(number)).encode()) <= 1 for number in (8102, 8103))
