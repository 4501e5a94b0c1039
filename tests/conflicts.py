"""A DynamoDB that conflicts, throttles and leaves keys unread, around any client: emulators do none of it.

It answers as the DynamoDB Developer Guide says in "Amazon DynamoDB Transactions: How it works", section "Transaction
conflict handling in DynamoDB" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html),
whose sentences stand in tests/aws/test_conflicts.py. How long a transaction holds an item is not published, so it is
a parameter. What is raised here is what is left after the SDK's own retries.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from random import Random
from threading import Lock
from types import FrameType
from typing import Any

from fakes import MemoryLedger
from tombola.aws.activity_items import activity_key, log_key
from tombola.aws.deadline import Deadline
from tombola.aws.items import order_key, quota_key
from tombola.aws.transaction import writes_by_role
from tombola.rules.activity import Activity
from tombola.rules.log import Entry
from tombola.rules.order import Order
from tombola.rules.order_life import Change, Said
from tombola.rules.problem import BusyError
from tombola.rules.quota import Count
from tombola.rules.verdict import Verdict
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.stack import LOCAL_REGION, PATIENCE_SECONDS, Stack

KEY = ("pk", "sk")
FREE, HELD = False, True
CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
THROTTLED = {"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity of your table or index"}
NONE = {"Code": "None"}
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
UNKNOWN = frozenset({"execute_statement", "batch_execute_statement", "execute_transaction"})
CODE = tuple(f"{ROOT / folder}/" for folder in ("layers/shared", "cli", "functions"))

Place = tuple[str, ...]  # table and key


@dataclass
class Clock:
    """Time that passes only when somebody waits or asks DynamoDB: the same seed, the same run."""

    ms: float = 0.0
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.ms

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ms += seconds * 1000

    def deadline_in(self, seconds: float) -> Deadline:
        end = self.ms + seconds * 1000
        left = lambda: (end - self.ms) / 1000  # noqa: E731 - a field
        return Deadline(seconds_left=left, sleep=self.sleep, chance=self.chance.random)


@dataclass
class Held:
    """Which items a transaction holds, and until when, in milliseconds.

    With others_every_ms everything is held by somebody else, too, for the lock time: when it is first asked for, and
    again and again so long after.
    """

    lock_ms: float
    now: Callable[[], float]
    others_every_ms: float = 0.0
    others_since: float | None = None
    until: dict[Place, float] = field(default_factory=dict)
    written_until: dict[Place, float] = field(default_factory=dict)  # by single writes, which only reads mind
    refused: Counter[str] = field(default_factory=Counter)  # item-level, as the metric TransactionConflict counts
    lock: Lock = field(default_factory=Lock)

    def is_held(self, place: Place) -> bool:
        now = self.now()
        if self.others_every_ms:
            self.others_since = now if self.others_since is None else self.others_since
            if (now - self.others_since) % self.others_every_ms < self.lock_ms:
                return True
        return now < self.until.get(place, now)

    def transact(self, places: Sequence[Place]) -> list[bool]:
        """Hold what is free, whatever becomes of the transaction; return which of places somebody else holds."""
        with self.lock:
            taken = [self.is_held(place) for place in places]
            self._refuse("transaction", sum(taken))
            end = self.now() + self.lock_ms
            self.until.update({place: end for place, is_taken in zip(places, taken, strict=True) if not is_taken})
            return taken

    def write(self, place: Place) -> bool:
        """Return whether a single write is refused."""
        with self.lock:
            taken = self.is_held(place)
            self._refuse("write", int(taken))
            if not taken:
                self.written_until[place] = self.now() + self.lock_ms
            return taken

    def read(self, places: Sequence[Place]) -> list[bool]:
        """Return which of places a transactional read is refused; it holds nothing."""
        with self.lock:
            now = self.now()
            taken = [self.is_held(place) or now < self.written_until.get(place, now) for place in places]
            self._refuse("read", sum(taken))
            return taken

    def _refuse(self, kind: str, count: int) -> None:
        if count:
            self.refused[kind] += count


@dataclass
class Conflicting:
    """A client in front of client: what meets a held item is refused, the rest goes through.

    throttle_every and unread_every spoil each n-th call. before is called with each operation and its items.
    """

    client: Any
    held: Held
    throttle_every: int = 0
    unread_every: int = 0
    before: Callable[[str, Sequence[Place]], None] = lambda *_: None
    calls: Counter[str] = field(default_factory=Counter)
    writers: set[tuple[str, str]] = field(default_factory=set)  # files and functions that led to a write

    def __getattr__(self, name: str) -> Any:
        if name in UNKNOWN:
            raise NotImplementedError(f"how AWS answers {name} to a conflict is not written down here")
        return getattr(self.client, name)

    def get_item(self, **given: Any) -> Any:
        self._come("GetItem", [_place(given["TableName"], given["Key"])])
        return self.client.get_item(**given)

    def query(self, **given: Any) -> Any:
        self._come("Query", [])
        return self.client.query(**given)

    def batch_get_item(self, **given: Any) -> Any:
        ((table, asked),) = given["RequestItems"].items()
        self._come("BatchGetItem", [_place(table, key) for key in asked["Keys"]])
        if not self.unread_every or self.calls["BatchGetItem"] % self.unread_every:
            return self.client.batch_get_item(**given)
        read, unread = asked["Keys"][1::2], asked["Keys"][::2]
        found: Any = {"Responses": {table: []}}
        if read:
            found = self.client.batch_get_item(RequestItems={table: {**asked, "Keys": read}})
        return {**found, "UnprocessedKeys": {table: {**asked, "Keys": unread}}}

    def put_item(self, **given: Any) -> Any:
        return self._write("PutItem", given, given["Item"], self.client.put_item)

    def update_item(self, **given: Any) -> Any:
        return self._write("UpdateItem", given, given["Key"], self.client.update_item)

    def delete_item(self, **given: Any) -> Any:
        return self._write("DeleteItem", given, given["Key"], self.client.delete_item)

    def batch_write_item(self, **given: Any) -> Any:
        """Leave the writes that meet a held item, as if they were throttled: the page does not say what else to do."""
        ((table, writes),) = given["RequestItems"].items()
        parts = [part for write in writes for part in write.values()]
        places = [_place(table, part.get("Key") or part["Item"]) for part in parts]
        self._come("BatchWriteItem", places)
        taken = [self.held.write(place) for place in places]
        if all(taken):
            raise self._error("TransactionConflictException", "BatchWriteItem", CONFLICT["Message"])
        free, left = (
            [write for write, is_taken in zip(writes, taken, strict=True) if is_taken is way] for way in (FREE, HELD)
        )
        answer = self.client.batch_write_item(RequestItems={table: free})
        return {**answer, "UnprocessedItems": {table: left} if left else {}}

    def transact_write_items(self, **given: Any) -> Any:
        places = [_place_of(action) for action in given["TransactItems"]]
        throttled = self._come("TransactWriteItems", places, raises=False)
        taken = self.held.transact(places)
        if throttled or any(taken):
            reasons = [CONFLICT if is_taken else NONE for is_taken in taken]
            reasons = [THROTTLED, *reasons[1:]] if throttled else reasons
            raise self._cancelled("TransactWriteItems", reasons)
        return self.client.transact_write_items(**given)

    def transact_get_items(self, **given: Any) -> Any:
        places = [_place(each["Get"]["TableName"], each["Get"]["Key"]) for each in given["TransactItems"]]
        self._come("TransactGetItems", places)
        taken = self.held.read(places)
        if any(taken):
            raise self._cancelled("TransactGetItems", [CONFLICT if is_taken else NONE for is_taken in taken])
        return self.client.transact_get_items(**given)

    def _write(self, operation: str, given: Any, key: Any, write: Callable[..., Any]) -> Any:
        place = _place(given["TableName"], key)
        self._come(operation, [place])
        if self.held.write(place):
            raise self._error("TransactionConflictException", operation, CONFLICT["Message"])
        return write(**given)

    def _come(self, operation: str, places: Sequence[Place], *, raises: bool = True) -> bool:
        """Count a call; return whether it is throttled, or raise."""
        if operation in WRITES:
            self.writers |= callers()
        self.before(operation, places)
        self.calls[operation] += 1
        throttled = bool(self.throttle_every) and self.calls.total() % self.throttle_every == 0
        if throttled and raises:
            raise self._error("ThrottlingException", operation, THROTTLED["Message"])
        return throttled

    def _cancelled(self, operation: str, reasons: list[dict[str, str]]) -> Exception:
        codes = ", ".join(reason["Code"] for reason in reasons)
        words = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        return self._error("TransactionCanceledException", operation, words, CancellationReasons=reasons)

    def _error(self, code: str, operation: str, words: str, **more: Any) -> Exception:
        answer = {"Error": {"Code": code, "Message": words}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
        error: Exception = self.client.exceptions.from_code(code)(answer, operation)
        return error


def callers() -> set[tuple[str, str]]:
    """Return files and functions of the project's code that this call goes through."""
    found: set[tuple[str, str]] = set()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(CODE):
            found.add((file.removeprefix(f"{ROOT}/"), frame.f_code.co_qualname.split(".<locals>")[0]))
        frame = frame.f_back
    return found


def _place_of(action: dict[str, Any]) -> Place:
    ((_, part),) = action.items()
    return _place(part["TableName"], part.get("Key") or part["Item"])


def _place(table: str, item: Any) -> Place:
    return (table, *(item[name]["S"] for name in KEY))


@dataclass(frozen=True, kw_only=True)
class PlayedStack(Stack):
    """A stack whose clients and time a test has made."""

    clients: Mapping[str, Any]
    clock: Clock

    @classmethod
    def of(cls, clock: Clock, clients: Mapping[str, Any], **names: str) -> "PlayedStack":
        """Return a stack whose parts have these names, and those that are left out none."""
        unnamed = {each.name: "" for each in fields(Stack) if each.name not in ("region", "endpoint_url", "profile")}
        return cls(region=LOCAL_REGION, clients=clients, clock=clock, **{**unnamed, **names})

    def client(self, service: str) -> Any:
        return self.clients[service]

    def patience(self) -> Deadline:
        return self.clock.deadline_in(PATIENCE_SECONDS)


@dataclass
class ConflictingLedger(MemoryLedger):
    """The in-memory twin under the same table of locks; what is refused is busy, as the adapters say it."""

    held: Held = field(kw_only=True)

    def order_and_counters(self, user_id: str, order_id: int, activity_id: str) -> tuple[Order | None, dict[str, int]]:
        keys = order_key(user_id, order_id), quota_key(user_id, activity_id)
        if any(self.held.read([_place("memory", key) for key in keys])):
            raise BusyError(CONFLICT["Message"])
        return super().order_and_counters(user_id, order_id, activity_id)

    def record(self, order: Order, count: Count) -> Verdict:
        writes = writes_by_role("memory", order, count)
        self._transact([_place_of(action) for action in writes.values()])
        return super().record(order, count)

    def write(self, before: Activity | None, after: Activity, entry: Entry) -> bool:
        keys = activity_key(after.activity_id), log_key(after.activity_id, entry.number)
        self._transact([_place("memory", key) for key in keys])
        return super().write(before, after, entry)

    def _change(self, order: Order, change: Change, **said: Said) -> bool:
        if self.held.write(_place("memory", order_key(order.user_id, order.order_id))):
            raise BusyError(CONFLICT["Message"])
        return super()._change(order, change, **said)

    def _transact(self, places: Sequence[Place]) -> None:
        if any(self.held.transact(places)):
            raise BusyError(CONFLICT["Message"])
