"""What the doctor makes of a question that AWS does not answer."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from emulated_aws import emulated_aws
from tombola_cli.doctor.asking import Questions, unanswered
from tombola_cli.doctor.checks import checks
from tombola_cli.doctor.finding import Line, Verdict, only_you, wrong
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack

NAMES = {field.name for field in fields(Stack)} - {field.name for field in fields(Place)}
KEY = "arn:aws:kms:us-east-1:123456789012:key/3db2ca4b-be9d-42cf-a3c0-ebf8076e9d8a"


@pytest.mark.parametrize(
    ("code", "message", "finding"),
    [
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/me is not authorized to perform: kms:GetKeyPolicy on resource: arn because no",
            only_you("not looked at", "needs kms:GetKeyPolicy"),
        ),
        (
            "AccessDenied",
            "Access to the resource https://sqs.eu-central-1.amazonaws.com/ is denied.",
            only_you("not looked at", "needs sqs:GetQueueAttributes"),
        ),
        (
            "AuthorizationError",
            "User: arn:aws:iam::1:user/me is not authorized to perform: SNS:ListSubscriptionsByTopic on resource: arn",
            only_you("not looked at", "needs SNS:ListSubscriptionsByTopic"),
        ),
        ("ResourceNotFoundException", "Alias not found", wrong("not there: Alias not found", "deploy the stack again")),
        ("NotFound", "Topic does not exist", wrong("not there: Topic does not exist", "deploy the stack again")),
        (
            "AWS.SimpleQueueService.NonExistentQueue",
            "no such queue",
            wrong("not there: no such queue", "deploy the stack again"),
        ),
        ("NoSuchEntity", "", wrong("not there: NoSuchEntity", "deploy the stack again")),
        (
            "ThrottlingException",
            "Rate exceeded",
            only_you("AWS answered ThrottlingException: Rate exceeded", "ask again, or look in the console"),
        ),
    ],
)
def test_an_error_is_a_missing_right_or_a_missing_part_or_told_as_it_is(code: str, message: str, finding: Any) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "Whatever")

    assert unanswered(error, "sqs:GetQueueAttributes") == finding


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Questions]:
    """Ask of a stack of which nothing is there."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with emulated_aws():
        key = boto3.client("kms", region_name=LOCAL_REGION).create_key()["KeyMetadata"]["Arn"]
        names = {**dict.fromkeys(NAMES, "nothing"), "seed_key_arn": key}
        yield Questions(Stack(**names, region=LOCAL_REGION))


def refuse(asked: Questions, service: str, code: str, message: str) -> None:
    """Answer every question to service with an error, as AWS would."""

    class Refusal:
        status_code = 403

    def refusal(**_: Any) -> tuple[Refusal, dict[str, Any]]:
        return Refusal(), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    asked.clients[service] = boto3.client(service, region_name=LOCAL_REGION)  # type: ignore[call-overload]
    asked.clients[service].meta.events.register_first("before-call.*.*", refusal)


def lines(asked: Questions, *names: str) -> dict[str, Line]:
    return {check.name: check.line(asked) for check in checks() if check.name in names}


def test_a_right_that_is_missing_is_a_line_and_the_other_checks_go_on(asked: Questions) -> None:
    for service in ("lambda", "cloudformation"):
        refuse(asked, service, "AccessDeniedException", "no")

    found = lines(asked, "alias", "key policy", "key state", "reserved concurrency")

    assert found["alias"].finding == only_you("not looked at", "needs lambda:GetAlias")
    assert found["key policy"].finding == only_you("not looked at", "needs lambda:GetFunctionConfiguration")
    assert found["reserved concurrency"].finding == only_you("not looked at", "needs lambda:GetFunctionConcurrency")
    assert found["key state"].finding.verdict is Verdict.RIGHT


def test_no_answer_at_all_is_a_line_too(asked: Questions) -> None:
    def lost(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://kms.us-east-1.amazonaws.com")

    asked.clients["kms"] = boto3.client("kms", region_name=LOCAL_REGION)
    asked.clients["kms"].meta.events.register_first("before-call.*.*", lost)

    found = lines(asked, "key state")["key state"].finding

    assert (found.verdict, "no answer: Could not connect" in found.seen) == (Verdict.ONLY_YOU, True)


def test_an_answer_that_tells_no_time_is_a_line_too(asked: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    def timeless(_: Stack) -> None:
        raise TombolaError("the answer of AWS does not say what time it is: no Date")

    monkeypatch.setattr(Stack, "now", timeless)

    assert lines(asked, "clock")["clock"].finding.verdict is Verdict.ONLY_YOU


def test_a_table_that_is_gone_is_wrong(asked: Questions) -> None:
    found = lines(asked, "table status")["table status"]

    assert (found.finding.verdict, "not there" in found.finding.seen) == (Verdict.WRONG, True)


def test_no_question_is_asked_twice(asked: Questions) -> None:
    made: list[str] = []
    asked.clients["kms"] = boto3.client("kms", region_name=LOCAL_REGION)
    asked.clients["kms"].meta.events.register_first("before-call.*.*", lambda model, **_: made.append(model.name))
    for _ in range(2):
        lines(asked, "key state")

    assert made == ["DescribeKey"]
