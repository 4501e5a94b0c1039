"""What the doctor says of functions and of who calls them, for what Lambda, API Gateway and EventBridge answer."""

import json
from typing import Any

import pytest

from findings import ONLY_YOU, RIGHT, WRONG, said
from tombola_cli.doctor import serving
from tombola_cli.doctor.finding import Verdict

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:tombola-draw"
LIVE = f"{FUNCTION}:live"
VERSIONS = [{"Version": "$LATEST"}, {"Version": "9"}, {"Version": "10"}]


def a_configuration(**changes: Any) -> dict[str, Any]:
    return {
        "FunctionName": "tombola-draw",
        "FunctionArn": FUNCTION,
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::123456789012:role/tombola-DrawRole-ABC",
        "Handler": "draw_handler.handler",
        "Timeout": 10,
        "MemorySize": 1024,
        "CodeSha256": "fBEMundCcjzAMzm9y0ZO9PpGjNpU05h0kPURe7/ZxWQ=",
        "Version": "$LATEST",
        "Environment": {"Variables": {"FACT_CLAIMS": "age", "AUTHORIZATION": "jwt"}},
        "Layers": [{"Arn": "arn:aws:lambda:eu-central-1:123456789012:layer:tombola-shared:3", "CodeSize": 13148832}],
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/aws/lambda/tombola-draw"},
        **changes,
    }


@pytest.mark.parametrize(
    ("alias", "versions", "verdict"),
    [
        ({"FunctionVersion": "10"}, VERSIONS, RIGHT),
        ({"FunctionVersion": "10", "RoutingConfig": {"AdditionalVersionWeights": {}}}, VERSIONS, RIGHT),
        ({"FunctionVersion": "9"}, VERSIONS, WRONG),
        ({"FunctionVersion": "$LATEST"}, VERSIONS, WRONG),
        ({"FunctionVersion": "$LATEST"}, VERSIONS[:1], WRONG),
        ({"FunctionVersion": "9", "RoutingConfig": {"AdditionalVersionWeights": {"10": 0.1}}}, VERSIONS, ONLY_YOU),
    ],
)
def test_an_alias_is_right_on_the_newest_version(
    alias: dict[str, Any], versions: list[dict[str, str]], verdict: Verdict
) -> None:
    assert serving.alias(alias, versions).verdict is verdict


def test_an_alias_on_an_old_version_is_told_with_both() -> None:
    found = serving.alias({"FunctionVersion": "9"}, VERSIONS)

    assert found.seen == "points at version 9; the newest is 10"


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("CodeSha256", "another"),
        ("Environment", {"Variables": {"FACT_CLAIMS": "age,groups[]", "AUTHORIZATION": "jwt"}}),
        ("Layers", [{"Arn": "arn:aws:lambda:eu-central-1:123456789012:layer:tombola-shared:4"}]),
        ("Timeout", 11),
        ("MemorySize", 512),
        ("LoggingConfig", {"LogFormat": "Text", "LogGroup": "/aws/lambda/tombola-draw"}),
    ],
)
def test_a_change_in_latest_that_nobody_serves_is_wrong_and_named(changed: str, value: Any) -> None:
    found = serving.published(a_configuration(Version="10"), a_configuration(**{changed: value}))

    assert (found.verdict, found.seen) == (WRONG, f"changed, and not served: {changed}")


def test_a_version_that_is_as_latest_is_right_whatever_only_versions_have() -> None:
    served = a_configuration(
        Version="10", FunctionArn=LIVE, RevisionId="another", LastModified="2026-11-26T01:00:00Z", Description="d"
    )

    assert serving.published(served, a_configuration()).verdict is RIGHT


LONG = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{LIVE}/invocations"


@pytest.mark.parametrize(
    ("uris", "verdict"),
    [
        ([LIVE], RIGHT),
        ([LONG], RIGHT),
        ([LONG, LIVE], RIGHT),
        ([FUNCTION], WRONG),
        ([LONG.replace(":live", "")], WRONG),
        ([LONG.replace(":live", ":9")], WRONG),
        ([LONG, FUNCTION], WRONG),
        ([], WRONG),
    ],
)
def test_the_api_is_right_where_all_of_it_calls_the_alias(uris: list[str], verdict: Verdict) -> None:
    assert serving.api([{"IntegrationUri": uri} for uri in uris], LIVE).verdict is verdict


def a_mapping(**changes: Any) -> dict[str, Any]:
    return {
        "UUID": "3f097b46-0d2f-4128-b429-ac4eae3bd561",
        "State": "Enabled",
        "FunctionArn": LIVE,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        **changes,
    }


@pytest.mark.parametrize(
    ("mappings", "verdict", "words"),
    [
        ([a_mapping()], RIGHT, "enabled"),
        ([a_mapping(State="Disabled")], WRONG, "is Disabled"),
        ([a_mapping(State="Disabling")], WRONG, "is Disabling"),
        ([a_mapping(FunctionArn=FUNCTION)], WRONG, f"calls {FUNCTION}, not {LIVE}"),
        ([a_mapping(FunctionResponseTypes=[])], WRONG, "whole batches"),
        ([], WRONG, "0 event source mappings"),
        ([a_mapping(), a_mapping(FunctionArn=FUNCTION)], WRONG, "2 event source mappings"),
    ],
)
def test_the_queue_is_received_by_one_enabled_mapping_of_the_alias(
    mappings: list[dict[str, Any]], verdict: Verdict, words: str
) -> None:
    said(serving.mapping(mappings, LIVE), verdict, words)


OF_A_TOPIC = {"Topics": ["lottery_invoice"], "FunctionResponseTypes": []}


def test_a_stream_whose_last_invocation_failed_is_no_matter_of_pollers() -> None:
    found = serving.mapping([a_mapping(LastProcessingResult="PROBLEM: Function call failed")], LIVE)

    said(found, Verdict.WRONG, "its last invocation failed: PROBLEM: Function call failed")


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, Verdict.RIGHT, "enabled, calls"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 1}}, Verdict.WRONG, "fails whole batches"),
        ({"LastProcessingResult": "PROBLEM: Connection error"}, Verdict.WRONG, "reads nothing: PROBLEM: Connection"),
        ({"LastProcessingResult": "OK"}, Verdict.RIGHT, "enabled, calls"),
    ],
)
def test_a_topic_is_read_by_pollers_that_reach_it_and_need_not_take_single_messages_back(
    changes: dict[str, Any], verdict: Verdict, words: str
) -> None:
    said(serving.mapping([a_mapping(**{**OF_A_TOPIC, **changes})], LIVE), verdict, words)


def test_a_disabled_mapping_is_told_with_the_command_that_enables_it() -> None:
    found = serving.mapping([a_mapping(State="Disabled")], LIVE)

    assert found.todo == (
        "aws lambda update-event-source-mapping --uuid 3f097b46-0d2f-4128-b429-ac4eae3bd561 --enabled"
    )


@pytest.mark.parametrize(
    ("state", "targets", "verdict", "words"),
    [
        ("ENABLED", [LIVE], RIGHT, "rate(1 minute)"),
        ("DISABLED", [LIVE], WRONG, "is DISABLED: nothing is repaired"),
        ("ENABLED", [FUNCTION], WRONG, f"calls {FUNCTION}, not {LIVE}"),
        ("ENABLED", [], WRONG, "calls nobody"),
    ],
)
def test_the_schedule_is_right_where_it_is_enabled_and_calls_the_alias(
    state: str, targets: list[str], verdict: Verdict, words: str
) -> None:
    rule = {"Name": "every-minute", "State": state, "ScheduleExpression": "rate(1 minute)"}

    said(serving.schedule(rule, [{"Id": "1", "Arn": arn} for arn in targets], LIVE), verdict, words)


STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "apigateway.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": LIVE,
    "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:3ddcae00/*/*"}},
}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, RIGHT),
        ({"Resource": FUNCTION}, WRONG),
        ({"Effect": "Deny"}, WRONG),
        ({"Principal": {"Service": "events.amazonaws.com"}}, WRONG),
        ({"Principal": "*"}, WRONG),
        ({"Action": "lambda:GetFunction"}, WRONG),
    ],
)
def test_a_caller_needs_the_alias_own_permission(changes: dict[str, Any], verdict: Verdict) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**STATEMENT, **changes}]})

    assert serving.permission(policy, "apigateway.amazonaws.com", LIVE).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "batches", "verdict"),
    [
        ({}, 10, RIGHT),
        ({"ReservedConcurrentExecutions": 1}, 1, RIGHT),
        ({"ReservedConcurrentExecutions": 10}, 10, RIGHT),
        ({"ReservedConcurrentExecutions": 9}, 10, WRONG),
        ({"ReservedConcurrentExecutions": 0}, 1, WRONG),
        ({"ReservedConcurrentExecutions": 0}, 0, WRONG),
    ],
)
def test_a_function_with_nothing_reserved_runs_with_0_never_and_with_too_little_refuses(
    answer: dict[str, int], batches: int, verdict: Verdict
) -> None:
    assert serving.concurrency(answer, batches).verdict is verdict
