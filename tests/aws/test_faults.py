"""Errors of AWS: which of them asking again can mend."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tombola.aws.faults import busy_in_words, busy_when_unanswered
from tombola.rules.problem import BusyError


def answered(status: int, code: str) -> Any:
    return {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"),
        ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem"),
        ClientError({"Error": {"Code": "TransactionInProgressException"}}, "TransactWriteItems"),
        ClientError(answered(502, "502"), "UpdateItem"),
        ClientError(answered(500, "KMSInternalException"), "Decrypt"),
        ReadTimeoutError(endpoint_url="https://aws.example"),
        ConnectTimeoutError(endpoint_url="https://aws.example"),
        EndpointConnectionError(endpoint_url="https://aws.example"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_asking_again_can_mend_is_busy(error: Exception) -> None:
    with pytest.raises(BusyError), busy_when_unanswered():
        raise error


def test_what_asking_again_cannot_mend_is_not_busy() -> None:
    with pytest.raises(ClientError, match="AccessDenied"), busy_when_unanswered():
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query")


def test_what_is_busy_is_told_in_our_own_words_where_those_of_aws_might_repeat_an_address() -> None:
    with pytest.raises(BusyError, match=r"^ours$") as told, busy_in_words("ours"):
        raise BusyError("Main Street 1")

    assert told.value.__cause__ is None
    with pytest.raises(KeyError), busy_in_words("ours"):
        raise KeyError
