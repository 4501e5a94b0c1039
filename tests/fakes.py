"""In-memory twins of the ports, with the same promises; tests/aws/test_ledger_contract.py holds them to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from threading import RLock
from typing import Any

from builders import SEED
from tombola.aws.activity_items import activity_item, activity_key, entry_item, tree_item
from tombola.aws.address_items import address_map
from tombola.aws.items import milliseconds, number, order_item, order_key, quota_key, stock_key
from tombola.aws.shipment_items import decode_shipment, item_of, shipment_item
from tombola.rules.activity import CAP, Activity
from tombola.rules.activity_life import moved, stock_returned
from tombola.rules.activity_states import Action
from tombola.rules.due import ACTIVITIES, LanePage, Standing
from tombola.rules.invoice import invoice_json
from tombola.rules.log import Entry
from tombola.rules.order import DEADLINES, LANES, Act, Order, OrderKey, due_when_retried
from tombola.rules.order_life import (
    ACCEPT,
    BEGIN,
    CHANGE_ADDRESS,
    CLAIM,
    GIVE_ADDRESS,
    GRANT,
    GRANT_SHIPMENT,
    GRANT_WITH,
    HOLD,
    LAPSE,
    LEAVE,
    MARK_FAILED,
    MARK_SENT,
    MISS,
    PARK,
    POSTPONE,
    RELEASE,
    RETRY,
    RETRY_UNCLAIMED,
    UNBEGIN,
    UNCLAIM,
    VOID,
    Change,
    Said,
    allows,
    changed,
)
from tombola.rules.quota import TAKEN, Count, used_up
from tombola.rules.shipment import Shipment
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.tree import Tree
from tombola.rules.unreadable import UNREADABLE, Aside, Unreadable, why_misplaced
from tombola.rules.verdict import (
    CapShardEmpty,
    CountMoved,
    QuotaUsedUp,
    Recorded,
    Repeat,
    Sent,
    ShardEmpty,
    Verdict,
)
from tombola.rules.window import due_at

FOR_EVER = datetime(8999, 1, 1, tzinfo=UTC)
Key = tuple[str, str]  # pk, sk


@dataclass
class MemoryLedger:
    """Every ledger port over dictionaries; one lock is its transaction."""

    activities: dict[str, Activity] = field(default_factory=dict)
    logs: dict[str, list[Entry]] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    orders_by_key: dict[OrderKey, Order] = field(default_factory=dict)
    counted: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    left: dict[tuple[str, str, int], int] = field(default_factory=dict)
    initial: dict[tuple[str, str, int], int] = field(default_factory=dict)
    damage: dict[Key, str] = field(default_factory=dict)  # why an item cannot be read
    due_in_index: dict[Key, datetime] = field(default_factory=dict)  # of activities that stand at another time
    shipments: dict[OrderKey, dict[str, Any]] = field(default_factory=dict)  # of parcels that have not left, as items
    left_shipments: dict[OrderKey, dict[str, Any]] = field(default_factory=dict)
    aside: dict[Key, tuple[Standing, datetime]] = field(default_factory=dict)  # where it stood, when to look again
    lock: RLock = field(default_factory=RLock)

    def activity(self, activity_id: str) -> Activity | None:
        return self.activities.get(activity_id)

    def tree(self, tree_id: str) -> Tree | None:
        return self.trees.get(tree_id)

    def log(self, activity_id: str, after: int, limit: int) -> list[Entry]:
        return [entry for entry in self.logs.get(activity_id, []) if entry.number > after][:limit]

    def move(self, activity: Activity, action: Action, who: str, why: str, now: datetime) -> Activity | None:
        after, entry = moved(activity, action, who, why, now)
        return after if self.write(activity, after, entry) else None

    def write(self, before: Activity | None, after: Activity, entry: Entry) -> bool:
        with self.lock:
            found = self.activities.get(after.activity_id)
            if (found and found.entries) != (before and before.entries):
                return found is not None and found.digest == after.digest
            self.activities[after.activity_id] = after
            self.due_in_index.pop(key_of(activity_key(after.activity_id)), None)
            self.logs.setdefault(after.activity_id, []).append(entry)
            return True

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

    def orders_of(self, user_id: str) -> list[Order]:
        return [order for (user, _), order in self.orders_by_key.items() if user == user_id]

    def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
        return dict(self.counted.get((user_id, activity_id), {}))

    def order_and_counters(self, user_id: str, order_id: int, activity_id: str) -> tuple[Order | None, dict[str, int]]:
        with self.lock:
            return self.order(user_id, order_id), MemoryLedger.counters(self, user_id, activity_id)

    def record(self, order: Order, count: Count) -> Verdict:
        shards = _shards(order)
        with self.lock:
            counted = self.counted.setdefault((order.user_id, order.activity_id), {})
            verdict = self._refusal(order, count, counted, shards)
            if verdict is not None:
                return verdict
            for name in count.counters:
                counted[name] = counted.get(name, 0) + 1
            for name in count.stale:
                counted.pop(name, None)
            for shard in shards.values():
                self.left[shard] -= 1
            self.put(order)
            return Recorded(order)

    def _refusal(
        self, order: Order, count: Count, counted: dict[str, int], shards: Mapping[str, tuple[str, str, int]]
    ) -> Verdict | None:
        recorded = self.order(order.user_id, order.order_id)
        if recorded is not None:
            return Repeat(recorded)
        if periods := used_up(count, counted):
            return QuotaUsedUp(periods)
        if count.seen is not None and counted.get(TAKEN, 0) != count.seen:
            return CountMoved()
        if "cap" in shards and self.left[shards["cap"]] <= 0:
            return CapShardEmpty()
        if "stock" in shards and self.left[shards["stock"]] <= 0:
            return ShardEmpty()
        return None

    def stock_left(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        return {
            award_id: tuple(self.left[activity_id, award_id, shard] for shard in range(count))
            for award_id, count in shards.items()
        }

    def stock_shown(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, int]:
        return {name: sum(left) for name, left in self.stock_left(activity_id, shards).items()}

    def orders(self, keys: Iterable[OrderKey]) -> dict[OrderKey, Order]:
        return {key: self.orders_by_key[key] for key in keys if key in self.orders_by_key}

    def mark_sent(self, order: Order, now: datetime) -> bool:
        return self._change(order, MARK_SENT, now=now)

    def mark_failed(self, order: Order, now: datetime) -> bool:
        return self._change(order, MARK_FAILED, now=now)

    def grant(self, order: Order, now: datetime) -> bool:
        return self._change(order, GRANT, now=now)

    def grant_with(self, order: Order, content: str, now: datetime) -> bool:
        return self._change(order, GRANT_WITH, now=now, content=content)

    def grant_shipment(self, order: Order, address: ShippingAddress, now: datetime) -> bool:
        with self.lock:
            if not self._change(order, GRANT_SHIPMENT, now=now):
                return False
            self.shipments[order.user_id, order.order_id] = shipment_item(order, address, now)
            return True

    def accept(self, order: Order, until: datetime, now: datetime) -> bool:
        return self._change(order, ACCEPT, until=until, now=now)

    def give_address(self, order: Order, address: ShippingAddress, until: datetime, now: datetime) -> bool:
        return self._change(order, GIVE_ADDRESS, address=address, until=until, now=now)

    def change_address(self, order: Order, address: ShippingAddress) -> bool:
        return self._change(order, CHANGE_ADDRESS, address=address)

    def change_shipment(self, order: Order, address: ShippingAddress) -> bool:
        with self.lock:
            found = self.shipments.get((order.user_id, order.order_id))
            if found is None:
                return False
            found["address"] = {"M": address_map(address)}
            found["addresses"] = number(int(found["addresses"]["N"]) + 1)
            return True

    def leave(self, key: OrderKey, batch: str, now: datetime) -> None:
        """Let the parcel of an order leave with batch, as an operator's export does."""
        with self.lock:
            order = self.orders_by_key[key]
            assert self._change(order, LEAVE, batch=batch)
            shipment = decode_shipment(self.shipments.pop(key))
            assert isinstance(shipment, Shipment)
            self.left_shipments[key] = item_of(replace(shipment, batch=batch, exported_at=now))

    def miss(self, order: Order, because: str, act: Act) -> bool:
        return self._act(order, MISS, act, because=because, now=act.at)

    def begin(self, order: Order) -> bool:
        return self._change(order, BEGIN)

    def postpone(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        return self._change(order, POSTPONE, because=because, until=until, now=now)

    def unbegin(self, order: Order) -> bool:
        return self._change(order, UNBEGIN)

    def hold(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        return self._change(order, HOLD, because=because, until=until, now=now)

    def park(self, order: Order, because: str, now: datetime) -> bool:
        return self._change(order, PARK, because=because, now=now)

    def release(self, order: Order, act: Act) -> bool:
        return self._act(order, RELEASE, act, now=act.at)

    def retry(self, order: Order, act: Act) -> bool:
        return self._act(order, RETRY, act, until=due_when_retried(order, act.at))

    def retry_unclaimed(self, order: Order, act: Act, until: datetime) -> bool:
        return self._act(order, RETRY_UNCLAIMED, act, until=until)

    def void(self, order: Order, act: Act) -> bool:
        return self._give_up(order, VOID, act)

    def lapse(self, order: Order, act: Act) -> bool:
        return self._give_up(order, LAPSE, act)

    def _give_up(self, order: Order, change: Change, act: Act) -> bool:
        with self.lock:
            found = self.order(order.user_id, order.order_id)
            if found is None or not allows(change, found, order):
                return self._is_on_record(order, act)
            if order.award is not None and order.shard is not None:
                before, shard = self.activity(order.activity_id), _shards(order)["stock"]
                if before is None or self.left.get(shard, 0) >= self.initial.get(shard, 0):
                    raise ValueError(f"order {order.order_id}: it has no activity, or no unit of its stock is gone")
                self.left[shard] += 1
                self.write(before, *stock_returned(before, order.award.award_id, act.who, act.at))
            return self._change(order, change, act=act)

    def claim(self, order: Order, until: datetime) -> Order | None:
        with self.lock:
            return self.order(order.user_id, order.order_id) if self._change(order, CLAIM, until=until) else None

    def unclaim(self, order: Order, until: datetime) -> bool:
        return self._change(order, UNCLAIM, until=until)

    def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> list[Order] | None:
        with self.lock:
            before = dict(self.orders_by_key)
            taken = [order for claim in claims if (order := self.claim(*claim)) is not None]
            if len(taken) < len(claims):
                self.orders_by_key.update(before)
                return None
            return taken

    def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
        found = sorted(self._standings(lane, until), key=_place)
        if after is not None and after.then is not None:
            found = [entry for entry in found if _place(entry) > after.then["place"]]
        page = tuple(found[:limit])
        return LanePage(page, {"place": _place(page[-1])} if len(found) > limit else None)

    def never(self, lane: str, limit: int) -> LanePage:
        return LanePage(())  # a value in memory has no such time

    def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
        found = self._indexed() if entries else {}
        return [(entry, self._read(key)) for entry in entries if (key := (entry.pk, entry.sk)) in found]

    def set_aside(self, entry: Standing, until: datetime) -> bool:
        with self.lock:
            if entry not in self._standings(entry.lane, FOR_EVER):
                return False
            self.aside[entry.pk, entry.sk] = entry, until
            self._wake_nobody(entry)
            return True

    def asides(self, until: datetime, limit: int) -> list[Aside]:
        return [self._aside(entry) for entry in self.due(UNREADABLE, until, limit).entries]

    def give_back(self, aside: Aside, due_at: datetime) -> bool:
        with self.lock:
            self._wake_nobody(aside.standing)
            return self.aside.pop((aside.standing.pk, aside.standing.sk), None) is not None

    def put_off(self, entry: Standing, until: datetime) -> bool:
        with self.lock:
            if entry not in self._standings(entry.lane, FOR_EVER):
                return False
            key = entry.pk, entry.sk
            self._wake_nobody(entry)
            if entry.lane == UNREADABLE:
                self.aside[key] = self.aside[key][0], until
            else:
                self.due_in_index[key] = until
            return True

    def _wake_nobody(self, entry: Standing) -> None:
        for key, order in self.orders_by_key.items():
            if _key_of_order(key) == (entry.pk, entry.sk):
                self.orders_by_key[key] = replace(order, wake=False)

    def _indexed(self) -> dict[Key, Order | Activity]:
        orders = {_key_of_order(key): order for key, order in self.orders_by_key.items()}
        return {**orders, **{key_of(activity_key(name)): activity for name, activity in self.activities.items()}}

    def _standings(self, lane: str, until: datetime) -> list[Standing]:
        found: list[Standing] = []
        for key, item in self._indexed().items():
            place, at = (item.lane, item.due_at) if isinstance(item, Order) else (ACTIVITIES, due_at(item))
            at = self.due_in_index.get(key, at)
            if key in self.aside and (
                place in LANES or place in (ACTIVITIES, *DEADLINES)
            ):  # what is granted or parked left it
                place, at = UNREADABLE, self.aside[key][1]
            if place == lane and at is not None and at <= until:
                found.append(Standing(pk=key[0], sk=key[1], lane=lane, due_at=str(milliseconds(at)), at=at))
        return found

    def _read(self, key: Key) -> Order | Activity | Unreadable:
        because = self.damage.get(key)
        return self._indexed()[key] if because is None else Unreadable(pk=key[0], sk=key[1], because=because)

    def _aside(self, entry: Standing) -> Aside:
        before, _ = self.aside[entry.pk, entry.sk]
        item = self._read((entry.pk, entry.sk))
        because = item.because if isinstance(item, Unreadable) else why_misplaced(item, before.lane)
        return Aside(standing=entry, lane=before.lane, due_at=before.at, because=because)

    def items(self) -> list[dict[str, Any]]:
        """Return everything as the table's items, for the auditor."""
        stock = [
            stock_key(*place) | {"initial": number(units), "left": number(self.left[place]), "version": number(1)}
            for place, units in self.initial.items()
        ]
        quotas = [
            quota_key(*user) | {name: number(draws) for name, draws in counted.items()}
            for user, counted in self.counted.items()
            if counted
        ]
        orders = map(order_item, self.orders_by_key.values())
        activities = map(activity_item, self.activities.values())
        entries = [entry_item(name, entry) for name, log in self.logs.items() for entry in log]
        return [
            *activities,
            *entries,
            *map(tree_item, self.trees.values()),
            *stock,
            *quotas,
            *orders,
            *self.shipments.values(),
            *self.left_shipments.values(),
        ]

    def _act(self, order: Order, change: Change, act: Act, **said: Said) -> bool:
        return self._change(order, change, act=act, **said) or self._is_on_record(order, act)

    def _is_on_record(self, order: Order, act: Act) -> bool:
        found = self.order(order.user_id, order.order_id)
        return found is not None and act in found.acts

    def _change(self, order: Order, change: Change, **said: Said) -> bool:
        with self.lock:
            found = self.order(order.user_id, order.order_id)
            if found is None or not allows(change, found, order):
                return False
            self.put(changed(found, change, **said))
            return True


def _place(entry: Standing) -> tuple[int, str, str]:
    return int(entry.due_at), entry.pk, entry.sk


@cache
def _key_of_order(key: OrderKey) -> Key:
    return key_of(order_key(*key))


def key_of(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _shards(order: Order) -> dict[str, tuple[str, str, int]]:
    """Return the shards that order takes a unit of, by role."""
    shards = {}
    if order.award is not None and order.shard is not None:
        shards["stock"] = (order.activity_id, order.award.award_id, order.shard)
    if order.cap_shard is not None:
        shards["cap"] = (order.activity_id, CAP, order.cap_shard)
    return shards


@dataclass
class MemoryOutbox:
    """A transport that is up or down; what it took lies in bodies until a test delivers it."""

    up: bool = True
    bodies: list[str] = field(default_factory=list)
    refuses: frozenset[int] = frozenset()  # orders whose invoice it never takes
    carries: bool = False  # whether it reads the ledger's own writes, and takes nothing

    def publish(self, orders: Sequence[Order]) -> Sent:
        if self.carries:
            return Sent(carried=frozenset(order.order_id for order in orders))
        if not self.up:
            return Sent()
        refused = frozenset(order.order_id for order in orders) & self.refuses
        taken = [order for order in orders if order.order_id not in refused]
        self.bodies += [invoice_json(order) for order in taken]
        return Sent(frozenset(order.order_id for order in taken), refused)


@dataclass
class MemoryWorkers:
    """Workers that can be started or not; the lanes of each lie in shares until a test lets it work."""

    up: bool = False
    shares: list[list[str]] = field(default_factory=list)

    def start(self, lanes: Sequence[str]) -> bool:
        if self.up:
            self.shares.append(list(lanes))
        return self.up


@dataclass
class MemoryActivities:
    """Activities without a cache, seeds without a key; hints are what a test notes."""

    ledger: MemoryLedger
    hints: set[str] = field(default_factory=set)
    noted: list[str] = field(default_factory=list)
    looking: set[str] = field(default_factory=set)

    def find(self, activity_id: str, now: datetime) -> Activity | None:
        return self.ledger.activity(activity_id)

    def tree(self, tree_id: str, now: datetime) -> Tree | None:
        return self.ledger.tree(tree_id)

    def stock_shown(self, activity: Activity, now: datetime) -> dict[str, int]:
        return self.ledger.stock_shown(activity.activity_id, activity.shards)

    def log(self, activity_id: str, after: int, limit: int) -> list[Entry]:
        return self.ledger.log(activity_id, after, limit)

    def seed(self, activity: Activity) -> bytes:
        return SEED

    def sold_out(self, activity: Activity, now: datetime) -> frozenset[str]:
        return frozenset(self.hints)

    def note_sold_out(self, activity: Activity, award_id: str, now: datetime) -> None:
        self.noted.append(award_id)

    def looks_first(self, user_id: str, now: datetime) -> bool:
        return user_id in self.looking

    def note_looks_first(self, user_id: str, now: datetime) -> None:
        self.looking.add(user_id)


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
