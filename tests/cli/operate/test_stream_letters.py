"""A letter of a stream is told apart from a message, and tells nothing but how many writes were given up, and why."""

import json
from typing import Any

import pytest

from tombola_cli.operate.stream_letters import told_of

# As AWS's page has it, with an ARN of our own.
LETTER: dict[str, Any] = {
    "requestContext": {
        "requestId": "316aa6d0-8154-4b7a-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:tombola-distribute:live",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 6,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2026-11-26T00:13:49.717Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb",
        "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "800000000003126276364",
        "approximateArrivalOfFirstRecord": "2026-11-26T00:13:19Z",
        "approximateArrivalOfLastRecord": "2026-11-26T00:13:20Z",
        "batchSize": 2,
        "streamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/tombola/stream/2026-11-26T00:04:06.388",
    },
}


def a_letter(**batch: Any) -> str:
    return json.dumps({**LETTER, "DDBStreamBatchInfo": {**LETTER["DDBStreamBatchInfo"], **batch}})


@pytest.mark.parametrize(("records", "count"), [(1, "1 write"), (2, "2 writes")])
def test_a_letter_tells_how_many_writes_were_given_up_and_why(records: int, count: str) -> None:
    told = told_of(a_letter(batchSize=records))

    assert told is not None
    assert told.startswith(f"Lambda gave {count} of the stream up (RetryAttemptsExhausted): compensation wakes")


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[]",
        "7",
        "{}",
        '{"requestContext": 7, "DDBStreamBatchInfo": {}}',
        a_letter(batchSize="many"),
        a_letter(batchSize=True),
        json.dumps({**LETTER, "requestContext": {"condition": "a SECRET of somebody's"}}),
        '{"awardContent":"Code","awardId":"3","awardName":"ipad","awardType":1,"orderId":7,"uId":"xiaofuge"}',
    ],
)
def test_whatever_else_lies_there_is_no_letter(body: str) -> None:
    assert told_of(body) is None
