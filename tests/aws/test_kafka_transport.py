"""Kafka's way in: every record is a message, whatever it holds, and none is lost or keeps the others."""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud import Stdout, event
from kafka_brokers import mock_cluster
from tombola.aws import kafka_transport, telemetry, transport
from tombola.aws.events import WrongEventError
from tombola.aws.invoices import MalformedInvoiceError
from tombola.aws.kafka_transport import LETTER_BYTES_MAX, KafkaInbox
from tombola.aws.settings import MissingVariableError
from tombola.rules.invoice import Invoice, PoisonError
from tombola.rules.problem import BusyError

ORDER = ("xiaofuge", 1454347265400504320)
IDS = ["lottery_invoice-0@15", "lottery_invoice-0@16", "lottery_invoice-0@17", "lottery_invoice-1@15"]


class FakeSqs:
    """A queue that keeps what is sent to it, or takes nothing."""

    def __init__(self, *, fails: bool = False) -> None:
        self.sent: list[dict[str, Any]] = []
        self.fails = fails

    def send_message(self, **given: Any) -> None:
        if self.fails:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessage")
        self.sent.append(given)


def an_inbox(sqs: FakeSqs | None = None, *, partial: bool = False) -> KafkaInbox:
    def client() -> Any:
        if sqs is None:
            pytest.fail("a client of SQS was made")
        return sqs

    return KafkaInbox(client, "dead", partial=partial)


def an_event(*values: bytes | None, source: str = "aws:kafka") -> dict[str, Any]:
    """Return an event of one partition, with offsets from 0 on."""
    records = [
        {
            "topic": "lottery_invoice",
            "partition": 3,
            "offset": offset,
            **({} if value is None else {"value": b64encode(value).decode()}),
        }
        for offset, value in enumerate(values)
    ]
    return {"eventSource": source, "records": {"lottery_invoice-3": records}}


def test_each_record_is_a_message_by_its_place_in_the_topic() -> None:
    messages = an_inbox().messages(event("distribute-kafka-with-poison"))

    assert [message.message_id for message in messages] == IDS
    invoice = messages[0].invoice
    assert isinstance(invoice, Invoice)
    assert invoice.order_key == ORDER
    assert [str(message.invoice) for message in messages[1:3]] == [
        "this message has no body",
        "this message is no text in UTF-8",
    ]
    assert isinstance(messages[3].invoice, MalformedInvoiceError)


@pytest.mark.parametrize("value", [None, 7, "no base64!", "ÿ"], ids=["null", "a number", "no base64", "no ASCII"])
def test_a_record_whose_value_is_none_is_poison_alone(value: Any) -> None:
    given = an_event(b"{}", b"{}")
    given["records"]["lottery_invoice-3"][0]["value"] = value

    first, second = an_inbox().messages(given)

    assert isinstance(first.invoice, PoisonError)
    assert isinstance(second.invoice, MalformedInvoiceError)


@pytest.mark.parametrize("source", ["aws:kafka", "SelfManagedKafka"])
def test_the_event_chooses_the_inbox_of_kafka(source: str) -> None:
    found = transport.inbox(an_event(b"{}", source=source), {"DEAD_LETTERS_URL": "dead", "TRANSPORT": "sqs"})

    assert isinstance(found, KafkaInbox)


def test_an_inbox_without_a_place_for_letters_starts_nothing() -> None:
    with pytest.raises(MissingVariableError, match="DEAD_LETTERS_URL"):
        transport.inbox(an_event(b"{}"), {})


@pytest.mark.parametrize("field", ["topic", "partition", "offset"])
def test_a_record_without_its_place_is_no_record(field: str) -> None:
    given = an_event(b"{}")
    del given["records"]["lottery_invoice-3"][0][field]

    with pytest.raises(WrongEventError, match="each with topic, partition and offset"):
        an_inbox().messages(given)


def test_poison_becomes_a_letter_and_the_batch_goes_on() -> None:
    sqs, given = FakeSqs(), an_event(b"{}", b"poison")

    answer = an_inbox(sqs).answer(given, {"lottery_invoice-3@1": PoisonError("malformed")})

    assert answer == {"batchItemFailures": []}
    assert sqs.sent == [
        {
            "QueueUrl": "dead",
            "MessageBody": "poison",
            "MessageAttributes": {
                "topic": {"DataType": "String", "StringValue": "lottery_invoice"},
                "partition": {"DataType": "String", "StringValue": "3"},
                "offset": {"DataType": "String", "StringValue": "1"},
            },
        }
    ]


def test_an_order_whose_grant_cannot_be_recorded_is_due_in_the_ledger_and_keeps_no_partition() -> None:
    answer = an_inbox().answer(an_event(b"{}"), {"lottery_invoice-3@0": BusyError("the table is away")})

    assert answer == {"batchItemFailures": []}


def test_a_letter_that_cannot_be_left_fails_the_batch_which_comes_again() -> None:
    with pytest.raises(ClientError):
        an_inbox(FakeSqs(fails=True)).answer(an_event(b"poison"), {"lottery_invoice-3@0": PoisonError("malformed")})


def test_where_all_went_well_no_client_of_sqs_is_made() -> None:
    assert an_inbox().answer(an_event(b"{}"), {}) == {"batchItemFailures": []}


def test_provisioned_pollers_take_back_what_failed_by_its_place_alone() -> None:
    """In the words of AWS's page kafka-retry-configurations, under "Partial batch response"."""
    back = {"lottery_invoice-3@1": PoisonError("malformed"), "a-topic-0@7": BusyError("the table is away")}

    assert an_inbox(partial=True).answer(an_event(b"{}", b"poison"), back) == {
        "batchItemFailures": [
            {"itemIdentifier": {"partition": "lottery_invoice-3", "offset": 1}},
            {"itemIdentifier": {"partition": "a-topic-0", "offset": 7}},
        ]
    }


@pytest.mark.parametrize(("pollers", "partial"), [("provisioned", True), ("on-demand", False), ("", False)])
def test_the_variable_says_whether_lambda_takes_single_messages_back(
    pollers: str, *, partial: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = FakeSqs()
    monkeypatch.setattr("tombola.aws.clients.sqs_client", lambda: sqs)
    inbox = kafka_transport.inbox({"DEAD_LETTERS_URL": "dead", "KAFKA_POLLERS": pollers})

    answer = inbox.answer(an_event(b"poison"), {"lottery_invoice-3@0": PoisonError("malformed")})

    assert (len(answer["batchItemFailures"]), len(sqs.sent)) == ((1, 0) if partial else (0, 1))


ODD = {
    "a tombstone": (None, "null", {}),
    "nothing": (b"", "null", {}),
    "no text": (b"\xff\x00", b64encode(b"\xff\x00").decode(), {"encoding": "base64"}),
    "a character that no queue takes": (b"\x01", b64encode(b"\x01").decode(), {"encoding": "base64"}),
    "another one": ("\ufffe".encode(), b64encode("\ufffe".encode()).decode(), {"encoding": "base64"}),
    "the last one that a queue takes before those": ("\ufffd".encode(), "\ufffd", {}),
    "too long, in the middle of a letter": (
        b"x" + "\u00fc".encode() * 500_000,
        "x" + "\u00fc" * (LETTER_BYTES_MAX // 2 - 1),
        {"bytes": "1000001"},
    ),
    "too long": (b"x" * 1_000_000, "x" * LETTER_BYTES_MAX, {"bytes": "1000000"}),
}


@pytest.mark.parametrize("case", ODD)
def test_whatever_a_record_holds_there_is_a_letter_that_sqs_takes(case: str) -> None:
    value, body, more = ODD[case]
    sqs = FakeSqs()

    an_inbox(sqs).answer(an_event(value), {"lottery_invoice-3@0": PoisonError("malformed")})

    [letter] = sqs.sent
    told = {name: attribute["StringValue"] for name, attribute in letter["MessageAttributes"].items()}
    assert letter["MessageBody"] == body
    assert told == {"topic": "lottery_invoice", "partition": "3", "offset": "0", **more}
    assert len(body.encode()) < 256 * 1024


def test_a_long_letter_in_base64_is_short_enough_and_can_be_read() -> None:
    sqs = FakeSqs()

    an_inbox(sqs).answer(an_event(b"\xff" * 1_000_000), {"lottery_invoice-3@0": PoisonError("malformed")})

    body = sqs.sent[0]["MessageBody"]
    assert b64decode(body) == b"\xff" * LETTER_BYTES_MAX
    assert len(body) + 1000 < 256 * 1024


def test_a_value_that_is_no_base64_is_a_letter_as_it_came() -> None:
    sqs, given = FakeSqs(), an_event(b"{}")
    given["records"]["lottery_invoice-3"][0]["value"] = "no base64!"

    an_inbox(sqs).answer(given, {"lottery_invoice-3@0": PoisonError("malformed")})

    assert sqs.sent[0]["MessageBody"] == "no base64!"


def test_a_letter_is_told_by_its_place_and_not_by_what_it_holds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry.log.handlers[0], "stream", Stdout())
    an_inbox(FakeSqs()).answer(an_event(b"secret-code"), {"lottery_invoice-3@0": PoisonError("malformed")})

    [line] = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert (line["message"], line["message_id"]) == ("dead letter", "lottery_invoice-3@0")
    assert "secret" not in json.dumps(line)


VARIABLES = {"KAFKA_TOPIC": "lottery_invoice", "KAFKA_SECURITY": "none"}


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP_SERVERS", *VARIABLES])
def test_an_outbox_that_lacks_a_variable_starts_nothing(name: str) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", **VARIABLES, name: ""}

    with pytest.raises(MissingVariableError, match=name):
        transport.outbox("kafka", given)


def test_on_lambda_the_topic_is_asked_for_before_the_first_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    from tombola.aws import kafka_outbox  # noqa: PLC0415 - where a test wants the client

    asked: list[str] = []
    monkeypatch.setattr(kafka_outbox.KafkaOutbox, "ask_for_topic", lambda self: asked.append(self._topic))
    given = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", **VARIABLES}

    transport.outbox("kafka", given)
    assert asked == []
    transport.outbox("kafka", {**given, "AWS_LAMBDA_FUNCTION_NAME": "draw"})
    assert asked == ["lottery_invoice"]


def test_the_outbox_of_the_variables_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    from builders import an_order  # noqa: PLC0415 - as above

    told: list[str] = []
    monkeypatch.setattr(telemetry, "tell_not_sent", lambda because, _: told.append(because))
    with mock_cluster() as brokers:
        given = {"KAFKA_BOOTSTRAP_SERVERS": brokers.servers, **VARIABLES, "AWS_LAMBDA_FUNCTION_NAME": "draw"}

        assert transport.outbox("kafka", given).publish([an_order(7)]).taken == {7}
    assert told == []


def test_the_way_in_needs_no_client_of_kafka() -> None:
    script = "import sys, tombola.aws.kafka_transport as k; k.inbox({'DEAD_LETTERS_URL': 'dead'}); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert "tombola.aws.kafka_transport" in done.stdout.split()
    assert not [name for name in done.stdout.split() if name.startswith("confluent_kafka")]
