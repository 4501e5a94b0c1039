"""From a file to the table: what would change, and changing it, however often it is interrupted."""

import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.rules.activity import CAP, Activity
from tombola.rules.change import Change, changes_between, refuse_changes
from tombola.rules.life import logged
from tombola_cli.errors import TombolaError
from tombola_cli.shards import Shards
from tombola_cli.stack import Stack

SEED_BYTES = 32
THREADS = 8  # awards whose stock is settled at a time

Tell = Callable[[int, int], None]  # awards that are settled, of how many


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a file does: found is None where it creates the activity."""

    wanted: Activity
    found: Activity | None
    changes: tuple[Change, ...]
    refusals: tuple[str, ...]
    unfinished: tuple[str, ...]  # awards whose shards an interrupted run left behind

    @property
    def does_nothing(self) -> bool:
        return self.found is not None and not self.changes and not self.unfinished


def plan(wanted: Activity, stack: Stack) -> Plan:
    """Return what applying wanted would do; nothing is written."""
    found = _ledger(stack).activity(wanted.activity_id)
    if found is None:
        return Plan(wanted, None, (), (), ())
    changes = changes_between(found, wanted)
    refusals = tuple(refuse_changes(found, changes))
    return Plan(wanted, found, tuple(changes), refusals, tuple(_unfinished(found, stack)))


def apply(wanted: Activity, stack: Stack, who: str, why: str, now: datetime, tell: Tell = lambda *_: None) -> bool:
    """Bring the table to what wanted says; return whether anything was written.

    Shards come first and the activity last, so that it never promises what is not there.
    """
    planned = plan(wanted, stack)
    if planned.refusals:
        raise TombolaError(f"activity {wanted.activity_id}: {'; '.join(planned.refusals)}")
    if planned.does_nothing:
        return False
    _settle(wanted, stack, tell)
    if planned.found is not None and not planned.changes:
        return True
    after, entry = logged(
        planned.found,
        _next(planned, stack, now),
        "apply",
        who,
        why,
        now,
        [str(change) for change in planned.changes] or ["created"],
    )
    if not _ledger(stack).write(planned.found, after, entry):
        raise TombolaError(
            f"activity {wanted.activity_id} was changed by somebody else meanwhile: look, and apply again"
        )
    if planned.found is not None:
        _drop_unused(planned.found, wanted, stack)
    return True


def units_of(activity: Activity) -> dict[str, int]:
    """Return the stock of each limited award, and of the cap under CAP."""
    units = {share.award.award_id: share.stock for share in activity.shares if share.stock is not None}
    return units if activity.cap is None else units | {CAP: activity.cap.limit}


def _next(planned: Plan, stack: Stack, now: datetime) -> Activity:
    """Return wanted with the life of what was found, or with a new one."""
    wanted, found = planned.wanted, planned.found
    if found is None:
        seed = secrets.token_bytes(SEED_BYTES)
        sealed = _seal(seed, wanted.activity_id, stack)
        commitment = hashlib.sha256(seed).hexdigest()
        return replace(wanted, since=now, version=1, commitment=commitment, sealed_seed=sealed)
    return replace(
        wanted,
        state=found.state,
        since=found.since,
        approved=found.approved,
        version=found.version + 1,
        commitment=found.commitment,
        sealed_seed=found.sealed_seed,
        entries=found.entries,
        digest=found.digest,
    )


def _seal(seed: bytes, activity_id: str, stack: Stack) -> bytes:
    """Return seed as only the draw function and the revealing role may open it, and only for this activity."""
    context = {"activity_id": activity_id}
    sealed = stack.client("kms").encrypt(KeyId=stack.seed_key_arn, Plaintext=seed, EncryptionContext=context)
    return bytes(sealed["CiphertextBlob"])


def _settle(wanted: Activity, stack: Stack, tell: Tell) -> None:
    units, shards = units_of(wanted), wanted.shards
    tables = _shards(wanted.activity_id, stack)
    with ThreadPoolExecutor(THREADS) as threads:
        done = threads.map(lambda award_id: tables(award_id).settle(units[award_id], shards[award_id]), units)
        for number, _ in enumerate(done, 1):
            tell(number, len(units))


def _unfinished(found: Activity, stack: Stack) -> list[str]:
    """Return the awards whose shards do not sum up to their stock."""
    units, tables = units_of(found), _shards(found.activity_id, stack)
    with ThreadPoolExecutor(THREADS) as threads:
        read = threads.map(lambda shards: (shards[0], tables(shards[0]).read(shards[1])), found.shards.items())
        return [award_id for award_id, shards in read if sum(shard.initial for shard in shards) != units[award_id]]


def _drop_unused(found: Activity, wanted: Activity, stack: Stack) -> None:
    tables = _shards(found.activity_id, stack)
    for award_id, count in found.shards.items():
        tables(award_id).drop(wanted.shards.get(award_id, 0), count)


def _shards(activity_id: str, stack: Stack) -> Callable[[str], Shards]:
    dynamodb = stack.client("dynamodb", connections_max=THREADS)
    return lambda award_id: Shards(dynamodb, stack.table_name, activity_id, award_id)


def _ledger(stack: Stack) -> DynamoActivityLedger:
    return DynamoActivityLedger(stack.client("dynamodb"), stack.table_name)
