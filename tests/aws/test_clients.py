"""Clients: no call takes longer than the time that is kept for it."""

from collections.abc import Callable
from typing import Any

import pytest

from tombola.aws.clients import dynamodb_client, kms_client, sqs_client
from tombola.aws.clock import CONFLICT_SECONDS
from tombola.flows.tell import CALL_SECONDS, PUBLISH_SECONDS


@pytest.mark.parametrize(
    ("make", "seconds"),
    [
        (dynamodb_client, CALL_SECONDS - CONFLICT_SECONDS),  # conflicts may come first
        (kms_client, CALL_SECONDS),
        (sqs_client, PUBLISH_SECONDS),
    ],
    ids=["ledger", "seeds", "transport"],
)
def test_no_call_takes_longer_than_the_time_that_is_kept_for_it(
    make: Callable[[], Any], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")

    config = make().meta.config

    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] < seconds
