"""An import that ends again and again while many users get codes: each code has one winner, and none is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, an_award, an_order
from conflicts import Clock, PlayedStack
from emulated_aws import dynamodb_at, dynamodb_url
from tables import TableLedger
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.code_prizes import CodePrizes
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Failed, Grant, Granted
from tombola_cli.operate import code_import
from tombola_cli.operate.code_counts import counted
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.import_record import Finding

POOL = "vouchers"
CODES = 600
USERS = 16
CLAIMS = 240  # codes that users get while the import runs
CALLS_A_RUN = 7
EMPTY_SECONDS = 0.01  # until an order is tried again that found no code yet
SECONDS_MAX = 60


class CrashError(Exception):
    """The process ends here."""


@dataclass
class Crashing:
    """A client whose process dies at its last call, after it has had its effect."""

    client: Any
    calls_max: int
    calls: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        if name not in ("put_item", "batch_write_item"):
            return method

        def called(**given: Any) -> Any:
            self.calls[name] += 1
            if self.calls.total() > self.calls_max:
                raise CrashError
            answer = method(**given)
            if self.calls.total() == self.calls_max:
                raise CrashError
            return answer

        return called


@dataclass
class Users:
    """Users who won codes of the pool, and whose orders distribution grants as soon as there are any."""

    table: TableLedger
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        pool: Any = DynamoCodePool(self.table.dynamodb, self.table.table)
        self.prizes = CodePrizes(pool=pool, low=0, tell_low=lambda *_: None)

    def get_codes(self, orders: Sequence[Order]) -> None:
        for order in orders:
            while not isinstance(self._grant(order), Granted):
                if self.ended.wait(EMPTY_SECONDS):
                    raise TimeoutError

    def _grant(self, order: Order) -> Grant:
        try:
            return self.prizes.grant(order, NOON)
        except BusyError as error:
            return Failed(str(error))


def orders_of_a_code(table: TableLedger) -> list[Order]:
    award = an_award("1", award_type=AwardType.CODE, award_content="", source=POOL)
    orders = [an_order(order_id, user_id=f"user-{order_id}", award=award) for order_id in range(CLAIMS)]
    for order in orders:
        table.put(order)
    return orders


def test_each_code_has_one_winner_and_none_is_lost_while_the_import_ends_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_import, "PART", 60)
    file = tmp_path / "codes.csv"
    file.write_text("".join(f"CODE-{number}\n" for number in range(CODES)))
    table = TableLedger(dynamodb_at(dynamodb_url()))
    users, orders, ends, result = Users(table), orders_of_a_code(table), 0, None

    with ThreadPoolExecutor(USERS) as crowd:
        grants = [crowd.submit(users.get_codes, orders[user::USERS]) for user in range(USERS)]
        try:
            while result is None and ends < CODES:
                client = Crashing(table.dynamodb, CALLS_A_RUN)
                stack = PlayedStack.of(Clock(), {"dynamodb": client}, table_name=table.table)
                try:
                    result = import_codes(file, POOL, stack, NOON)
                except CrashError:
                    ends += 1
            for grant in grants:
                grant.result(timeout=SECONDS_MAX)
        finally:
            users.ended.set()

    assert result is not None
    assert result.state.counts == {Finding.IMPORTED: CODES}
    assert ends > 5
    keys = [item["sk"]["S"].partition("#") for item in table.items() if item["pk"]["S"].startswith("CODES#")]
    free, used = ({code for state, _, code in keys if state == kind} for kind in ("FREE", "USED"))
    assert len(used) == CLAIMS
    assert {order.content for order in map(granted_in(table), orders)} == used
    assert free | used == {f"CODE-{number}" for number in range(CODES)}
    assert free & used == set()


def test_twenty_thousand_lines_of_which_some_stand_twice_are_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("".join(f"CODE-{number % 19_990}\n" for number in range(20_000)))
    table = TableLedger(dynamodb_at(dynamodb_url()))
    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)

    result = import_codes(file, POOL, stack, NOON)

    assert result.state.counts == {Finding.IMPORTED: 19_990, Finding.REPEATED: 10}
    assert [(each.line, each.because) for each in result.state.told] == [
        (19_991 + number, f"its code stands on line {1 + number} already") for number in range(10)
    ]
    assert counted(POOL, stack, NOON).free == 19_990


def granted_in(table: TableLedger) -> Callable[[Order], Order]:
    """Return a function that tells an order as it is now, which is granted."""

    def granted(order: Order) -> Order:
        found = table.order(order.user_id, order.order_id)
        assert found is not None
        assert found.grant_state is GrantState.GRANTED
        return found

    return granted
