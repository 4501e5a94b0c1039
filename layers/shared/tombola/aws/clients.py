"""AWS clients with bounded waits, so that a function says what happened before its own time is over."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_sqs import SQSClient

# parameter_validation costs a third of a call's CPU, and the adapters' tests check every shape.
_LEDGER = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
    parameter_validation=False,
    max_pool_connections=32,
)
# One attempt: whatever is not sent at once is sent by compensation.
_TRANSPORT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    parameter_validation=False,
)


def dynamodb_client() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_LEDGER)


def sqs_client() -> "SQSClient":
    return boto3.client("sqs", config=_TRANSPORT)


def kms_client() -> "KMSClient":
    return boto3.client("kms", config=_LEDGER)
