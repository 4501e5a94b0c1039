"""The client of Kafka at a broker that encrypts and asks who comes: how it signs in, and what a refusal comes to."""

import json
import time
from typing import Any

import pytest

from builders import an_order
from kafka_brokers import TOPIC
from secure_kafka import SecureKafka
from tombola.aws.kafka_outbox import RENEW_SECONDS, SEND_SECONDS, KafkaOutbox
from tombola.aws.kafka_security import Settings, security_of
from tombola.rules.verdict import Sent

SLACK_SECONDS = 3.0  # of a busy machine
PRODUCERS_MAX = 5  # that such a machine may need


class Secrets:
    """Secrets Manager with the one secret of the brokers."""

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto's name
        assert SecretId == "arn"
        return {"SecretString": json.dumps({"username": self.user, "password": self.password})}


class Clock:
    """The machine's own, which a test moves on."""

    later = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.later


class Sender:
    """An outbox as a function makes it, which trusts the broker's authority; what it tells, and its clock."""

    def __init__(
        self, secure_kafka: SecureKafka, kind: str, servers: str, secrets: Any = None, *, asks: bool = True
    ) -> None:
        env = {"KAFKA_SECURITY": kind, "KAFKA_SECRET_ARN": "arn", "AWS_REGION": "eu-central-1"}
        security = security_of(env, lambda: secrets)

        def trusting() -> Settings:
            return {**security(), "ssl.ca.location": str(secure_kafka.authority)}

        self.told: list[str] = []
        self.clock = Clock()
        self.outbox = KafkaOutbox(servers, TOPIC, trusting, lambda because, _: self.told.append(because), self.clock)
        if asks:
            self.outbox.ask_for_topic()

    def sends(self, order_id: int) -> bool:
        """Return whether an invoice was taken, in no more than the time that a draw allows."""
        begun = time.monotonic()
        sent = self.outbox.publish([an_order(order_id)])
        assert time.monotonic() - begun < SEND_SECONDS + SLACK_SECONDS
        assert sent in (Sent(), Sent(taken=frozenset({order_id})))
        return bool(sent.taken)

    def sends_in_the_end(self, order_id: int) -> bool:
        """Return whether an invoice was taken by one of the next producers."""
        for _ in range(PRODUCERS_MAX):
            self.clock.later += RENEW_SECONDS
            if self.sends(order_id):
                return True
        return False

    def told_of(self, name: str) -> bool:
        return any(because.startswith(f"{name}:") for because in self.told)


def test_with_tls_an_invoice_is_taken(secure_kafka: SecureKafka) -> None:
    sender = Sender(secure_kafka, "tls", secure_kafka.tls)

    assert sender.sends_in_the_end(1)


def test_a_broker_with_the_certificate_of_another_host_gets_nothing(secure_kafka: SecureKafka) -> None:
    sender = Sender(secure_kafka, "tls", secure_kafka.tls.replace("127.0.0.1", "localhost"))

    assert not sender.sends(1)
    assert sender.told_of("_SSL")


def test_a_broker_for_which_nobody_vouches_gets_nothing(secure_kafka: SecureKafka) -> None:
    told: list[str] = []
    security = security_of({"KAFKA_SECURITY": "tls"}, lambda: pytest.fail("no secret"))
    outbox = KafkaOutbox(secure_kafka.tls, TOPIC, security, lambda because, _: told.append(because), time.monotonic)

    assert outbox.publish([an_order(1)]) == Sent()
    assert [because for because in told if because.startswith("_SSL:")]


def test_nothing_goes_in_the_clear_to_a_broker_that_encrypts(secure_kafka: SecureKafka) -> None:
    sender = Sender(secure_kafka, "none", secure_kafka.tls)

    assert not sender.sends(1)
    assert sender.told


def test_with_scram_a_user_who_may_write_sends(secure_kafka: SecureKafka) -> None:
    secure_kafka.set_password("writer", "pa55word")
    secure_kafka.let_write("writer", TOPIC)
    sender = Sender(secure_kafka, "scram", secure_kafka.sasl, Secrets("writer", "pa55word"))

    assert sender.sends_in_the_end(1)


def test_a_wrong_password_is_told_without_it_and_the_right_one_is_found_in_the_secret(
    secure_kafka: SecureKafka,
) -> None:
    secure_kafka.set_password("changed", "pa55word-2")
    secure_kafka.let_write("changed", TOPIC)
    secrets = Secrets("changed", "pa55word-1")
    sender = Sender(secure_kafka, "scram", secure_kafka.sasl, secrets)

    assert not sender.sends(1)
    assert sender.told_of("_AUTHENTICATION")
    assert "pa55word" not in str(sender.told)
    secrets.password = "pa55word-2"  # noqa: S105 - of a broker that ends with this test
    assert sender.sends_in_the_end(2)


def test_a_user_without_any_right_fails_no_start_is_told_by_name_and_sends_when_it_has_one(
    secure_kafka: SecureKafka,
) -> None:
    """Kafka refuses it the topic, and the number of an idempotent producer, which ends the producer: that is raised.

    Either may come first.
    """
    secure_kafka.set_password("nobody", "pa55word")
    sender = Sender(secure_kafka, "scram", secure_kafka.sasl, Secrets("nobody", "pa55word"))

    assert not sender.sends(1)
    assert sender.told_of("CLUSTER_AUTHORIZATION_FAILED") or sender.told_of("TOPIC_AUTHORIZATION_FAILED")
    secure_kafka.let_write("nobody", TOPIC)
    assert sender.sends_in_the_end(2)


@pytest.mark.parametrize("asks", [True, False], ids=["in INIT", "without INIT"])
def test_a_user_who_may_look_and_not_write_is_told_by_name_and_sends_when_it_may(
    secure_kafka: SecureKafka, *, asks: bool
) -> None:
    """The topic is told, and then the number is refused, in the middle of sending if INIT has not heard of it."""
    user = f"reader-{asks}"
    secure_kafka.set_password(user, "pa55word")
    secure_kafka.let_see(user, TOPIC)
    sender = Sender(secure_kafka, "scram", secure_kafka.sasl, Secrets(user, "pa55word"), asks=asks)

    assert not sender.sends(1)
    assert sender.told_of("CLUSTER_AUTHORIZATION_FAILED"), sender.told
    assert "SystemError" not in sender.told
    secure_kafka.let_write(user, TOPIC)
    assert sender.sends_in_the_end(2)


def test_a_user_who_may_write_elsewhere_only_is_told_by_name(secure_kafka: SecureKafka) -> None:
    secure_kafka.set_password("stranger", "pa55word")
    secure_kafka.let_write("stranger", "another_topic")
    sender = Sender(secure_kafka, "scram", secure_kafka.sasl, Secrets("stranger", "pa55word"))

    assert not sender.sends(1)
    assert sender.told_of("TOPIC_AUTHORIZATION_FAILED")
