"""A client of AWS that tries once, for answers that a stub gives, and the answer of a batch read."""

from typing import Any

import boto3
from botocore.config import Config

ONE_TRY = Config(retries={"total_max_attempts": 1})
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def a_client(service: str) -> Any:
    return boto3.client(service, "us-east-1", config=ONE_TRY, **KEYS)  # type: ignore[call-overload]


def a_batch(found: list[Any], unread: list[Any]) -> dict[str, Any]:
    unprocessed = {"table": {"Keys": unread, "ConsistentRead": True}} if unread else {}
    return {"Responses": {"table": found}, "UnprocessedKeys": unprocessed}
