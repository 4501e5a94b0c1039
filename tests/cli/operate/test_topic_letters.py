"""A letter of a topic tells where its record stands, or which records Lambda gave up, and nothing of what they say."""

import json
from typing import Any

import pytest

from tombola_cli.operate.topic_letters import place_of, told_of

# As AWS's page has it, with an ARN of our own.
LETTER: dict[str, Any] = {
    "requestContext": {
        "requestId": "316aa6d0-8154-4b7a-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:tombola-distribute:live",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 6,
    },
    "version": "1.0",
    "timestamp": "2026-11-26T00:13:49.717Z",
    "KafkaBatchInfo": {
        "batchSize": 3,
        "eventSourceArn": "arn:aws:kafka:eu-central-1:123456789012:cluster/tombola/1",
        "bootstrapServers": "b-1.example:9098",
        "payloadSize": 2039,
        "recordInfo": {"lottery_invoice-0": {"firstRecordOffset": "5", "lastRecordOffset": "7"}},
    },
}


def a_letter(**batch: Any) -> str:
    return json.dumps({**LETTER, "KafkaBatchInfo": {**LETTER["KafkaBatchInfo"], **batch}})


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({}, "3 records of lottery_invoice-0@5 to 7 up"),
        ({"batchSize": 1, "recordInfo": {}}, "1 record up"),
        ({"recordInfo": {"lottery_invoice-0": {"firstRecordOffset": "a SECRET"}}}, "3 records of lottery_invoice-0 up"),
        ({"recordInfo": {"a SECRET of somebody's": {}}}, "3 records up"),
    ],
)
def test_a_letter_tells_which_records_were_given_up_and_why(batch: dict[str, Any], words: str) -> None:
    assert told_of(a_letter(**batch)) == (
        f"Lambda gave {words} (RetryAttemptsExhausted): compensation sends what is still due"
    )


@pytest.mark.parametrize(
    "body",
    [
        *("no JSON", "[]", "7", "{}"),
        '{"requestContext": 7, "KafkaBatchInfo": {}}',
        a_letter(batchSize="many"),
        a_letter(recordInfo=7),
        json.dumps({**LETTER, "requestContext": {"condition": "a SECRET of somebody's"}}),
        '{"awardContent":"Code","awardId":"3","awardName":"ipad","awardType":1,"orderId":7,"uId":"xiaofuge"}',
    ],
)
def test_whatever_else_lies_there_is_no_letter(body: str) -> None:
    assert told_of(body) is None


def attributes(**told: str) -> dict[str, Any]:
    return {"MessageAttributes": {name: {"DataType": "String", "StringValue": text} for name, text in told.items()}}


def test_a_record_that_the_inbox_put_there_tells_its_place() -> None:
    assert place_of(attributes(topic="lottery_invoice", partition="3", offset="17")) == "lottery_invoice-3@17"


@pytest.mark.parametrize(
    "message",
    [
        {},
        attributes(),
        attributes(topic="lottery_invoice", partition="3"),
        attributes(topic="a SECRET of somebody's", partition="3", offset="17"),
        attributes(topic="lottery_invoice", partition="3", offset="a SECRET"),
    ],
)
def test_another_message_has_no_place(message: dict[str, Any]) -> None:
    assert place_of(message) is None
