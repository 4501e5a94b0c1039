"""In-memory twins of the ports, with the same promises; tests/aws/test_ledger_contract.py holds them to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from builders import SEED
from tombola.aws.items import activity_item, number, order_item, quota_key, stock_key
from tombola.rules.activity import Activity, Share
from tombola.rules.invoice import invoice_json
from tombola.rules.order import (
    Due,
    MqState,
    Order,
    OrderKey,
    claimed,
    grant_failed,
    granted,
    is_waiting,
    parked,
    sending_failed,
    sent,
)
from tombola.rules.verdict import QuotaUsedUp, Recorded, Repeat, ShardEmpty, Verdict


@dataclass
class MemoryLedger:
    """Every ledger port over dictionaries; one lock is its transaction."""

    activities: dict[str, Activity] = field(default_factory=dict)
    orders_by_key: dict[OrderKey, Order] = field(default_factory=dict)
    taken: dict[tuple[str, str], int] = field(default_factory=dict)
    left: dict[tuple[str, str, int], int] = field(default_factory=dict)
    initial: dict[tuple[str, str, int], int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def activity(self, activity_id: str) -> Activity | None:
        return self.activities.get(activity_id)

    def apply(self, activity: Activity, stock: Mapping[tuple[str, int], int]) -> None:
        """Put activity, and units by award and shard."""
        self.activities[activity.activity_id] = activity
        for (award_id, shard), units in stock.items():
            self.initial[activity.activity_id, award_id, shard] = units
            self.left[activity.activity_id, award_id, shard] = units

    def put(self, order: Order) -> None:
        """Put order as it is, whatever was there."""
        self.orders_by_key[order.user_id, order.order_id] = order

    def order(self, user_id: str, order_id: int) -> Order | None:
        return self.orders_by_key.get((user_id, order_id))

    def record(self, order: Order, quota: int | None) -> Verdict:
        user, shard = (order.user_id, order.activity_id), _shard(order)
        with self.lock:
            recorded = self.order(order.user_id, order.order_id)
            if recorded is not None:
                return Repeat(recorded)
            if quota is not None and self.taken.get(user, 0) >= quota:
                return QuotaUsedUp()
            if shard is not None and self.left[shard] <= 0:
                return ShardEmpty()
            if quota is not None:
                self.taken[user] = self.taken.get(user, 0) + 1
            if shard is not None:
                self.left[shard] -= 1
            self.put(order)
            return Recorded(order)

    def stock_left(self, activity_id: str, shares: Sequence[Share]) -> dict[str, tuple[int, ...]]:
        return {
            share.award.award_id: tuple(self.left[activity_id, share.award.award_id, n] for n in range(share.shards))
            for share in shares
            if share.stock is not None
        }

    def orders(self, keys: Iterable[OrderKey]) -> dict[OrderKey, Order]:
        return {key: self.orders_by_key[key] for key in keys if key in self.orders_by_key}

    def mark_sent(self, order: Order, now: datetime) -> bool:
        return self._change(
            order,
            lambda found: is_waiting(found) and found.mq_state is not MqState.SENT,
            lambda found: sent(found, now),
        )

    def mark_failed(self, order: Order, now: datetime) -> bool:
        return self._change(
            order,
            lambda found: is_waiting(found) and found.mq_state is MqState.NOT_SENT and found.due_at == order.due_at,
            lambda found: sending_failed(found, now),
        )

    def grant(self, order: Order, now: datetime) -> bool:
        return self._change(order, is_waiting, lambda found: granted(found, now))

    def postpone(self, order: Order, until: datetime) -> bool:
        return self._change(
            order,
            lambda found: is_waiting(found) and found.failures == order.failures,
            lambda found: grant_failed(found, until),
        )

    def park(self, order: Order, because: str, now: datetime) -> bool:
        return self._change(
            order,
            lambda found: is_waiting(found) and found.due_at == order.due_at,
            lambda found: parked(found, because, now),
        )

    def claim(self, order: Order, until: datetime) -> Order | None:
        with self.lock:
            moved = self._change(
                order,
                lambda found: is_waiting(found) and found.due_at == order.due_at,
                lambda found: claimed(found, until),
            )
            return self.order(order.user_id, order.order_id) if moved else None

    def due(self, lane: str, until: datetime, limit: int) -> list[Due]:
        found = [
            Due(user_id=order.user_id, order_id=order.order_id, due_at=order.due_at)
            for order in list(self.orders_by_key.values())
            if order.lane == lane and order.due_at is not None and order.due_at <= until
        ]
        return sorted(found, key=lambda due: due.due_at)[:limit]

    def items(self) -> list[dict[str, Any]]:
        """Return everything as the table's items, for the auditor."""
        stock = [
            stock_key(*place) | {"initial": number(units), "left": number(self.left[place])}
            for place, units in self.initial.items()
        ]
        quotas = [quota_key(*user) | {"taken": number(draws)} for user, draws in self.taken.items()]
        orders = map(order_item, self.orders_by_key.values())
        return [*map(activity_item, self.activities.values()), *stock, *quotas, *orders]

    def _change(self, order: Order, allowed: Callable[[Order], bool], change: Callable[[Order], Order]) -> bool:
        with self.lock:
            found = self.order(order.user_id, order.order_id)
            if found is None or not allowed(found):
                return False
            self.put(change(found))
            return True


def _shard(order: Order) -> tuple[str, str, int] | None:
    if order.award is None or order.shard is None:
        return None
    return order.activity_id, order.award.award_id, order.shard


@dataclass
class MemoryOutbox:
    """A transport that is up or down; what it took lies in bodies until a test delivers it."""

    up: bool = True
    bodies: list[str] = field(default_factory=list)

    def publish(self, orders: Sequence[Order]) -> frozenset[int]:
        if not self.up:
            return frozenset()
        self.bodies += [invoice_json(order) for order in orders]
        return frozenset(order.order_id for order in orders)


@dataclass
class MemoryActivities:
    """Activities without a cache, seeds without a key; hints are what a test notes."""

    ledger: MemoryLedger
    hints: set[str] = field(default_factory=set)
    noted: list[str] = field(default_factory=list)

    def find(self, activity_id: str, now: datetime) -> Activity | None:
        return self.ledger.activity(activity_id)

    def seed(self, activity: Activity) -> bytes:
        return SEED

    def sold_out(self, activity: Activity, now: datetime) -> frozenset[str]:
        return frozenset(self.hints)

    def note_sold_out(self, activity: Activity, award_id: str, now: datetime) -> None:
        self.noted.append(award_id)


@dataclass
class Patience:
    """A deadline that is reached after so many pauses, or so many looks at the clock."""

    pauses: int = 3
    looks: int = 1_000_000

    def allows(self, seconds: float) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def pause(self, tries: int) -> bool:
        self.pauses -= 1
        return self.pauses >= 0
