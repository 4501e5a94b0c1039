"""Errors of AWS: which of them asking again can mend."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tombola.aws.faults import busy_when_unanswered
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
