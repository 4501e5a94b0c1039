"""Goal: wherever a run that forgets is killed, the books balance, and the same command ends it.

Method: let the command die before each of its writes, and after each, from the same tables every time; ask the auditor,
run the command again, and compare with a run that nothing stopped.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.client import BaseClient

from cloud import client
from coupon_desk import CALLS, remembered
from forget_desk import ACTIVITY, USER, ForgetDesk, a_forget_desk
from tombola.rules.order import NO_ADDRESS

WRITES = frozenset({"TransactWriteItems", "UpdateItem", "DeleteItem", "PutItem"})
DRAWS = 7  # of which some are handed over, one is parked, and the others are given up


class KilledError(BaseException):
    """The command's process died here; nothing in it may catch this."""


@dataclass
class Killer:
    """Counts writes, and kills at one of them: before it is made, or after."""

    at: int | None = None
    after: bool = False
    writes: int = 0

    def call(self, original: Any, made_by: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if operation not in WRITES:
            return original(made_by, operation, arguments)
        here, self.writes = self.writes == self.at, self.writes + 1
        if here and not self.after:
            raise KilledError
        answer = original(made_by, operation, arguments)
        if here:
            raise KilledError
        return answer


@contextmanager
def at_work(killer: Killer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(
            BaseClient, "_make_api_call", lambda made_by, name, given: killer.call(original, made_by, name, given)
        )
        yield


@dataclass(frozen=True)
class Tables:
    """What both tables hold, to begin again from."""

    items: list[Any]
    calls: list[Any]

    def restore(self, desk: ForgetDesk) -> None:
        dynamodb, table = client("dynamodb"), desk.stack.table_name
        now = desk.items()
        for item in now:
            if item not in self.items:
                dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
        for item in self.items:
            if item not in now:
                dynamodb.put_item(TableName=table, Item=item)
        for item in self.calls:
            dynamodb.put_item(TableName=CALLS, Item=item)


def play(desk: ForgetDesk) -> Tables:
    desk.draw(USER, DRAWS)
    desk.cloud.deliver()
    desk.give_addresses(USER)
    desk.export()
    desk.draw(USER, 2, key="late")
    late = next(
        order for order in desk.orders(USER) if order.award and order.grant_state == 0 and order.lane != NO_ADDRESS
    )
    assert desk.cloud.ledger.park(late, "the provider is down", desk.cloud.now)
    desk.close()
    assert desk.audit().breaches == ()
    return Tables(desk.items(), remembered())


def forget(desk: ForgetDesk, killer: Killer, monkeypatch: pytest.MonkeyPatch) -> None:
    chances = iter(range(10_000))
    with monkeypatch.context() as patch, at_work(killer, monkeypatch):
        patch.setattr("secrets.token_hex", lambda _: f"{killer.at}-{killer.after}-{next(chances)}")
        try:
            desk.forget(USER, "--give-up", "--not-issued")
        except KilledError:
            return


def what_is_left(desk: ForgetDesk) -> list[Any]:
    """Return the items, but for what chance and the number of a line of the log decide."""
    tombstones = Counter(
        tuple(sorted((name, *value.items()) for name, value in item.items() if name != "sk"))
        for item in desk.tombstones()
    )
    others = [item for item in desk.items() if not item["pk"]["S"].startswith(("FORGOTTEN#", f"ACTIVITY#{ACTIVITY}"))]
    return [sorted(others, key=lambda item: (item["pk"]["S"], item["sk"]["S"])), tombstones, remembered()]


def test_wherever_a_run_is_killed_the_books_balance_and_the_next_run_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_forget_desk(monkeypatch) as desk:
        tables, never = play(desk), Killer()
        forget(desk, never, monkeypatch)
        assert desk.audit().breaches == ()
        expected = what_is_left(desk)
        assert USER not in desk.dump()
        assert never.writes == DRAWS + 2 + 2  # each order, and the mark and the end of the quota

        for at in range(never.writes):
            for after in (False, True):
                tables.restore(desk)
                forget(desk, Killer(at, after), monkeypatch)
                assert desk.audit().breaches == (), f"killed {'after' if after else 'before'} write {at}"
                forget(desk, Killer(), monkeypatch)
                assert what_is_left(desk) == expected
                assert desk.audit().breaches == ()
