"""The log lines of a stack's functions, from CloudWatch Logs, in order of time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tombola_cli.operate.emulated_answers import log_event_id
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

FOLLOW_SECONDS = 1.0
FOLLOW_POLLS_MAX = 24 * 60 * 60  # a day
PAGES_MAX = 100  # of up to 10,000 lines each
LATE_MS = 10_000  # lines may arrive this much later than their time says


def lines(
    stack: Stack, function: Function | None, minutes: float, *, follow: bool
) -> Iterator[tuple[datetime, str, str]]:
    """Yield time, function and message of the lines of the last minutes, and with follow those to come."""
    client: CloudWatchLogsClient = stack.client("logs")
    chosen = [function] if function else list(Function)
    start = _now_ms() - int(minutes * 60_000)
    seen: set[str] = set()
    for _ in range(FOLLOW_POLLS_MAX if follow else 1):
        events = [
            (event["timestamp"], name, event)
            for name in chosen
            for event in _events(client, log_group(stack, name), start)
            if log_event_id(event) not in seen
        ]
        yield from (_entry(name, event) for _, name, event in sorted(events, key=lambda found: found[0]))
        seen |= {log_event_id(event) for _, _, event in events}
        if follow:
            start = max(start, _now_ms() - LATE_MS)
            time.sleep(FOLLOW_SECONDS)


def log_group(stack: Stack, function: Function) -> str:
    return f"/aws/lambda/{getattr(stack, f'{function}_function')}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _events(client: "CloudWatchLogsClient", group: str, start: int) -> Iterator["FilteredLogEventTypeDef"]:
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=start, PaginationConfig={"MaxItems": PAGES_MAX * 10_000}
    )
    for page in pages:
        yield from page["events"]


def _entry(function: str, event: "FilteredLogEventTypeDef") -> tuple[datetime, str, str]:
    return datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(function), event["message"].rstrip()
