"""Errors of AWS: which of them asking again can mend."""

import ast
import re
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

from sam_template import ROOT
from tombola.aws.faults import answer_behind, busy_in_words, busy_when_unanswered
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


ALLOWED = re.compile(r"(answer_of|answer_behind|type)\(error\)|error\.kwargs")
QUOTED, URL = "WELCOME-10", "https://dynamodb.example"
FAILED: Any = {"Error": {"Code": "InternalServerError", "Message": QUOTED}}
CANCELLED: Any = {
    "Error": {"Code": "ThrottlingException", "Message": QUOTED},
    "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError", "Message": QUOTED}],
}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ClientError(FAILED, "UpdateItem"), "InternalServerError of UpdateItem"),
        (ClientError(CANCELLED, "TransactWriteItems"), "ThrottlingException, ThrottlingError of TransactWriteItems"),
        (EndpointConnectionError(endpoint_url=URL), f"EndpointConnectionError of {URL}"),
        (SSLError(endpoint_url=URL, error=ValueError(QUOTED)), f"SSLError of {URL}"),
        (HTTPClientError(error=QUOTED), "HTTPClientError of a connection"),
    ],
    ids=["a call", "a transaction", "an endpoint", "a certificate", "a connection"],
)
def test_what_is_busy_names_what_aws_answered_and_quotes_nothing(error: Exception, words: str) -> None:
    with pytest.raises(BusyError) as told, busy_when_unanswered():
        raise error

    assert str(told.value) == words


def test_no_adapter_puts_a_caught_error_into_the_words_of_a_busy_table() -> None:
    """But for its code, its kind and its endpoint."""
    handlers = [
        (path.name, handler)
        for path in sorted((ROOT / "layers/shared/tombola/aws").glob("*.py"))
        for handler in ast.walk(ast.parse(path.read_text()))
        if isinstance(handler, ast.ExceptHandler)
    ]
    quoting = [
        f"{name}:{call.lineno}"
        for name, handler in handlers
        for call in ast.walk(handler)
        if isinstance(call, ast.Call) and "BusyError" in ast.unparse(call.func)
        if re.search(rf"\b{handler.name}\b", ALLOWED.sub("", ", ".join(map(ast.unparse, call.args))))
    ]

    assert len(handlers) > 10
    assert quoting == []


def test_the_answer_behind_an_error_is_found_among_its_causes_and_a_circle_of_them_ends() -> None:
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": QUOTED}}, "Decrypt")
    outer, circle = ValueError(QUOTED), ValueError()
    outer.__cause__ = refused
    circle.__context__ = circle

    assert answer_behind(outer) == "AccessDeniedException of Decrypt"
    assert answer_behind(circle) is None


def test_what_asking_again_cannot_mend_is_not_busy() -> None:
    with pytest.raises(ClientError, match="AccessDenied"), busy_when_unanswered():
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query")


def test_what_is_busy_is_told_in_our_own_words_where_those_of_aws_might_repeat_an_address() -> None:
    with pytest.raises(BusyError, match=r"^ours$") as told, busy_in_words("ours"):
        raise BusyError("Main Street 1")

    assert told.value.__cause__ is None
    with pytest.raises(KeyError), busy_in_words("ours"):
        raise KeyError
