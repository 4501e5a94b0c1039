"""What is logged besides a function's own lines: next to nothing, and nothing of who draws."""

import json
import logging
import re

import pytest

from sam_template import Node, Stack
from tombola.aws import telemetry

STACK = Stack(LogRetentionDays="7")
FUNCTIONS = STACK.functions()
LEVELS = ("DEBUG", "INFO", "WARN")  # that a platform's events may have, the least important first
# Events of an invocation that ends well, and the level from which on they are sent:
# "System log level event mapping" of https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
PLATFORM_EVENTS = {
    "initStart": "INFO",
    "initRuntimeDone": "DEBUG",
    "initReport": "DEBUG",  # on demand
    "start": "INFO",
    "runtimeDone": "DEBUG",
    "report": "INFO",
}
BESIDES_MAX = 150  # bytes a draw that are not the function's own lines
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
LOGGED = {
    "$context.requestId": "JKJaXmPLvHcESHA=",
    "$context.routeKey": "POST /activities/{activity_id}/draws",
    "$context.status": "201",
    "$context.integration.error": "-",
    "$context.authorizer.error": "-",
    "$context.responseLatency": "143",
}


def access_log() -> Node:
    return STACK.of_type("AWS::ApiGatewayV2::Stage")["ApiStage"]["AccessLogSettings"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_metrics_are_never_filtered_out_with_the_lines_of_their_level(function: str) -> None:
    """A line without a level is INFO to Lambda, and a metric is such a line."""
    config = FUNCTIONS[function]["LoggingConfig"]

    assert config["LogFormat"] == "JSON"  # levels are Lambda's with this format only
    assert config["ApplicationLogLevel"] == "INFO"


def test_the_level_of_our_own_lines_is_a_parameter_and_never_one_that_quotes_requests() -> None:
    parameter = STACK.template["Parameters"]["LogLevel"]

    assert (parameter["AllowedValues"], parameter["Default"]) == (["INFO", "WARNING", "ERROR"], "INFO")
    for function in Stack(LogLevel="ERROR").functions().values():
        assert function["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "ERROR"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_says_nothing_of_an_invocation_that_ends_well(function: str) -> None:
    level = FUNCTIONS[function]["LoggingConfig"]["SystemLogLevel"]

    sent = [event for event, least in PLATFORM_EVENTS.items() if LEVELS.index(least) >= LEVELS.index(level)]
    assert sent == []


def test_what_is_logged_of_a_draw_besides_is_one_short_line() -> None:
    line = re.sub(r"\$context(\.\w+)+", lambda found: LOGGED[found[0]], access_log()["Format"])

    assert json.loads(line) == dict(zip(json.loads(line), LOGGED.values(), strict=True))
    assert len(f"{line}\n".encode()) <= BESIDES_MAX


def test_the_access_log_lies_under_the_prefix_that_needs_no_room_in_a_policy() -> None:
    group = STACK.resources["ApiLogs"]["Properties"]

    assert group["LogGroupName"] == {"Fn::Sub": "/aws/vendedlogs/apis/${AWS::StackName}"}
    assert group["RetentionInDays"] == "7"
    assert access_log()["DestinationArn"]["Fn::Sub"].endswith(":log-group:${ApiLogs}")


def test_a_line_has_the_time_as_lambda_reads_it() -> None:
    """RFC 3339: of a line with another time Lambda takes the level for INFO, and adds a time."""
    record = logging.LogRecord("tombola", logging.WARNING, __file__, 1, "busy", None, None)

    line = json.loads(telemetry.log.handlers[0].format(record))

    assert line["level"] == "WARNING"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])
