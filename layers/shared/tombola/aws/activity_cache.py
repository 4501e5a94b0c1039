"""Activities, trees and the stock that is shown, remembered for seconds; seeds, for as long as the function lives."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from botocore.exceptions import ClientError

from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.faults import busy_when_unanswered
from tombola.rules.activity import CAP, Activity
from tombola.rules.log import Entry
from tombola.rules.problem import UnreadableSeedError
from tombola.rules.request import is_activity_id
from tombola.rules.tree import Tree
from tombola.rules.unreadable import Unreadable

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

FRESH = timedelta(seconds=10)  # how old an activity may be
SHOWN = timedelta(seconds=2)  # how old the stock may be that is shown
HINT = timedelta(seconds=2)  # how long an award that was seen sold out is taken to be so
LOOK_FIRST = timedelta(minutes=1)  # how long after a refusal or a repeat a user's draw looks before it tries
REMEMBERED_MAX = 1_000  # activities, their stock, hints, users; beyond that everything is forgotten and read again


T = TypeVar("T", Activity, Tree)
ReadStock = Callable[[str, Mapping[str, int]], Mapping[str, int]]  # activity_id and shards by award: units by award


@dataclass(slots=True)
class _Remembered(Generic[T]):
    """Values that were read, and when; an absent one is asked for again."""

    read: Callable[[str], T | Unreadable | None]
    known: dict[str, tuple[T, datetime]] = field(default_factory=dict)

    def find(self, name: str, now: datetime) -> T | Unreadable | None:
        if not is_activity_id(name):
            return None
        found, at = self.known.get(name, (None, now))
        if found is not None and timedelta(0) <= now - at < FRESH:
            return found
        read = self.read(name)
        if read is not None and not isinstance(read, Unreadable):
            _bound(self.known)
            self.known[name] = read, now
        return read


@dataclass(slots=True)
class CachedActivities:
    """The adapter of the activities port; the encryption context ties each seed to its activity."""

    ledger: DynamoActivityLedger
    kms: "KMSClient"
    read_stock: ReadStock
    _activities: _Remembered[Activity] = field(init=False)
    _trees: _Remembered[Tree] = field(init=False)
    _stock: dict[tuple[str, int], tuple[Mapping[str, int], datetime]] = field(default_factory=dict)
    _seeds: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    _sold_out: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _looks_first: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._activities = _Remembered(self.ledger.activity)
        self._trees = _Remembered(self.ledger.tree)

    def find(self, activity_id: str, now: datetime) -> Activity | Unreadable | None:
        return self._activities.find(activity_id, now)

    def tree(self, tree_id: str, now: datetime) -> Tree | Unreadable | None:
        return self._trees.find(tree_id, now)

    def stock_shown(self, activity: Activity, now: datetime) -> Mapping[str, int]:
        key = activity.activity_id, activity.version  # another version may have other awards
        left, at = self._stock.get(key, (None, now))
        if left is None or not timedelta(0) <= now - at < SHOWN:
            left = self.read_stock(activity.activity_id, activity.shards)
            _bound(self._stock)
            self._stock[key] = left, now
        return left

    def log(self, activity_id: str, after: int, limit: int) -> Sequence[Entry | Unreadable]:
        return self.ledger.log(activity_id, after, limit)

    def seed(self, activity: Activity) -> bytes:
        key = activity.activity_id, activity.sealed_seed
        seed = self._seeds.get(key)
        if seed is None:
            seed = self._open(activity)
            if hashlib.sha256(seed).hexdigest() != activity.commitment:
                raise UnreadableSeedError(f"activity {activity.activity_id}: the seed is not the one committed to")
            _bound(self._seeds)
            self._seeds[key] = seed
        return seed

    def _open(self, activity: Activity) -> bytes:
        context = {"activity_id": activity.activity_id}
        try:
            with busy_when_unanswered():
                opened = self.kms.decrypt(CiphertextBlob=activity.sealed_seed, EncryptionContext=context)
        except ClientError as error:
            raise UnreadableSeedError(f"activity {activity.activity_id}: {error}") from error
        return bytes(opened["Plaintext"])

    def sold_out(self, activity: Activity, now: datetime) -> frozenset[str]:
        if not self._sold_out:
            return frozenset()
        seen = (
            (award_id, self._sold_out.get((activity.activity_id, award_id)))
            for award_id in (CAP, *(share.award.award_id for share in activity.shares))
        )
        return frozenset(award_id for award_id, at in seen if at is not None and timedelta(0) <= now - at < HINT)

    def note_sold_out(self, activity: Activity, award_id: str, now: datetime) -> None:
        _bound(self._sold_out)
        self._sold_out[activity.activity_id, award_id] = now

    def looks_first(self, user_id: str, now: datetime) -> bool:
        at = self._looks_first.get(user_id)
        return at is not None and timedelta(0) <= now - at < LOOK_FIRST

    def note_looks_first(self, user_id: str, now: datetime) -> None:
        _bound(self._looks_first)
        self._looks_first[user_id] = now


def _bound(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= REMEMBERED_MAX:
        remembered.clear()
