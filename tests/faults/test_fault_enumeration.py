"""Goal: no single fault, at any AWS call of the three functions, breaks a promise.

Method: run a small campaign on the real handlers and adapters; at call 1, 2, 3 … inject each kind of fault once,
with clients that retry and with clients that give up; let time pass until the books are quiet; ask the auditor.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from builders import a_share
from cloud import Cloud, a_cloud
from tombola.rules.problem import BusyError

REQUESTS = [("k1", "u1"), ("k1", "u1"), ("k2", "u1"), ("k3", "u1"), ("k4", "u2"), ("k5", "u3")]
QUOTA = 2  # so that u1's third key is refused
UNITS = {"1": 2, "2": 1}  # so that the last draw finds everything sold out
CLIENT_TRIES_MAX = 3
ROUNDS_MAX = 12
ROUND = timedelta(minutes=20)  # longer than every wait in play

CALLS = {
    "BatchGetItem",
    "Decrypt",
    "GetItem",
    "Query",
    "SendMessageBatch",
    "TransactWriteItems",
    "UpdateItem",
}
MAPPING_CALLS = {"ReceiveMessage", "DeleteMessage"}  # made by the event source mapping, which the test plays
WRITES = {"TransactWriteItems", "UpdateItem"}


class Fault(StrEnum):
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    TIMEOUT_WITH_EFFECT = "timeout with effect"
    THROTTLE = "throttle"
    CONFLICT = "conflict"


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@dataclass
class Saboteur:
    """Counts the functions' AWS calls, and spoils one of them."""

    fault: Fault | None = None
    at: int = 0
    calls: list[str] = field(default_factory=list)
    active: bool = False

    def call(self, original: Any, client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if not self.active or operation in MAPPING_CALLS:
            return original(client, operation, arguments)
        self.calls.append(operation)
        if self.fault is None or len(self.calls) != self.at:
            return original(client, operation, arguments)
        self.spoil_before(operation, arguments)
        answer = original(client, operation, arguments)
        if self.fault is Fault.CRASH_AFTER:
            raise KilledError
        if self.fault is Fault.TIMEOUT_WITH_EFFECT:
            raise ReadTimeoutError(endpoint_url="https://aws.example")
        return answer

    def spoil_before(self, operation: str, arguments: dict[str, Any]) -> None:
        if self.fault is Fault.CRASH_BEFORE:
            raise KilledError
        if self.fault is Fault.THROTTLE:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)
        if self.fault is Fault.CONFLICT and operation == "UpdateItem":
            raise ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, operation)
        if self.fault is Fault.CONFLICT and operation == "TransactWriteItems":
            others = [{"Code": "None"}] * (len(arguments["TransactItems"]) - 1)
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [*others, {"Code": "TransactionConflict"}],
            }
            raise ClientError(answer, operation)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count and spoil what is called within; a function that dies takes only its invocation with it."""
        self.active = True
        try:
            yield
        except (KilledError, BusyError):
            return
        finally:
            self.active = False


def play(cloud: Cloud, saboteur: Saboteur, tries_max: int) -> None:
    """Draw everything, deliver, and let time pass until nothing is waiting."""
    for key, user_id in REQUESTS:
        for _ in range(tries_max):
            status = 500
            with saboteur.watching():
                status, _body = cloud.draw(key, user_id)
            if status < 500:
                break
    for _ in range(ROUNDS_MAX):
        with saboteur.watching():
            cloud.deliver()
        cloud.now += ROUND
        with saboteur.watching():
            cloud.compensate()
        if cloud.audit().waiting == 0 and not cloud.messages():
            return


def shares() -> list[Any]:
    return [a_share(award_id, weight=500_000, stock=units) for award_id, units in UNITS.items()]


def calls_without_faults(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    saboteur = Saboteur()
    with a_cloud(monkeypatch, *shares(), quota=QUOTA) as cloud, sabotaged(saboteur, monkeypatch):
        play(cloud, saboteur, 1)
        verdict = cloud.audit()
        assert verdict.balanced
        assert (verdict.won, verdict.lost, verdict.granted) == (3, 1, 3)
    return saboteur.calls


@contextmanager
def sabotaged(saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(
            BaseClient, "_make_api_call", lambda client, name, given: saboteur.call(original, client, name, given)
        )
        yield


def test_every_call_of_the_functions_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(calls_without_faults(monkeypatch)) == CALLS


@pytest.mark.parametrize("tries_max", [CLIENT_TRIES_MAX, 1], ids=["clients retry", "clients give up"])
@pytest.mark.parametrize("fault", list(Fault))
def test_no_single_fault_breaks_a_promise(monkeypatch: pytest.MonkeyPatch, fault: Fault, tries_max: int) -> None:
    spoiled: Counter[str] = Counter()
    for at, operation in enumerate(calls_without_faults(monkeypatch), start=1):
        if fault is Fault.CONFLICT and operation not in WRITES:
            continue
        saboteur = Saboteur(fault, at)
        with a_cloud(monkeypatch, *shares(), quota=QUOTA) as cloud, sabotaged(saboteur, monkeypatch):
            play(cloud, saboteur, tries_max)
            verdict = cloud.audit()
            where = f"{fault} at call {at}, {operation}"
            assert verdict.breaches == (), where
            assert (verdict.waiting, verdict.parked, len(cloud.messages())) == (0, 0, 0), where
            if tries_max > 1:
                assert (verdict.won, verdict.lost) == (3, 1), where
        spoiled[saboteur.calls[at - 1]] += 1
    assert set(spoiled) == (WRITES if fault is Fault.CONFLICT else CALLS)
