"""An event of another kind is refused by one clear error; one record that says nothing fails alone."""

from typing import Any

import pytest

import distribute_handler
import draw_handler
from builders import an_order
from cloud import Context, a_cloud, event
from sam_template import Stack
from stream_filter import passes, patterns_of
from tombola.aws.events import WrongEventError
from tombola.rules.invoice import invoice_json

REST_V1 = {
    "resource": "/activities/{activity_id}/draws",
    "httpMethod": "POST",
    "headers": {},
    "requestContext": {"requestId": "1", "stage": "prod"},
    "pathParameters": {"activity_id": "100001"},
}
ALB = {
    "requestContext": {"elb": {"targetGroupArn": "arn"}},
    "httpMethod": "POST",
    "path": "/",
    "headers": {},
    "body": "",
}
KAFKA = {"eventSource": "aws:kafka", "records": {"lottery_invoice-0": [{"topic": "lottery_invoice", "value": "e30="}]}}
NOTICE = {"Records": [{"EventSource": "aws:sns", "eventSource": "aws:sns", "Sns": {"Message": "{}"}}]}
OTHERS: dict[str, Any] = {
    "REST API, format 1.0": REST_V1,
    "HTTP API, format 1.0": {**REST_V1, "version": "1.0", "routeKey": "POST /x"},
    "load balancer": ALB,
    "half a record of Kafka": KAFKA,
    "Kafka without records": {"eventSource": "aws:kafka", "records": {"lottery_invoice-0": []}},
    "notice": NOTICE,
    "half a stream": {"Records": [{"eventSource": "aws:dynamodb"}]},
    "two kinds": {"Records": [event("distribute-lottery-invoice")["Records"][0], {"eventSource": "aws:dynamodb"}]},
    "schedule": event("compensate-schedule"),
    "no records": {"Records": []},
    "records of no kind": {"Records": [{}]},
    "nothing": {},
    "a list": [],
    "null": None,
}


@pytest.mark.parametrize("kind", [*OTHERS, "SQS"])
def test_the_draw_function_refuses_what_no_http_api_sends(kind: str) -> None:
    wrong = OTHERS.get(kind, event("distribute-lottery-invoice"))

    with pytest.raises(WrongEventError, match=r"expected an event of an HTTP API, payload format 2\.0") as error:
        draw_handler.handler(wrong, Context())  # type: ignore[arg-type]
    assert "got " in str(error.value)


@pytest.mark.parametrize("kind", [*OTHERS, "HTTP API"])
def test_the_distribute_function_refuses_what_no_transport_sends(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEAD_LETTERS_URL", "url")
    wrong = OTHERS.get(kind, event("draw"))

    with pytest.raises(WrongEventError, match=r"expected (an event with eventSource|Records, each with eventSource)"):
        distribute_handler.handler(wrong, Context())  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [None, ...], ids=["null", "absent"])
def test_a_record_without_a_body_fails_alone(monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    sound = event("distribute-lottery-invoice")["Records"][0]
    empty = {**sound, "messageId": "empty", "body": None}
    if body is ...:
        del empty["body"]
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put(an_order(1))
        records = [empty, {**sound, "messageId": "sound", "body": invoice_json(an_order(1))}]

        answer = distribute_handler.handler({"Records": records}, Context())  # type: ignore[arg-type]

        assert answer == {"batchItemFailures": [{"itemIdentifier": "empty"}]}
        order = cloud.ledger.order("xiaofuge", 1)
        assert order is not None
        assert order.grants == 1


def test_the_sample_of_a_stream_passes_the_filter_and_grants_the_orders_that_it_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes, patterns = (
        event("distribute-stream")["Records"],
        patterns_of(Stack(Transport="streams").of_type("AWS::Lambda::EventSourceMapping")["OrdersFromStream"]),
    )
    named = [int(change["dynamodb"]["Keys"]["sk"]["S"].removeprefix("ORDER#")) for change in changes]
    with a_cloud(monkeypatch) as cloud:
        for order_id in named:
            cloud.ledger.put(an_order(order_id, wake=True))

        answer = distribute_handler.handler({"Records": changes}, Context())  # type: ignore[arg-type]

        granted = [cloud.ledger.order("xiaofuge", order_id) for order_id in named]
    assert [passes(patterns, change) for change in changes] == [True, True]
    assert answer == {"batchItemFailures": []}
    assert [order.grants for order in granted if order is not None] == [1, 1]


@pytest.mark.parametrize(("name", "letters"), [("distribute-kafka", 0), ("distribute-kafka-with-poison", 3)])
def test_the_samples_of_kafka_grant_their_order_and_bury_what_is_none(
    monkeypatch: pytest.MonkeyPatch, name: str, letters: int
) -> None:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put(an_order(1454347265400504320))

        answer = distribute_handler.handler(event(name), Context())  # type: ignore[arg-type]

        order = cloud.ledger.order("xiaofuge", 1454347265400504320)
        buried = cloud.sqs.receive_message(QueueUrl=cloud.dlq_url, MaxNumberOfMessages=10).get("Messages", [])
    assert answer == {"batchItemFailures": []}
    assert order is not None
    assert (order.grants, len(buried)) == (1, letters)
