"""The three ledgers that keep one contract: the in-memory twin, and DynamoDB on two emulators."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from moto import mock_aws

from fakes import MemoryLedger
from tables import TableLedger

MOTO = "moto"
THREADS = 32


@pytest.fixture(params=["memory", MOTO, "ministack"])
def ledger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryLedger | TableLedger]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    if request.param == "memory":
        yield MemoryLedger()
    elif request.param == MOTO:
        with mock_aws():
            yield TableLedger(boto3.client("dynamodb"))
    else:
        endpoint_url = request.getfixturevalue("emulator").endpoint_url
        yield TableLedger(boto3.client("dynamodb", endpoint_url=endpoint_url))


@pytest.fixture
def crowd(request: pytest.FixtureRequest, ledger: MemoryLedger | TableLedger) -> Iterator[ThreadPoolExecutor]:
    """Many who come at once; one after the other on moto, whose transactions are not safe on threads."""
    with ThreadPoolExecutor(1 if request.node.callspec.params["ledger"] == MOTO else THREADS) as threads:
        yield threads
