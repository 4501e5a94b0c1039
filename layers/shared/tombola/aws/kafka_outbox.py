"""Sending invoices to a topic of Kafka: one is sent when every replica of its partition has it, and not before."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from tombola.aws.faults import answer_behind
from tombola.aws.kafka_security import BrokerSecretError
from tombola.aws.settings import MissingVariableError
from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola.rules.verdict import Sent

# publish() takes no longer, and a draw allows it flows/tell.py: PUBLISH_SECONDS. Compensation's threads send one after
# the other, and one that waits for its turn for so long has sent nothing.
SEND_SECONDS = 2.0
TOPIC_SECONDS = 2.0  # that each of two questions may take, in INIT; the second one waits for an answer of the first
TOPIC_MISSING_SECONDS = 0.5  # after which a topic that is not there is told; 30 by default
CONNECT_SECONDS = 1.5
# A broker that does not answer: the next draw gets another connection. A frozen function thaws with one that is gone.
ANSWER_SECONDS = 3.0
RECONNECT_SECONDS_MAX = 0.5  # 10 by default, and so long after an outage nothing would be sent
RENEW_SECONDS = 60.0  # between two producers, when one is lost
SETTINGS: Mapping[str, str | int | float | bool] = {
    "client.id": "tombola",
    "acks": "all",
    "enable.idempotence": True,
    "linger.ms": 0,
    # Java's own: with librdkafka's default the messages of one user go to two partitions where Lottery sends, too.
    "partitioner": "murmur2_random",
    "message.timeout.ms": int(SEND_SECONDS * 1000),
    "topic.metadata.propagation.max.ms": int(TOPIC_MISSING_SECONDS * 1000),
    "socket.connection.setup.timeout.ms": int(CONNECT_SECONDS * 1000),
    "socket.timeout.ms": int(ANSWER_SECONDS * 1000),
    "reconnect.backoff.max.ms": int(RECONNECT_SECONDS_MAX * 1000),
    "socket.keepalive.enable": True,
    "log.connection.close": False,
}
# The fault is the message's own, so that no later try can help.
MESSAGE_AT_FAULT = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD})
# Another password is read by a new producer only; another token the same producer gets by itself.
REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})  # noqa: SLF001 - their name
_silent = logging.getLogger("tombola.librdkafka")  # it writes a line for each try to connect: what matters, `tell` gets
_silent.addHandler(logging.NullHandler())
_silent.propagate = False

Security = Callable[[], Mapping[str, Any]]
Tell = Callable[[str, int], None]
Reports = dict[int, KafkaError | None]


class KafkaOutbox:
    """The adapter of the outbox port: an order that was not taken stays in the `due` index.

    security returns what a producer needs to sign in, and may raise; tell gets each reason why invoices were not sent,
    and how many they were, none where the brokers themselves are the matter.
    """

    def __init__(
        self, servers: str, topic: str, security: Security, tell: Tell, monotonic: Callable[[], float]
    ) -> None:
        self._servers = servers
        self._topic = topic
        self._security = security
        self._tell = tell
        self._monotonic = monotonic
        self._one_at_a_time = Lock()  # flush and purge are the whole producer's
        self._producer: Producer | None = None
        self._renews_tokens = False  # as the producer itself does, if it signs in with tokens
        self._tried_at = float("-inf")
        self._heard: dict[str, KafkaError] = {}  # of the brokers, since the last call, by the name of the error

    def ask_for_topic(self) -> None:
        """Ask the brokers for the topic: without, the first invoice waits half a second for the producer's own id.

        Once it is told by whichever broker answers first; the second time by one whose connection stands, and only
        then the producer gets its id at once: of 16 first invoices after one question 4 waited, of 24 after two none.
        """
        producer = self._ready()
        if producer is None:
            return
        try:
            producer.list_topics(self._topic, timeout=TOPIC_SECONDS)
            error = producer.list_topics(self._topic, timeout=TOPIC_SECONDS).topics[self._topic].error
        except KafkaException as raised:
            error = raised.args[0]
        self._serve(producer.poll, 0.0)  # what the producer has heard says more than this error
        if error is not None:
            self._hear(error)
        self._judge_heard(all_well=error is None)

    def publish(self, orders: Sequence[Order]) -> Sent:
        if not self._one_at_a_time.acquire(timeout=SEND_SECONDS):
            self._tell(f"no turn within {SEND_SECONDS:.0f} seconds", len(orders))
            return Sent()
        sent = Sent()
        try:
            sent = self._publish(orders)
        except Exception as error:  # noqa: BLE001 - compensation sends an invoice that is not sent now
            self._tell(type(error).__name__, len(orders))
        finally:
            self._judge_heard(all_well=len(sent.taken) == len(orders))
            self._one_at_a_time.release()
        return sent

    def _publish(self, orders: Sequence[Order]) -> Sent:
        until = self._monotonic() + SEND_SECONDS
        producer = self._ready()
        if producer is None:
            self._tell(f"no producer: between two tries there are {RENEW_SECONDS:.0f} seconds", len(orders))
            return Sent()
        reports: Reports = {}
        try:
            for order in orders:
                self._produce(producer, order, reports)
            self._serve(producer.flush, max(0.0, until - self._monotonic()))
        finally:
            if len(reports) < len(orders) or any(reports.values()):
                # A function that is frozen now would send the rest when it thaws, whatever has become of the order.
                producer.purge(in_queue=True, in_flight=True)
                self._serve(producer.poll, 0.0)
        return self._sent(orders, reports)

    def _produce(self, producer: Producer, order: Order, reports: Reports) -> None:
        """Queue an invoice; its report, which comes with a later poll, is nobody's if this call is over by then."""
        try:
            producer.produce(
                self._topic,
                key=order.user_id.encode(),
                value=invoice_json(order).encode(),
                on_delivery=partial(_note, reports, order.order_id),
            )
        except KafkaException as error:
            reports[order.order_id] = error.args[0]
        except BufferError:
            return  # the queue is full: it has no report, and so was not sent

    def _sent(self, orders: Sequence[Order], reports: Reports) -> Sent:
        ids = [order.order_id for order in orders]
        failed = {order_id: error for order_id, error in reports.items() if error is not None}
        unanswered = [order_id for order_id in ids if order_id not in reports]
        reasons = [_words(error) for error in failed.values()]
        reasons += [f"no answer within {SEND_SECONDS:.0f} seconds"] * len(unanswered)
        for reason in sorted(set(reasons)):
            self._tell(reason, reasons.count(reason))
        for error in failed.values():
            self._lose_after(error)
        return Sent(
            taken=frozenset(ids) - failed.keys() - frozenset(unanswered),
            refused=frozenset(order_id for order_id, error in failed.items() if error.code() in MESSAGE_AT_FAULT),
        )

    def _ready(self) -> Producer | None:
        """Return the producer, made anew if there is none; None if it cannot be, or was tried a moment ago."""
        now = self._monotonic()
        if self._producer is None and now - self._tried_at >= RENEW_SECONDS:
            self._tried_at = now
            try:
                security = self._security()
                self._renews_tokens = "oauth_cb" in security
                self._producer = Producer(
                    {**SETTINGS, "bootstrap.servers": self._servers, "error_cb": self._hear, **security},
                    logger=_silent,
                )
            except Exception as error:  # noqa: BLE001 - a secret that cannot be read, a setting that is none
                self._tell(_reason(error), 0)
        return self._producer

    def _serve(self, call: Callable[[float], int], seconds: float) -> None:
        """Let the client call back for so long.

        An error that ends the producer it raises instead, and in a SystemError if another callback follows.
        """
        try:
            call(seconds)
        except (KafkaException, SystemError) as raised:
            ended = raised if isinstance(raised, KafkaException) else raised.__cause__
            if not isinstance(ended, KafkaException):
                raise
            self._hear(ended.args[0])

    def _hear(self, error: KafkaError) -> None:
        """Note what is wrong with the brokers: of a wrong password no report of a message says anything."""
        if error.fatal() or error.name() not in self._heard:
            self._heard[error.name()] = error

    def _judge_heard(self, *, all_well: bool) -> None:
        """Tell what was heard, unless all went well in the end: a token that has ended is refused, and then renewed."""
        for error in self._heard.values():
            if error.fatal() or not all_well:
                self._tell(_words(error), 0)
                self._lose_after(error)
        self._heard.clear()

    def _lose_after(self, error: KafkaError) -> None:
        has_ended = error.fatal() or error.code() == KafkaError._FATAL  # noqa: SLF001 - their name
        if has_ended or (error.code() in REFUSED and not self._renews_tokens):
            self._producer = None


def _note(reports: Reports, order_id: int, error: KafkaError | None, _message: Message) -> None:
    reports[order_id] = error


def _reason(error: Exception) -> str:
    """Return why there is no producer, in the client's words or ours; of AWS's answer its code and none of its text."""
    if isinstance(error, KafkaException):
        return _words(error.args[0])
    ours = isinstance(error, BrokerSecretError | MissingVariableError)
    return str(error) if ours else answer_behind(error) or type(error).__name__


def _words(error: KafkaError) -> str:
    """Return the name and the text of an error: brokers and topics stand in it, and no password ever."""
    return f"{error.name()}: {error.str()}"
