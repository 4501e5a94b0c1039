"""The three ledgers that keep one contract: the in-memory twin, and DynamoDB as two emulators know it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes import MemoryLedger
from tables import TableLedger

THREADS = 32


@pytest.fixture(params=["memory", "ministack", "dynoxide"])
def ledger(request: pytest.FixtureRequest) -> MemoryLedger | TableLedger:
    if request.param == "memory":
        return MemoryLedger()
    return TableLedger(request.getfixturevalue(f"{request.param}_dynamodb"))


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Many who come at once."""
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads
