"""Goal: no single fault, at any AWS call of the three functions, breaks a promise.

Method: run a small campaign on the real handlers and adapters; at call 1, 2, 3 … inject each kind of fault once,
with clients that retry and with clients that give up; let time pass until the books are quiet; ask the auditor.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from builders import a_share
from cloud import FAILURES_MAX, Cloud, a_cloud
from tombola.rules.problem import BusyError
from tombola_cli.snapshot import read_orders

REQUESTS = [("k1", "u1"), ("k1", "u1"), ("k2", "u1"), ("k3", "u1"), ("k4", "u2"), ("k5", "u3")]
UNSENT, HOPELESS = "k2", "k4"  # one cannot be sent, the grant of the other has failed too often
QUOTA = 2  # so that u1's third key is refused
UNITS = {"1": 2, "2": 1}  # so that the last draw finds everything sold out
CLIENT_TRIES_MAX = 3
ROUNDS_MAX = 12
ROUND = timedelta(minutes=20)  # longer than every wait in play

CALLS = {
    ("draw", "Decrypt"),
    ("draw", "GetItem"),
    ("draw", "TransactWriteItems"),
    ("draw", "BatchGetItem"),
    ("draw", "SendMessageBatch"),
    ("draw", "UpdateItem"),
    ("distribute", "BatchGetItem"),
    ("distribute", "UpdateItem"),
    ("compensate", "Query"),
    ("compensate", "BatchGetItem"),
    ("compensate", "UpdateItem"),
    ("compensate", "SendMessageBatch"),
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
    calls: list[tuple[str, str]] = field(default_factory=list)  # function and operation
    function: str = ""

    def call(self, original: Any, client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if not self.function or operation in MAPPING_CALLS:
            return original(client, operation, arguments)
        self.calls.append((self.function, operation))
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
    def watching(self, function: str) -> Iterator[None]:
        """Count and spoil what is called within; a function that dies takes only its invocation with it."""
        self.function = function
        try:
            yield
        except (KilledError, BusyError):
            return
        finally:
            self.function = ""


def play(cloud: Cloud, saboteur: Saboteur, tries_max: int) -> None:
    """Draw everything, with work for compensation of each kind, and let time pass until nothing is waiting."""
    for key, user_id in REQUESTS:
        if key == UNSENT:
            cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)
        for _ in range(tries_max):
            status = 500
            with saboteur.watching("draw"):
                status, _body = cloud.draw(key, user_id)
            if status < 500:
                break
        if key == UNSENT:
            cloud.sqs.create_queue(QueueName="invoices")
    cloud.sqs.purge_queue(QueueUrl=cloud.queue_url)  # what was sent is lost
    fail_too_often(cloud, HOPELESS)
    for _ in range(ROUNDS_MAX):
        cloud.now += ROUND
        with saboteur.watching("compensate"):
            cloud.compensate()
        with saboteur.watching("distribute"):
            cloud.deliver()
        if cloud.audit().waiting == 0 and not cloud.messages():
            return


def fail_too_often(cloud: Cloud, key: str) -> None:
    """Let the grant of this draw, if it was made, have failed as often as is allowed."""
    for order in read_orders(cloud.ledger.dynamodb, cloud.ledger.table):
        if order.idempotency_key == key and order.award is not None:
            cloud.ledger.put(replace(order, failures=FAILURES_MAX))


def shares() -> list[Any]:
    return [a_share(award_id, weight=500_000, stock=units) for award_id, units in UNITS.items()]


def calls_without_faults(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    saboteur = Saboteur()
    with a_cloud(monkeypatch, *shares(), quota=QUOTA) as cloud, sabotaged(saboteur, monkeypatch):
        play(cloud, saboteur, 1)
        verdict = cloud.audit()
        assert verdict.balanced
        assert (verdict.won, verdict.lost, verdict.granted, verdict.parked) == (3, 1, 2, 1)
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
    spoiled: set[tuple[str, str]] = set()
    for at, (function, operation) in enumerate(calls_without_faults(monkeypatch), start=1):
        if fault is Fault.CONFLICT and operation not in WRITES:
            continue
        saboteur = Saboteur(fault, at)
        with a_cloud(monkeypatch, *shares(), quota=QUOTA) as cloud, sabotaged(saboteur, monkeypatch):
            play(cloud, saboteur, tries_max)
            verdict = cloud.audit()
            where = f"{fault} at call {at}, {operation} of {function}"
            assert verdict.breaches == (), where
            assert (verdict.waiting, len(cloud.messages())) == (0, 0), where
            assert verdict.parked <= 1, where
            if tries_max > 1:
                assert (verdict.won, verdict.lost, verdict.parked) == (3, 1, 1), where
        spoiled.add(saboteur.calls[at - 1])
    assert spoiled == {call for call in CALLS if fault is not Fault.CONFLICT or call[1] in WRITES}
