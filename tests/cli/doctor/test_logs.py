"""What the doctor says of logs."""

from typing import Any

import pytest

from findings import RIGHT, WRONG, said
from tombola_cli.doctor import logs
from tombola_cli.doctor.finding import Verdict


@pytest.mark.parametrize(
    ("settings", "verdict", "words"),
    [
        ({"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}, RIGHT, "Lambda's from WARN"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}, RIGHT, "own lines from DEBUG"),
        ({"LogFormat": "JSON"}, RIGHT, "own lines from INFO"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, WRONG, "ApplicationLogLevel is WARN"),
        ({"LogFormat": "Text"}, WRONG, "LogFormat is Text"),
        ({}, WRONG, "LogFormat is Text"),
    ],
)
def test_a_function_logs_json_and_never_filters_its_metrics_out(
    settings: dict[str, str], verdict: Verdict, words: str
) -> None:
    said(logs.log_settings({"LoggingConfig": settings}), verdict, words)


@pytest.mark.parametrize(
    ("groups", "verdict", "words"),
    [
        ([{"logGroupName": "/aws/lambda/t-draw", "retentionInDays": 30}], RIGHT, "30 days"),
        ([{"logGroupName": "/aws/lambda/t-draw"}], WRONG, "for ever"),
        ([{"logGroupName": "/aws/lambda/t-draw-2", "retentionInDays": 30}], WRONG, "gone"),
        ([], WRONG, "gone"),
    ],
)
def test_a_log_group_is_there_and_is_not_kept_for_ever(
    groups: list[dict[str, Any]], verdict: Verdict, words: str
) -> None:
    said(logs.log_group(groups, "/aws/lambda/t-draw"), verdict, words)


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        ({"AccessLogSettings": {"DestinationArn": "arn:aws:logs:eu-central-1:1:log-group:/aws/vendedlogs/t"}}, RIGHT),
        ({"AccessLogSettings": {}}, WRONG),
        ({}, WRONG),
    ],
)
def test_the_api_is_to_have_an_access_log(stage: dict[str, Any], verdict: Verdict) -> None:
    assert logs.access_log(stage).verdict is verdict
