"""Kafka as the transport of invoices, Lottery's own: a topic of MSK or of brokers that somebody runs himself.

Only the way out needs the client, so that distribution, which Lambda's pollers bring its records, has no layer for it.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from tombola.aws import clients, clock, telemetry
from tombola.aws.events import records_of_topics
from tombola.aws.settings import read_variables
from tombola.rules.invoice import Message, PoisonError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from tombola.aws.kafka_outbox import KafkaOutbox

SOURCES = ("aws:kafka", "SelfManagedKafka")
# A letter is a message of SQS, which is shorter than one of Kafka may be; the whole stands in the topic.
LETTER_BYTES_MAX = 190_000
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
NOT_FOR_SQS = pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def outbox(env: Mapping[str, str]) -> "KafkaOutbox":
    """Return the outbox of the topic that the variables name; raise MissingVariableError if they name none.

    On Lambda the topic is asked for, in INIT. Brokers that do not answer fail nothing, and the log says so.
    """
    from tombola.aws.kafka_outbox import KafkaOutbox  # noqa: PLC0415 - the client is in a layer that only senders have
    from tombola.aws.kafka_security import security_of  # noqa: PLC0415 - as above

    named = read_variables(["kafka_bootstrap_servers", "kafka_topic"], env)
    made = KafkaOutbox(
        named["kafka_bootstrap_servers"],
        named["kafka_topic"],
        security_of(env, clients.broker_secret_client),
        telemetry.tell_not_sent,
        clock.monotonic,
    )
    if "AWS_LAMBDA_FUNCTION_NAME" in env:
        made.ask_for_topic()
    return made


def inbox(env: Mapping[str, str]) -> "KafkaInbox":
    """Return the inbox, which leaves letters in the queue that the variables name."""
    partial = env.get("KAFKA_POLLERS") == "provisioned"
    return KafkaInbox(
        clients.sqs_client, read_variables(["dead_letters_url"], env)["dead_letters_url"], partial=partial
    )


class KafkaInbox:
    """The adapter of the inbox. Lambda acknowledges a batch as a whole, and retries it as a whole for ever.

    So poison goes to the dead letters from here, and of an order whose grant could not be recorded the ledger knows
    that it is due: compensation sends it again. Only with provisioned pollers Lambda takes back single messages, for
    so many times, and then puts them to the dead letters by itself.
    https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    """

    def __init__(self, sqs: Callable[[], "SQSClient"], dead_letters_url: str, *, partial: bool) -> None:
        self._sqs = sqs  # made where there is poison, and not before
        self._dead_letters_url = dead_letters_url
        self._partial = partial

    def messages(self, event: Any) -> list[Message]:  # noqa: ANN401 - whatever the function is invoked with
        return [_message(record) for record in records_of_topics(SOURCES, event)]

    def answer(self, event: Any, back: Mapping[str, Exception]) -> dict[str, Any]:  # noqa: ANN401 - as above
        if self._partial:
            return {"batchItemFailures": [{"itemIdentifier": _place(message_id)} for message_id in back]}
        for record in records_of_topics(SOURCES, event):
            error = back.get(_id_of(record))
            if isinstance(error, PoisonError):
                self._bury(record, error)
        return {"batchItemFailures": []}

    def _bury(self, record: Mapping[str, Any], error: PoisonError) -> None:
        """Leave a letter; if that fails, so does the function, and Lambda brings the whole batch again."""
        self._sqs().send_message(QueueUrl=self._dead_letters_url, **_letter(record))
        telemetry.tell_buried(_id_of(record), error)


def _message(record: Mapping[str, Any]) -> Message:
    from tombola.aws.invoices import read_message  # noqa: PLC0415 - it brings pydantic, which the way out does not need

    try:
        value = _bytes_of(record.get("value"))
        return read_message(_id_of(record), None if value is None else value.decode())
    except ValueError:
        return Message(_id_of(record), PoisonError("this message is no text in UTF-8"))


def _bytes_of(value: Any) -> bytes | None:  # noqa: ANN401 - as above
    """Return what stands in a record in base64; None where there is none, such as in a tombstone."""
    if value is not None and not isinstance(value, str):
        raise ValueError("no base64")
    return None if value is None else b64decode(value, validate=True)


def _id_of(record: Mapping[str, Any]) -> str:
    return f"{record['topic']}-{record['partition']}@{record['offset']}"


def _place(message_id: str) -> dict[str, Any]:
    """Return where a message stands, in the words of Lambda's answer: its topic and partition, and its offset."""
    partition, _, offset = message_id.rpartition("@")
    return {"partition": partition, "offset": int(offset)}


def _letter(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of SQS: the record as text where SQS takes it, else in base64, with its place beside it."""
    whole = _whole(record.get("value"))
    text = _text_of(whole)
    raw = whole[:LETTER_BYTES_MAX]
    body = b64encode(raw).decode() if text is None else raw.decode(errors="ignore")
    told = {"topic": record["topic"], "partition": str(record["partition"]), "offset": str(record["offset"])}
    told |= {"encoding": "base64"} if text is None else {}
    told |= {"bytes": str(len(whole))} if len(raw) < len(whole) else {}
    return {
        "MessageBody": body or "null",  # SQS takes no empty one
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in told.items()},
    }


def _whole(value: Any) -> bytes:  # noqa: ANN401 - whatever a record holds
    try:
        return _bytes_of(value) or b""
    except ValueError:
        return str(value).encode()


def _text_of(whole: bytes) -> str | None:
    """Return the text that SQS takes, None if it is none."""
    try:
        text = whole.decode()
    except ValueError:
        return None
    return None if NOT_FOR_SQS.search(text) else text
