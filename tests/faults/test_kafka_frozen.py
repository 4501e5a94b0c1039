"""A function that Lambda froze between two draws: what its client of Kafka does when it thaws."""

import time
from contextlib import ExitStack

from builders import an_order
from frozen_sender import ROLE, TOKEN_SECONDS, SenderProcess, running_sender
from kafka_brokers import TOPIC, Brokers
from kafka_cluster import Kafka, killed
from process_groups import frozen
from secure_kafka import SecureKafka
from tombola.rules.invoice import invoice_json
from tombola_cli.local.broker import PARTITIONS

BACK_SECONDS_MAX = 20.0  # until an invoice is taken: on a busy machine the first connection may come too late for one


def assert_taken_in_the_end(sender: SenderProcess, order_id: int) -> None:
    """Let it send until it is taken, all by one producer."""
    until = time.monotonic() + BACK_SECONDS_MAX
    while (answer := sender.sends(order_id)) != ([order_id], []):
        assert time.monotonic() < until, answer
        assert "no producer" not in str(answer)


def test_a_token_that_ended_meanwhile_is_followed_by_the_next_and_the_producer_goes_on(
    secure_kafka: SecureKafka,
) -> None:
    secure_kafka.let_write(ROLE, TOPIC)
    with running_sender(secure_kafka.sasl, "iam", str(secure_kafka.authority)) as sender:
        assert_taken_in_the_end(sender, 1)
        for order_id in (2, 3):
            with frozen(sender.process.pid):
                time.sleep(2 * TOKEN_SECONDS)
            assert_taken_in_the_end(sender, order_id)


def test_what_could_not_be_sent_before_is_not_sent_when_it_thaws(kafka: Kafka) -> None:
    """The broker is back by then and takes what is new. The rest was thrown away: the ledger sends it."""
    broker = kafka.own_broker
    with running_sender(kafka.addresses, "none") as sender:
        assert_taken_in_the_end(sender, 8201)
        with ExitStack() as until_the_broker_is_back, killed(broker):
            taken, told = sender.sends(8202)
            assert (taken, bool(told)) == ([], True)
            until_the_broker_is_back.enter_context(frozen(sender.process.pid))

        assert_taken_in_the_end(sender, 8203)
    values = [record.value() for record in Brokers(kafka.addresses).records(PARTITIONS)]
    assert invoice_json(an_order(8203)).encode() in values
    assert invoice_json(an_order(8202)).encode() not in values
