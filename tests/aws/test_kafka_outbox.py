"""Sending to Kafka: taken is what the brokers have confirmed, all within a time, and nothing is sent later."""

import json
import time
from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from confluent_kafka import KafkaError, KafkaException

from builders import an_award, an_order
from kafka_brokers import PARTITIONS, TOPIC, Brokers, FakeProducer, mock_cluster, nobody, swallowing
from tombola.aws import kafka_outbox
from tombola.aws.kafka_outbox import RENEW_SECONDS, SEND_SECONDS, SETTINGS, TOPIC_SECONDS, KafkaOutbox
from tombola.aws.kafka_security import BrokerSecretError
from tombola.aws.settings import MissingVariableError
from tombola.flows.tell import PUBLISH_SECONDS
from tombola.rules.invoice import invoice_json
from tombola.rules.verdict import Sent

SLACK_SECONDS = 3.0  # of a busy machine


@pytest.fixture(scope="module")
def brokers() -> Iterator[Brokers]:
    with mock_cluster() as brokers:
        yield brokers


class Told(list[tuple[str, int]]):
    """What an outbox tells, one after the other."""

    def __call__(self, because: str, orders: int) -> None:
        self.append((because, orders))

    def names(self) -> set[str]:
        return {because.partition(":")[0] for because, _ in self}


def an_outbox(servers: str, told: Callable[[str, int], None] | None = None) -> KafkaOutbox:
    return KafkaOutbox(servers, TOPIC, dict, Told() if told is None else told, time.monotonic)


def test_a_record_is_lotterys_invoice_under_its_users_key(brokers: Brokers) -> None:
    order = an_order(7, user_id="fustack")

    assert an_outbox(brokers.servers).publish([order]) == Sent(taken=frozenset({7}))

    [record] = [each for each in brokers.records() if each.key() == b"fustack"]
    assert record.value() == invoice_json(order).encode()


# What Apache Kafka's own test of its hash has (UtilsTest, testMurmur2).
JAVAS_HASH = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


def test_a_users_invoices_lie_in_the_partition_that_javas_producer_chooses() -> None:
    with mock_cluster() as brokers:
        sent = an_outbox(brokers.servers).publish(
            [an_order(number, user_id=user) for number, user in enumerate(JAVAS_HASH)]
        )

        assert len(sent.taken) == len(JAVAS_HASH)
        found = {record.key(): record.partition() for record in brokers.records()}
    assert found == {user.encode(): (number & 0x7FFFFFFF) % PARTITIONS for user, number in JAVAS_HASH.items()}


def test_an_invoice_that_no_broker_takes_is_told_apart_and_spoils_nothing_for_others(brokers: Brokers) -> None:
    told = Told()
    long = an_order(1, award=an_award(award_content="x" * 1_100_000))

    sent = an_outbox(brokers.servers, told).publish([long, an_order(2)])

    assert sent == Sent(taken=frozenset({2}), refused=frozenset({1}))
    assert told == [("MSG_SIZE_TOO_LARGE: Unable to produce message: Broker: Message size too large", 1)]


def test_a_draw_allows_what_sending_may_take() -> None:
    assert SEND_SECONDS < PUBLISH_SECONDS
    assert SETTINGS["message.timeout.ms"] == SEND_SECONDS * 1000


@pytest.mark.parametrize("where", ["nobody listens", "nobody answers"])
def test_brokers_that_are_away_take_nothing_in_bounded_time_and_are_named(where: str) -> None:
    told = Told()
    with swallowing() as silent:
        outbox = an_outbox(nobody() if where == "nobody listens" else silent, told)
        begun = time.monotonic()

        assert outbox.publish([an_order(1), an_order(2)]) == Sent()
        assert time.monotonic() - begun < SEND_SECONDS + SLACK_SECONDS

    assert sum(orders for _, orders in told) == 2
    assert told.names() & {"_TRANSPORT", "_ALL_BROKERS_DOWN", "_MSG_TIMED_OUT", "no answer within 2 seconds"}


@pytest.mark.parametrize("where", ["nobody listens", "nobody answers"])
def test_init_with_brokers_that_are_away_is_bounded_and_fails_nothing(where: str) -> None:
    told = Told()
    with swallowing() as silent:
        outbox = an_outbox(nobody() if where == "nobody listens" else silent, told)
        begun = time.monotonic()

        outbox.ask_for_topic()
        assert time.monotonic() - begun < TOPIC_SECONDS + SLACK_SECONDS

    assert told
    assert all(orders == 0 for _, orders in told)


def test_an_answer_that_comes_too_late_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_outbox, "SEND_SECONDS", 0.2)
    with mock_cluster(**{"test.mock.broker.rtt": 300}) as slow:
        assert an_outbox(slow.servers).publish([an_order(1)]) == Sent()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeProducer]:
    """Return the producers that are made, as they are."""
    made: list[FakeProducer] = []

    def make(config: dict[str, Any], **more: Any) -> FakeProducer:
        made.append(FakeProducer(config, **more))
        return made[-1]

    monkeypatch.setattr(kafka_outbox, "Producer", make)
    return made


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_faked(made: list[FakeProducer], told: Told, clock: Clock | None = None) -> tuple[KafkaOutbox, FakeProducer]:
    outbox = KafkaOutbox("broker:9092", TOPIC, dict, told, clock or Clock())
    outbox.publish([])
    return outbox, made[-1]


def test_an_invoice_whose_report_has_an_error_is_not_taken_and_the_rest_is_purged(made: list[FakeProducer]) -> None:
    told = Told()
    outbox, producer = a_faked(made, told)
    producer.reports = [KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), None]

    assert outbox.publish([an_order(1), an_order(2)]) == Sent(taken=frozenset({2}))
    assert producer.asked == ["queue", "flight"]
    assert (told.names(), told[0][1]) == ({"TOPIC_AUTHORIZATION_FAILED"}, 1)


def test_an_invoice_without_a_report_is_not_taken_and_is_purged(made: list[FakeProducer]) -> None:
    told = Told()
    outbox, producer = a_faked(made, told)
    producer.left = 1

    assert outbox.publish([an_order(1)]) == Sent()
    assert producer.asked == ["queue", "flight"]
    assert told == [("no answer within 2 seconds", 1)]


def test_what_is_taken_is_not_purged(made: list[FakeProducer]) -> None:
    outbox, producer = a_faked(made, Told())
    producer.reports = [None]

    assert outbox.publish([an_order(1)]) == Sent(taken=frozenset({1}))
    assert producer.asked == []


def test_a_report_that_comes_with_a_later_call_counts_for_nobody(made: list[FakeProducer]) -> None:
    outbox, producer = a_faked(made, Told())
    producer.left = 1
    assert outbox.publish([an_order(1)]) == Sent()
    producer.reports, producer.left = [None, KafkaError(KafkaError._PURGE_QUEUE)], 0

    assert outbox.publish([an_order(2)]) == Sent()  # its own report, the second, says so


def test_every_setting_reaches_the_producer(made: list[FakeProducer]) -> None:
    outbox = KafkaOutbox("broker:9092", TOPIC, lambda: {"security.protocol": "SSL"}, Told(), Clock())
    outbox.publish([])

    assert made[0].config.items() >= {**SETTINGS, "bootstrap.servers": "broker:9092"}.items()
    assert made[0].config["security.protocol"] == "SSL"
    assert (SETTINGS["acks"], SETTINGS["enable.idempotence"], SETTINGS["linger.ms"]) == ("all", True, 0)
    assert SETTINGS["partitioner"] == "murmur2_random"


def test_a_producer_that_is_refused_is_made_anew_once_a_minute(made: list[FakeProducer]) -> None:
    """A password that was changed is read again, and no function sends nothing for as long as it lives."""
    told, clock = Told(), Clock()
    outbox, producer = a_faked(made, told, clock)
    producer.left, producer.heard = 1, KafkaError(KafkaError._AUTHENTICATION)

    for _ in range(2):
        assert outbox.publish([an_order(1)]) == Sent()
    assert len(made) == 1
    clock.now = RENEW_SECONDS
    outbox.publish([an_order(1)])
    assert len(made) == 2


def test_what_is_wrong_with_the_brokers_is_told_once_a_call_by_its_name(made: list[FakeProducer]) -> None:
    told = Told()
    outbox, producer = a_faked(made, told)
    producer.left = 1
    for text in ("1 of 2", "2 of 2"):
        producer.config["error_cb"](KafkaError(KafkaError._AUTHENTICATION, text))

    outbox.publish([an_order(1)])

    assert told == [("no answer within 2 seconds", 1), ("_AUTHENTICATION: 1 of 2", 0)]


def test_a_refusal_after_which_all_is_sent_is_told_to_nobody_and_costs_no_producer(made: list[FakeProducer]) -> None:
    """Brokers refuse a token that has ended, and take the next one."""
    told, clock = Told(), Clock()
    outbox, producer = a_faked(made, told, clock)
    producer.reports = [None, None]
    producer.heard = KafkaError(KafkaError._AUTHENTICATION)

    assert outbox.publish([an_order(1)]).taken == {1}
    producer.heard, clock.now = None, RENEW_SECONDS
    assert outbox.publish([an_order(2)]).taken == {2}
    assert (told, made) == ([], [producer])


def test_a_producer_that_gets_tokens_is_not_made_anew_when_one_is_refused(made: list[FakeProducer]) -> None:
    told, clock = Told(), Clock()
    outbox = KafkaOutbox("broker:9092", TOPIC, lambda: {"oauth_cb": print}, told, clock)
    outbox.publish([])
    made[0].left, made[0].heard = 1, KafkaError(KafkaError._AUTHENTICATION)

    assert outbox.publish([an_order(1)]) == Sent()
    clock.now = RENEW_SECONDS
    assert outbox.publish([an_order(2)]) == Sent()
    assert (len(made), told.names()) == (1, {"_AUTHENTICATION", "no answer within 2 seconds"})


ENDED = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "no right", fatal=True)
IS_TRIED = ("no producer: between two tries there are 60 seconds", 1)


def test_an_error_that_ends_the_producer_is_told_by_its_name_and_another_one_is_made(made: list[FakeProducer]) -> None:
    """The client raises it where it reports anything else."""
    told, clock = Told(), Clock()
    outbox, producer = a_faked(made, told, clock)
    producer.heard = ENDED

    assert outbox.publish([an_order(1)]) == Sent()
    assert producer.asked == ["queue", "flight"]
    assert told == [("no answer within 2 seconds", 1), ("CLUSTER_AUTHORIZATION_FAILED: no right", 0)]
    assert outbox.publish([an_order(1)]) == Sent()
    assert told[2:] == [IS_TRIED]
    clock.now = RENEW_SECONDS
    outbox.publish([an_order(1)])
    assert len(made) == 2


def test_an_error_that_ends_the_producer_is_told_by_its_name_though_another_callback_follows(
    made: list[FakeProducer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client then raises a SystemError whose cause it is."""
    told = Told()
    outbox, producer = a_faked(made, told)
    producer.config["error_cb"](KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "a warning of the same name"))

    def flush(_seconds: float) -> int:
        raise SystemError("a result with an exception set") from KafkaException(ENDED)

    monkeypatch.setattr(producer, "flush", flush)

    assert outbox.publish([an_order(1)]) == Sent()
    assert producer.asked == ["queue", "flight"]
    assert told[1:] == [("CLUSTER_AUTHORIZATION_FAILED: no right", 0)]
    outbox.publish([an_order(1)])
    assert told[2:] == [IS_TRIED]


@pytest.mark.parametrize("error", [SystemError("of something else"), RuntimeError()])
def test_an_error_that_nobody_foresaw_leaves_no_invoice_behind_that_is_sent_later(
    made: list[FakeProducer], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    told = Told()
    outbox, producer = a_faked(made, told)

    def flush(_seconds: float) -> int:
        raise error

    monkeypatch.setattr(producer, "flush", flush)

    assert outbox.publish([an_order(1)]) == Sent()
    assert producer.asked == ["queue", "flight"]
    assert told == [(type(error).__name__, 1)]
    assert json.dumps(told)  # words and figures only


def test_init_outlives_an_error_that_ends_the_producer(
    made: list[FakeProducer], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    outbox, producer = a_faked(made, told)

    def told_of_the_topic(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(topics={TOPIC: SimpleNamespace(error=None)})

    def poll(_seconds: float) -> int:
        raise KafkaException(ENDED)

    monkeypatch.setattr(producer, "list_topics", told_of_the_topic, raising=False)
    monkeypatch.setattr(producer, "poll", poll)

    outbox.ask_for_topic()
    assert told == [("CLUSTER_AUTHORIZATION_FAILED: no right", 0)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BrokerSecretError("no password"), "no password"),
        (MissingVariableError("no secret"), "no secret"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "p4ss"}}, "GetSecretValue"),
            "AccessDenied of GetSecretValue",
        ),
        (RuntimeError("p4ss"), "RuntimeError"),
    ],
    ids=["a secret that is none", "no variable", "of AWS", "of anybody"],
)
def test_a_secret_that_cannot_be_read_is_told_in_our_own_words_and_fails_nothing(
    made: list[FakeProducer], error: Exception, words: str
) -> None:
    told = Told()

    def security() -> dict[str, Any]:
        raise error

    outbox = KafkaOutbox("broker:9092", TOPIC, security, told, Clock())

    outbox.ask_for_topic()
    assert outbox.publish([an_order(1)]) == Sent()
    assert told == [(words, 0), IS_TRIED]


def test_a_setting_that_is_none_is_told_and_fails_nothing() -> None:
    told = Told()
    outbox = KafkaOutbox("broker:9092", TOPIC, lambda: {"no.such": 1}, told, time.monotonic)

    assert outbox.publish([an_order(1)]) == Sent()
    assert told.names() == {"_INVALID_ARG", "no producer"}


def test_reading_the_secret_takes_its_time_from_sending(made: list[FakeProducer]) -> None:
    clock = Clock()

    def security() -> dict[str, Any]:
        clock.now += 1.5
        return {}

    KafkaOutbox("broker:9092", TOPIC, security, Told(), clock).publish([an_order(1)])

    assert made[0].flush_seconds == SEND_SECONDS - 1.5


def test_threads_send_one_after_the_other_and_none_waits_for_ever(
    made: list[FakeProducer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_outbox, "SEND_SECONDS", 0.1)
    told = Told()
    outbox, producer = a_faked(made, told)
    inside, outside = Barrier(2, timeout=5), Barrier(2, timeout=5)

    def flush(_seconds: float) -> int:
        inside.wait()
        outside.wait()
        return 0

    monkeypatch.setattr(producer, "flush", flush)
    first = Thread(target=outbox.publish, args=([an_order(1)],))
    first.start()
    inside.wait()

    assert outbox.publish([an_order(2)]) == Sent()
    assert told == [("no turn within 0 seconds", 1)]
    assert len(producer.waiting) == 1
    outside.wait()
    first.join()


def test_a_queue_that_is_full_takes_nothing(made: list[FakeProducer], monkeypatch: pytest.MonkeyPatch) -> None:
    outbox, producer = a_faked(made, Told())

    def produce(*_: Any, **__: Any) -> None:
        raise BufferError

    monkeypatch.setattr(producer, "produce", produce)

    assert outbox.publish([an_order(1)]) == Sent()
