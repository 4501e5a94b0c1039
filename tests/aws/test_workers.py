"""Workers of compensation are asynchronous invocations of one's own alias, and never in anybody's way."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tombola.aws.workers import LambdaWorkers

FUNCTION = "tombola-compensate"
ASKED = ("FunctionName", "Qualifier", "InvocationType", "Payload")


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("lambda", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def workers(stub: Stubber, told: list[Exception]) -> LambdaWorkers:
    client: Any = stub.client
    return LambdaWorkers(lambda: client, FUNCTION, told.append)


def test_a_worker_is_an_event_for_the_functions_own_alias(stub: Stubber) -> None:
    payload = json.dumps({"lanes": ["7", "23"]})
    asked = {"FunctionName": FUNCTION, "Qualifier": "live", "InvocationType": "Event", "Payload": payload}
    stub.add_response("invoke", {"StatusCode": 202}, asked)

    assert workers(stub, []).start(["7", "23"])


@pytest.mark.parametrize("code", ["TooManyRequestsException", "AccessDeniedException", "ResourceNotFoundException"])
def test_a_worker_that_cannot_be_started_is_told_and_raises_nothing(stub: Stubber, code: str) -> None:
    told: list[Any] = []
    stub.add_client_error("invoke", code, expected_params=dict.fromkeys(ASKED, ANY))

    assert not workers(stub, told).start(["7"])
    assert [error.response["Error"]["Code"] for error in told] == [code]


def test_no_client_is_made_before_a_worker_is_needed() -> None:
    def never() -> Any:
        raise AssertionError("a client costs a cold start some milliseconds")

    LambdaWorkers(never, FUNCTION, lambda _: None)
