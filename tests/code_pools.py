"""The pools of codes of a ledger of the tests: an in-memory twin, and DynamoDB's, with steps to set a scene."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from builders import an_award, an_order
from fakes import MemoryLedger
from tables import TableLedger
from tombola.aws.code_items import FREE, USED, code_of, free_item, used_key
from tombola.aws.code_ledger import DynamoCodePool
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import CHOICES, Choices, Taken, may_be_handed_over, shard_of_code
from tombola.rules.order import Order, OrderKey

POOL = "vouchers"


def an_order_of_a_code(order_id: int = 7, **changes: Any) -> Order:
    award = an_award(award_type=AwardType.CODE, award_content="", source=POOL)
    return an_order(order_id, **{"award": award, "shard": None, **changes})


@dataclass
class MemoryCodePool:
    """The port over dictionaries; its ledger's lock is its transaction."""

    ledger: MemoryLedger
    free: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    used: dict[tuple[str, str], OrderKey] = field(default_factory=dict)

    def choices(self, pool: str, shard: int, now: datetime) -> Choices:
        with self.ledger.lock:
            good = [
                code
                for (name, code), expires_at in sorted(self.free.items(), key=lambda item: item[0])
                if name == pool and shard_of_code(code) == shard and may_be_handed_over(expires_at, now)
            ]
        return Choices(tuple(good[:CHOICES]), whole=len(good) <= CHOICES)

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken:
        key = pool, code
        with self.ledger.lock:
            before = self.ledger.order(order.user_id, order.order_id)
            if not self.ledger.grant_with(order, code, now):
                return Taken.MOVED_ON
            if key in self.used or key not in self.free:
                assert before is not None
                self.ledger.put(before)
                if key in self.used:
                    self.free.pop(key, None)
                return Taken.GONE
            del self.free[key]
            self.used[key] = order.user_id, order.order_id
            return Taken.GRANTED


Pool = MemoryCodePool | DynamoCodePool


def pool_of(ledger: MemoryLedger | TableLedger) -> Pool:
    return MemoryCodePool(ledger) if isinstance(ledger, MemoryLedger) else DynamoCodePool(ledger.dynamodb, ledger.table)


def fill(pool: Pool, codes: Iterable[str], expires_at: datetime | None = None, name: str = POOL) -> None:
    """Put codes into a pool as an import does, used ones too."""
    for code in codes:
        if isinstance(pool, MemoryCodePool):
            pool.free[name, code] = expires_at
        else:
            pool._dynamodb.put_item(TableName=pool._table, Item=free_item(name, code, expires_at))


def free_in(pool: Pool, name: str = POOL) -> set[str]:
    if isinstance(pool, MemoryCodePool):
        return {code for named, code in pool.free if named == name}
    return {code_of(item) for item in _items(pool, name) if item["sk"]["S"].startswith(FREE)}


def used_in(pool: Pool, name: str = POOL) -> dict[str, OrderKey]:
    """Return whose each used code is."""
    if isinstance(pool, MemoryCodePool):
        return {code: key for (named, code), key in pool.used.items() if named == name}
    used = [item for item in _items(pool, name) if item["sk"]["S"].startswith(USED)]
    for item in used:
        assert used_key(name, code_of(item)) == {"pk": item["pk"], "sk": item["sk"]}
    return {code_of(item): (item["user_id"]["S"], int(item["order_id"]["N"])) for item in used}


def _items(pool: DynamoCodePool, name: str) -> list[dict[str, Any]]:
    pages = pool._dynamodb.get_paginator("scan").paginate(TableName=pool._table, ConsistentRead=True)
    prefix = f"CODES#{name}#"
    return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(prefix)]
