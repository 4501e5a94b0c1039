"""Is there something to read, and for how long?"""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola_cli.doctor.finding import Finding, right, wrong

# Metrics are lines of level INFO: above it they are filtered out, and with them the alarms that watch them.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
CARRIES_METRICS = ("TRACE", "DEBUG", "INFO")

Answer = Mapping[str, Any]


def log_settings(configuration: Answer) -> Finding:
    """Judge how a function logs."""
    settings = configuration.get("LoggingConfig", {})
    form = settings.get("LogFormat", "Text")
    if form != "JSON":
        return wrong(f"LogFormat is {form}: no level can be chosen", "deploy the stack again")
    level = settings.get("ApplicationLogLevel", "INFO")
    if level not in CARRIES_METRICS:
        return wrong(f"ApplicationLogLevel is {level}: metrics and their alarms are lost", "deploy with INFO")
    return right(f"JSON, own lines from {level}, Lambda's from {settings.get('SystemLogLevel', 'INFO')}")


def log_group(groups: Sequence[Answer], name: str) -> Finding:
    """Judge the log group of that name, among those whose names begin so."""
    found = next((each for each in groups if each["logGroupName"] == name), None)
    if found is None:
        return wrong(f"{name} is gone: nothing is logged", "deploy the stack again")
    if "retentionInDays" not in found:
        return wrong(f"{name} is kept for ever", "deploy the stack again")
    return right(f"{name} is kept for {found['retentionInDays']} days")


def access_log(stage: Answer) -> Finding:
    """Judge whether the HTTP API writes down whom it answered how."""
    target = stage.get("AccessLogSettings", {}).get("DestinationArn")
    if not target:
        return wrong("none: a request that never reaches the function leaves no trace", "deploy the stack again")
    return right(f"to {target}")
