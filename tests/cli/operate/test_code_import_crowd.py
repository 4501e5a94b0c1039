"""An import that ends again and again while many users get codes: each code has one winner, and none is lost."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import free_key, shard_pk, used_key
from tombola.aws.items import number, text
from tombola.rules.code_pool import POOL_SHARDS
from tombola_cli.operate import code_import
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.import_record import Finding
from tombola_cli.operate.stack import Place

POOL = "vouchers"
CODES = 600
USERS = 16
CLAIMS = 240  # codes that users get while the import runs
CHOICE = 50
CALLS_A_RUN = 7


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
    """Users who each get code after code, as long as there are free ones and until enough are handed over."""

    table: TableLedger
    winners: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)

    def get_codes(self, user: int) -> None:
        chance = Random(user)  # noqa: S311
        while self.winners.total() < CLAIMS and not self.ended.is_set():
            code = self._free(chance)
            if code is not None and self._claim(code, user):
                with self.lock:
                    self.winners[code] += 1

    def _free(self, chance: Random) -> str | None:
        found = self.table.dynamodb.query(
            TableName=self.table.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :free)",
            ExpressionAttributeValues={
                ":pk": text(shard_pk(POOL, chance.randrange(POOL_SHARDS))),
                ":free": text("FREE#"),
            },
            ConsistentRead=True,
            Limit=CHOICE,
        )["Items"]
        return chance.choice(found)["sk"]["S"].removeprefix("FREE#") if found else None

    def _claim(self, code: str, user: int) -> bool:
        used = used_key(POOL, code) | {"user_id": text(str(user)), "order_id": number(user)}
        delete = {"Key": free_key(POOL, code), "ConditionExpression": "attribute_exists(pk)"}
        put = {"Item": used, "ConditionExpression": "attribute_not_exists(pk)"}
        writes: Any = [
            {kind: {"TableName": self.table.table, **write}} for kind, write in (("Delete", delete), ("Put", put))
        ]
        try:
            self.table.dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "TransactionCanceledException"  # noqa: PT017 - the others do not come
            return False
        return True


def test_each_code_has_one_winner_and_none_is_lost_while_the_import_ends_and_goes_on(
    emulator: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_import, "PART", 60)
    file = tmp_path / "codes.csv"
    file.write_text("".join(f"CODE-{number}\n" for number in range(CODES)))
    table = TableLedger(emulator.client("dynamodb", USERS + code_import.THREADS))
    users, ends, result = Users(table), 0, None

    with ThreadPoolExecutor(USERS) as crowd:
        claims = [crowd.submit(users.get_codes, user) for user in range(USERS)]
        try:
            while result is None and ends < CODES:
                client = Crashing(table.dynamodb, CALLS_A_RUN)
                stack = PlayedStack.of(Clock(), {"dynamodb": client}, table_name=table.table)
                try:
                    result = import_codes(file, POOL, stack, NOON)
                except CrashError:
                    ends += 1
        except BaseException:
            users.ended.set()
            raise
        for claim in claims:
            claim.result()

    keys = [item["sk"]["S"].partition("#") for item in table.items() if item["pk"]["S"].startswith("CODES#")]
    free, used = ({code for state, _, code in keys if state == kind} for kind in ("FREE", "USED"))
    assert result is not None
    assert result.state.counts == {Finding.IMPORTED: CODES}
    assert ends > 5
    assert set(users.winners.values()) == {1}
    assert used == set(users.winners)
    assert len(used) >= CLAIMS
    assert free | used == {f"CODE-{number}" for number in range(CODES)}
    assert free & used == set()
