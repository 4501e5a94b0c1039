"""AWS clients with bounded waits, so that a function says what happened before its own time is over."""

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
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
# One attempt: compensation sends an unsent invoice, and a worker not started now is started in a minute.
_TRANSPORT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    parameter_validation=False,
)


# botocore makes the same clients as boto3 does, and a cold start is a tenth shorter without boto3 around it.
_session = get_session()


def dynamodb_client() -> "DynamoDBClient":
    return cast("DynamoDBClient", _session.create_client("dynamodb", config=_LEDGER))


def sqs_client() -> "SQSClient":
    return cast("SQSClient", _session.create_client("sqs", config=_TRANSPORT))


@cache
def lambda_client() -> "LambdaClient":
    return cast("LambdaClient", _session.create_client("lambda", config=_TRANSPORT))


def kms_client() -> "KMSClient":
    return cast("KMSClient", _session.create_client("kms", config=_LEDGER))


@cache
def broker_secret_client() -> "SecretsManagerClient":
    """Return a client for the password of Kafka's brokers, which is read in the time of sending."""
    return cast("SecretsManagerClient", _session.create_client("secretsmanager", config=_TRANSPORT))


@cache
def secretsmanager_client() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", _session.create_client("secretsmanager", config=_LEDGER))
