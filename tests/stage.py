"""One activity on the in-memory twins, to draw from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from builders import NOON, SEED, WAITS, a_request, an_activity
from fakes import MemoryActivities, MemoryLedger, MemoryOutbox, Patience
from tombola.flows.draw import DrawPorts, draw
from tombola.rules.activity import CAP, Activity
from tombola.rules.choice import choose
from tombola.rules.order import Order
from tombola.rules.problem import Problem
from tombola.rules.quota import TAKEN, Count
from tombola.rules.request import DrawRequest
from tombola.rules.stock import shard_of
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Drawn, Verdict

KEYS_MAX = 10_000  # that a search for a ticket may try


@dataclass
class WatchedLedger(MemoryLedger):
    """Keeps what a draw asked of it; raises a user's count before those tries to record that race says."""

    asked: list[Any] = field(default_factory=list)
    race: range = range(0)

    def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
        self.asked.append("counters")
        return super().counters(user_id, activity_id)

    def order_and_counters(self, user_id: str, order_id: int, activity_id: str) -> tuple[Order | None, dict[str, int]]:
        self.asked.append("order and counters")
        return super().order_and_counters(user_id, order_id, activity_id)

    def stock_left(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        self.asked.append(set(shards))
        return super().stock_left(activity_id, shards)

    def record(self, order: Order, count: Count) -> Verdict:
        if self.asked.count("record") in self.race:
            counted = self.counted.setdefault((order.user_id, order.activity_id), {})
            counted[TAKEN] = counted.get(TAKEN, 0) + 1
        self.asked.append("record")
        return super().record(order, count)


@dataclass
class Stage:
    """All the units of an award, and of the cap, lie in shard 0: who draws must find them."""

    activity: Activity = field(default_factory=an_activity)
    ledger: WatchedLedger = field(default_factory=WatchedLedger)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    patience: Patience = field(default_factory=Patience)
    hints: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        units = {share.award.award_id: share.stock or 0 for share in self.activity.shares}
        if self.activity.cap is not None:
            units[CAP] = self.activity.cap.limit
        shards = self.activity.shards.items()
        stock = {(name, shard): 0 if shard else units[name] for name, count in shards for shard in range(count)}
        self.ledger.apply(self.activity, stock)
        self.activities = MemoryActivities(self.ledger, self.hints)

    def draw(self, request: DrawRequest, now: datetime = NOON) -> Drawn | Problem:
        world = DrawPorts(activities=self.activities, ledger=self.ledger, outbox=self.outbox, waits=WAITS)
        return draw(request, world, self.patience, now)

    def drawn(self, request: DrawRequest, now: datetime = NOON) -> Order:
        result = self.draw(request, now)
        assert isinstance(result, Drawn)
        return result.order

    def draws(self, times: int) -> list[Order]:
        """Return what so many draws of one user came to."""
        return [self.drawn(a_request(f"key-{number}")) for number in range(times)]

    def refused(self, request: DrawRequest, now: datetime = NOON) -> Problem:
        result = self.draw(request, now)
        assert isinstance(result, Problem)
        return result

    def recorded(self, order: Order) -> Order | None:
        return self.ledger.order(order.user_id, order.order_id)

    def key_that_wins(self, award_id: str | None, *excluded: str) -> str:
        """Return a key whose first ticket wins that award, or None, while others are excluded."""
        for key in (f"key-{number}" for number in range(KEYS_MAX)):
            order_id = order_id_of(self.activity.activity_id, "xiaofuge", key)
            share = choose(self.activity, SEED, order_id, "xiaofuge", 0, frozenset(excluded))
            if (share and share.award.award_id) == award_id:
                return key
        raise AssertionError(f"no key of {KEYS_MAX} wins {award_id}")

    def shard(self, key: str, stock: str) -> int:
        """Return the shard of stock that a draw under key goes to by itself."""
        order_id = order_id_of(self.activity.activity_id, "xiaofuge", key)
        return shard_of(SEED, order_id, stock, self.activity.shards[stock])
