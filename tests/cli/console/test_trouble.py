"""Whatever an operator can mend is told in one sentence; what nobody foresaw is not taken for it."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tombola.rules.problem import BusyError
from tombola_cli.console.trouble import trouble_of
from tombola_cli.errors import TombolaError

SENTENCE = (
    "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: {right} on resource: arn because no policy"
)


def denied(code: str, words: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": words}}, "PutItem")


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_missing_right_is_named(code: str) -> None:
    trouble = trouble_of(denied(code, SENTENCE.format(right="dynamodb:PutItem")))
    assert trouble is not None
    assert (str(trouble), trouble.right) == ("You lack dynamodb:PutItem.", "dynamodb:PutItem")


def test_a_missing_right_that_aws_does_not_name_is_told_too() -> None:
    trouble = trouble_of(denied("AccessDenied", "Access Denied"))
    assert trouble is not None
    assert (str(trouble), trouble.right) == ("You lack a right.", "a right")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TombolaError("activity 1 was changed\nmeanwhile"), "activity 1 was changed meanwhile"),
        (BusyError("no way past others"), "no way past others"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "The stack does not answer: Could not connect"),
        (ConnectionError("reset"), "The stack does not answer: reset"),
    ],
)
def test_other_trouble_is_one_sentence_without_a_right(error: Exception, words: str) -> None:
    trouble = trouble_of(error)
    assert trouble is not None
    assert str(trouble).startswith(words)
    assert trouble.right is None


def test_a_fault_of_ours_is_no_trouble() -> None:
    assert trouble_of(KeyError("award_id")) is None
