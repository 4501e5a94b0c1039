"""The queue of invoices: each message alone, bounded in time, and no failure that reaches a draw."""

import itertools
import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from moto.core.botocore_stubber import MockRawResponse

from builders import an_order
from stubbed import a_client
from tombola.aws.clients import sqs_client
from tombola.aws.sqs_transport import AGAIN_WITHIN_SECONDS, SqsOutbox
from tombola.flows.tell import PUBLISH_SECONDS
from tombola.rules.verdict import Sent

Told = list[tuple[str, int]]


def an_outbox(sqs: Any, *clock: float, told: Told | None = None) -> SqsOutbox:
    """Return an outbox whose clock shows these times, one after the other; told gets what it tells."""
    ticks = iter(clock or itertools.repeat(0.0))
    heard: Told = [] if told is None else told
    return SqsOutbox(sqs, "url", lambda because, orders: heard.append((because, orders)), lambda: next(ticks))


def test_only_what_the_queue_took_is_published() -> None:
    sqs, told = a_client("sqs"), Told()
    failed: Any = {"Id": "2", "SenderFault": False, "Code": "InternalError"}
    with Stubber(sqs) as stub:
        taken = {"Id": "1", "MessageId": "m", "MD5OfMessageBody": "x"}
        stub.add_response("send_message_batch", {"Successful": [taken], "Failed": [failed]})
        assert an_outbox(sqs, told=told).publish([an_order(1), an_order(2)]) == Sent(frozenset({1}))
    assert told == [("InternalError", 1)]


A_MESSAGE = {"MessageId": "m", "MD5OfMessageBody": "x"}


def test_a_message_that_no_queue_takes_is_told_apart_from_one_that_failed() -> None:
    sqs = a_client("sqs")
    failed: Any = [
        {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents"},
        {"Id": "2", "SenderFault": True, "Code": "KmsAccessDenied"},  # the key's fault, and so everybody's
    ]
    with Stubber(sqs) as stub:
        stub.add_response("send_message_batch", {"Successful": [], "Failed": failed})

        assert an_outbox(sqs).publish([an_order(1), an_order(2)]) == Sent(refused=frozenset({1}))


@pytest.mark.parametrize("code", ["InvalidMessageContents", "InvalidParameterValue", "BatchRequestTooLong"])
def test_each_code_that_blames_the_message_refuses_it(code: str) -> None:
    sqs = a_client("sqs")
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", f"AWS.SimpleQueueService.{code}")

        assert an_outbox(sqs).publish([an_order(1)]) == Sent(refused=frozenset({1}))


def test_a_message_that_spoils_its_batch_spoils_it_for_nobody_else() -> None:
    sqs, told = a_client("sqs"), Told()
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", "AWS.SimpleQueueService.BatchRequestTooLong")
        stub.add_response("send_message_batch", {"Successful": [{"Id": "1", **A_MESSAGE}], "Failed": []})
        stub.add_client_error("send_message_batch", "AWS.SimpleQueueService.BatchRequestTooLong")

        sent = an_outbox(sqs, told=told).publish([an_order(1), an_order(2)])

    assert sent == Sent(taken=frozenset({1}), refused=frozenset({2}))
    assert told == [("AWS.SimpleQueueService.BatchRequestTooLong", 1)]


def broken_once(sqs: Any, error: Exception) -> list[str]:
    """Let the first request end in error before it is answered, and the next be answered; return what was asked."""
    asked: list[str] = []

    def send(request: Any, **_: Any) -> Any:
        asked.append(request.url)
        if len(asked) == 1:
            raise error
        body = json.dumps({"Successful": [{"Id": "7", **A_MESSAGE}], "Failed": []}).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), MockRawResponse(body))

    sqs.meta.events.register("before-send.sqs.SendMessageBatch", send)
    return asked


DROPPED = ConnectionClosedError(endpoint_url="https://sqs.example")


def test_a_connection_that_was_dropped_while_frozen_costs_one_more_try_and_no_message() -> None:
    sqs = a_client("sqs")
    asked = broken_once(sqs, DROPPED)

    assert an_outbox(sqs, 0.0, AGAIN_WITHIN_SECONDS).publish([an_order(7)]) == Sent(frozenset({7}))
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(DROPPED, AGAIN_WITHIN_SECONDS + 0.1), (ReadTimeoutError(endpoint_url="https://sqs.example"), 0.0)],
    ids=["late", "no answer"],
)
def test_only_a_connection_that_is_closed_at_once_is_tried_again(error: Exception, seconds: float) -> None:
    sqs = a_client("sqs")
    asked, told = broken_once(sqs, error), Told()

    assert an_outbox(sqs, 0.0, seconds, told=told).publish([an_order(7)]) == Sent()
    assert len(asked) == 1
    assert told == [(type(error).__name__, 1)]


def test_a_second_try_ends_within_the_time_that_is_kept_for_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    config: Any = sqs_client().meta.config

    assert AGAIN_WITHIN_SECONDS + config.connect_timeout + config.read_timeout < PUBLISH_SECONDS


def test_a_queue_that_fails_takes_nothing_and_the_next_batch_is_still_tried() -> None:
    sqs, told = a_client("sqs"), Told()
    sizes: list[int] = []
    sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", "AWS.SimpleQueueService.NonExistentQueue")
        stub.add_response(
            "send_message_batch",
            {"Successful": [{"Id": "10", "MessageId": "m", "MD5OfMessageBody": "x"}], "Failed": []},
        )
        sent = an_outbox(sqs, told=told).publish([an_order(number) for number in range(11)])
    assert sent == Sent(frozenset({10}))
    assert sizes == [10, 1]
    assert told == [("AWS.SimpleQueueService.NonExistentQueue", 10)]


def test_a_message_is_an_invoice() -> None:
    sqs = a_client("sqs")
    sent: list[dict[str, Any]] = []
    sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sent.extend(params["Entries"])
    )
    with Stubber(sqs) as stub:
        stub.add_response("send_message_batch", {"Successful": [], "Failed": []})
        an_outbox(sqs).publish([an_order(7)])

    assert json.loads(sent[0]["MessageBody"])["orderId"] == 7
