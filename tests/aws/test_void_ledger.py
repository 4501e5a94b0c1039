"""Voiding among others: who writes to the log meanwhile, answers that are lost, and reasons that say nothing final."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from builders import NOON, SECOND, UNCOUNTED, an_act, an_activity, an_order
from conflicts import Clock
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.operator_ledger import OperatorLedger
from tombola.aws.void_ledger import OVERTAKEN_MAX
from tombola.rules.activity_life import logged
from tombola.rules.order import GrantState
from tombola.rules.problem import BusyError

ACT = an_act(at=NOON + SECOND, what="void")
ORDER = an_order(grant_state=GrantState.PARKED)
FAILED, CONFLICT = "ConditionalCheckFailed", "TransactionConflict"
NONE = "None"


class Interrupted:
    """A client at whose transactions something happens before they are sent, or after."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None
        self.sent = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.sent += 1
        self.before()
        answer = self.client.transact_write_items(**request)
        self.after()
        return answer


class Scene:
    """A parked order of which one unit is gone, and an operator's ledger whose client is interrupted."""

    def __init__(self) -> None:
        self.table, self.clock = TableLedger(boto3.client("dynamodb")), Clock()
        self.table.apply(an_activity(), {("3", 0): 5})
        self.table.record(ORDER, UNCOUNTED)
        self.client = Interrupted(self.table.dynamodb)
        client: Any = self.client
        self.ledger = OperatorLedger(client, self.table.table, lambda: self.clock.deadline_in(0.25))

    def books(self) -> tuple[GrantState, int, list[str]]:
        """Return the order's state, what is left in stock, and what the log says."""
        order = self.table.order("xiaofuge", 7)
        assert order is not None
        (left,) = self.table.stock_left("100001", {"3": 1})["3"]
        return order.grant_state, left, [entry.what for entry in self.table.log("100001", 0, 100)]

    def somebody_writes(self) -> None:
        activity = self.table.activity("100001")
        assert activity is not None
        assert self.table.write(activity, *logged(activity, activity, "apply", "bob", "", NOON, ["end: 1 → 2"]))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        yield Scene()


def once(what: Callable[[], object]) -> Callable[[], None]:
    """Return a function that does what only when it is called first."""
    left = [what]

    def do() -> None:
        if left:
            left.pop()()

    return do


def test_a_void_that_somebody_overtakes_who_writes_to_the_log_follows_on_him(scene: Scene) -> None:
    scene.client.before = once(scene.somebody_writes)

    assert scene.ledger.void(ORDER, ACT)

    assert scene.client.sent == 2
    assert scene.books() == (GrantState.VOID, 5, ["apply", "return"])
    first, second = scene.table.log("100001", 0, 9)
    assert second.before == first.digest


def test_a_void_that_is_overtaken_again_and_again_gives_up_and_has_changed_nothing(scene: Scene) -> None:
    scene.client.before = scene.somebody_writes

    with pytest.raises(BusyError, match="activity 100001: others wrote to its log at each of 20 tries"):
        scene.ledger.void(ORDER, ACT)

    assert scene.client.sent == OVERTAKEN_MAX
    state, left, log = scene.books()
    assert (state, left, "return" in log) == (GrantState.PARKED, 4, False)


def test_a_void_whose_answer_is_lost_is_asked_for_again_and_was_made(scene: Scene) -> None:
    def lose() -> None:
        raise ConnectionClosedError(endpoint_url="https://dynamodb")

    scene.client.after = once(lose)
    with pytest.raises(BusyError):
        scene.ledger.void(ORDER, ACT)

    assert scene.ledger.void(ORDER, ACT)

    assert scene.client.sent == 2
    assert scene.books() == (GrantState.VOID, 5, ["return"])


def test_a_void_that_a_grant_overtakes_is_told_so(scene: Scene) -> None:
    scene.client.before = once(lambda: scene.table.grant(ORDER, NOON))

    assert not scene.ledger.void(ORDER, ACT)

    assert scene.books() == (GrantState.GRANTED, 4, [])


@pytest.mark.parametrize(
    "codes",
    [
        {"order": CONFLICT, "stock": FAILED, "log": NONE, "entry": NONE},
        {"order": CONFLICT, "stock": FAILED, "log": FAILED, "entry": NONE},
        {"order": NONE, "stock": FAILED, "log": CONFLICT, "entry": NONE},
        {"order": NONE, "stock": NONE, "log": NONE, "entry": FAILED},
        {"order": NONE, "stock": CONFLICT, "log": FAILED, "entry": NONE},
    ],
    ids=lambda codes: " ".join(name for name, code in codes.items() if code != NONE),
)
def test_reasons_that_say_nothing_final_are_looked_at_again(scene: Scene, codes: dict[str, str]) -> None:
    def refuse() -> None:
        reasons = [{"Code": code} for code in codes.values()]
        error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactWriteItems")

    scene.client.before = once(refuse)

    assert scene.ledger.void(ORDER, ACT)

    assert scene.client.sent == 2
    assert scene.books() == (GrantState.VOID, 5, ["return"])


def test_a_conflict_that_does_not_end_is_busy_and_has_changed_nothing(scene: Scene) -> None:
    def refuse() -> None:
        reasons = [{"Code": CONFLICT}, {"Code": NONE}, {"Code": "ThrottlingError"}, {"Code": NONE}]
        error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactWriteItems")

    scene.client.before = refuse

    with pytest.raises(BusyError, match="held by other transactions"):
        scene.ledger.void(ORDER, ACT)
    assert scene.books() == (GrantState.PARKED, 4, [])


def test_what_is_wrong_with_the_request_is_no_refusal(scene: Scene) -> None:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems")

    scene.client.before = refuse

    with pytest.raises(ClientError, match="AccessDenied"):
        scene.ledger.void(ORDER, ACT)
