"""Activities, remembered for a few seconds; their seeds, for as long as the function lives."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tombola.aws.faults import busy_when_unanswered
from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity import Activity
from tombola.rules.request import is_activity_id

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

FRESH = timedelta(seconds=10)  # how old an activity may be
HINT = timedelta(seconds=2)  # how long an award that was seen sold out is taken to be so
REMEMBERED_MAX = 1_000  # activities and hints; beyond that everything is forgotten and read again


@dataclass(frozen=True, slots=True)
class _Read:
    activity: Activity
    at: datetime


@dataclass(slots=True)
class CachedActivities:
    """The adapter of the activities port; the encryption context ties each seed to its activity."""

    ledger: DynamoLedger
    kms: "KMSClient"
    _read: dict[str, _Read] = field(default_factory=dict)
    _seeds: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    _sold_out: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def find(self, activity_id: str, now: datetime) -> Activity | None:
        if not is_activity_id(activity_id):
            return None
        read = self._read.get(activity_id)
        if read is not None and timedelta(0) <= now - read.at < FRESH:
            return read.activity
        activity = self.ledger.activity(activity_id)
        if activity is not None:
            _bound(self._read)
            self._read[activity_id] = _Read(activity, now)
        return activity

    def seed(self, activity: Activity) -> bytes:
        key = activity.activity_id, activity.sealed_seed
        seed = self._seeds.get(key)
        if seed is None:
            with busy_when_unanswered():
                opened = self.kms.decrypt(
                    CiphertextBlob=activity.sealed_seed,
                    EncryptionContext={"activity_id": activity.activity_id},
                )
            _bound(self._seeds)
            seed = self._seeds[key] = opened["Plaintext"]
        return seed

    def sold_out(self, activity: Activity, now: datetime) -> frozenset[str]:
        if not self._sold_out:
            return frozenset()
        seen = (
            (share.award.award_id, self._sold_out.get((activity.activity_id, share.award.award_id)))
            for share in activity.shares
        )
        return frozenset(award_id for award_id, at in seen if at is not None and timedelta(0) <= now - at < HINT)

    def note_sold_out(self, activity: Activity, award_id: str, now: datetime) -> None:
        _bound(self._sold_out)
        self._sold_out[activity.activity_id, award_id] = now


def _bound(remembered: dict[str, _Read] | dict[tuple[str, bytes], bytes] | dict[tuple[str, str], datetime]) -> None:
    if len(remembered) >= REMEMBERED_MAX:
        remembered.clear()
