"""From a file to the table: what would change, and changing it, however often it is interrupted."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tombola.aws.items import stock_key
from tombola.rules.activity import CAP, Activity
from tombola.rules.activity_life import logged
from tombola.rules.change import Change, changes_between, never_fewer, refuse_changes
from tombola_cli.errors import TombolaError
from tombola_cli.operate.batches import OvertakenError, stock_name
from tombola_cli.operate.guard import guard_of
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.shards import Goal, Reading, Stock, Tell, below_won
from tombola_cli.operate.stack import Stack

SEED_BYTES = 32
OVERTAKEN_MAX = 5  # tries to write stock that others, such as the activity's start, overtook


@dataclass(frozen=True, slots=True)
class Plan:
    """The effect of applying a file: found is None where it creates the activity."""

    wanted: Activity
    found: Activity | None
    changes: tuple[Change, ...]
    refusals: tuple[str, ...]
    unfinished: tuple[str, ...]  # awards whose shards an interrupted run left behind

    @property
    def does_nothing(self) -> bool:
        return self.found is not None and not self.changes and not self.unfinished

    def does_as(self, other: "Plan") -> bool:
        """Return whether the other plan makes the same changes of an activity in the same state, or creates it too."""
        # A change says how many users are blocked, and not which.
        seen = [None if plan.found is None else (plan.found.state, plan.found.blocked) for plan in (self, other)]
        return seen[0] == seen[1] and self.changes == other.changes


def plan(wanted: Activity, stack: Stack) -> Plan:
    """Return what applying wanted would do; nothing is written."""
    found = legible(activity_ledger(stack).activity(wanted.activity_id))
    if found is None:
        return Plan(wanted, None, (), (), ())
    wanted = never_fewer(found, wanted)
    changes, readings = changes_between(found, wanted), _read(found, stack)
    refusals = refuse_changes(found, changes) or _below_won(wanted, readings) or _lost(found, readings)
    return Plan(wanted, found, tuple(changes), tuple(refusals), tuple(_unfinished(found, readings)))


def apply(
    wanted: Activity,
    stack: Stack,
    who: str,
    why: str,
    now: datetime,
    tell: Tell = lambda *_: None,
    seen: Plan | None = None,
) -> bool:
    """Bring the table to the state that wanted asks for; return whether anything was written.

    Lower stock first, then write the activity, then raise stock. An interrupted run leaves too little stock, never too
    much. seen is the plan that whoever decides this has seen: other changes than its own are not made.
    """
    planned = plan(wanted, stack)
    changed = TombolaError(
        f"activity {wanted.activity_id} was changed by somebody else meanwhile: look, and apply again"
    )
    if seen is not None and not seen.does_as(planned):
        raise changed
    if planned.refusals:
        raise TombolaError(f"activity {wanted.activity_id}: {'; '.join(planned.refusals)}")
    if planned.does_nothing:
        return False
    try:
        _lower(planned, stack)
    except OvertakenError:
        raise changed from None
    applied = planned.found or wanted
    if planned.found is None or planned.changes:
        words = [str(change) for change in planned.changes] or ["created"]
        applied, entry = logged(planned.found, _next(planned, stack, now), "apply", who, why, now, words)
        if not activity_ledger(stack).write(planned.found, applied, entry):
            raise changed
    _meet(planned, applied, stack, tell)
    return True


def units_of(activity: Activity) -> dict[str, int]:
    """Return the stock of each limited award, and of the cap under CAP."""
    units = {share.award.award_id: share.stock for share in activity.shares if share.stock is not None}
    return units if activity.cap is None else units | {CAP: activity.cap.limit}


def _next(planned: Plan, stack: Stack, now: datetime) -> Activity:
    """Return wanted with the life of the activity that was found, or with a new one."""
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


def _lower(planned: Plan, stack: Stack) -> None:
    """Make sure that each shard is there, and none holds more than it will, nor more than it should now."""
    wanted, found = planned.wanted, planned.found
    old_units, old_shards = ({}, {}) if found is None else (units_of(found), found.shards)
    new_units, new_shards = units_of(wanted), wanted.shards
    goals = {}
    for award_id in dict.fromkeys([*old_shards, *new_shards]):
        same = old_shards.get(award_id) == new_shards.get(award_id)  # another number only before anybody draws
        units = min(old_units.get(award_id, 0), new_units.get(award_id, 0)) if same else 0
        goals[award_id] = Goal(units, max(old_shards.get(award_id, 0), new_shards.get(award_id, 0)))
    _stock(wanted.activity_id, stack).lower(goals, guard_of(found))


def _meet(planned: Plan, applied: Activity, stack: Stack, tell: Tell) -> None:
    """Bring the stock to the units that applied asks for; raise TombolaError if others change it again and again."""
    for tries in range(OVERTAKEN_MAX):
        try:
            _raise(applied, stack, tell)
            _drop_unused(planned, applied, stack)
        except OvertakenError:
            if not stack.patience().pause(tries):
                break
            applied = _same_stock(applied, stack)
        else:
            return
    words = f"was changed by others at each try to write its stock (tries: {tries + 1})"
    raise TombolaError(f"activity {applied.activity_id} {words}: apply again, it goes on from here")


def _same_stock(applied: Activity, stack: Stack) -> Activity:
    """Return the activity as it is now; raise TombolaError if its stock is to be another by now."""
    found = legible(activity_ledger(stack).activity(applied.activity_id))
    if found is None or units_of(found) != units_of(applied):
        raise TombolaError(f"activity {applied.activity_id} was changed once more meanwhile: look at it") from None
    return found


def _raise(applied: Activity, stack: Stack, tell: Tell) -> None:
    goals = {award_id: Goal(units, applied.shards[award_id]) for award_id, units in units_of(applied).items()}
    _stock(applied.activity_id, stack).meet(goals, guard_of(applied), tell)


def unfinished(found: Activity, stack: Stack) -> list[str]:
    """Return the awards whose shards are not what the activity says."""
    return _unfinished(found, _read(found, stack))


def _unfinished(found: Activity, readings: Mapping[str, Sequence[Reading]]) -> list[str]:
    units = units_of(found)
    return [
        award_id
        for award_id, each in readings.items()
        if not all(reading.is_there for reading in each) or sum(reading.initial for reading in each) != units[award_id]
    ]


def _below_won(wanted: Activity, readings: Mapping[str, Sequence[Reading]]) -> list[str]:
    """Return the refusals of stock that is to be less than the units won."""
    units = units_of(wanted)
    won = {award_id: sum(reading.won for reading in each) for award_id, each in readings.items()}
    return [
        below_won(award_id, taken, units[award_id])
        for award_id, taken in won.items()
        if units.get(award_id, taken) < taken
    ]


def _lost(found: Activity, readings: Mapping[str, Sequence[Reading]]) -> list[str]:
    """Return the refusals of shards that draws may have been taken from, and that are gone.

    A new shard in its place would give the units once more that were won of it.
    """
    if not found.approved:
        return []
    return [
        f"{stock_name(award_id)}: shard {place} is gone, and with it what was won of it: restore {key} from a backup"
        for award_id, each in readings.items()
        for place, reading in enumerate(each)
        if not reading.is_there and (key := stock_key(found.activity_id, award_id, place)["pk"]["S"])
    ]


def _read(found: Activity, stack: Stack) -> dict[str, list[Reading]]:
    return _stock(found.activity_id, stack).read(found.shards)


def _drop_unused(planned: Plan, applied: Activity, stack: Stack) -> None:
    if planned.found is None:
        return
    shards = planned.found.shards.items()
    spare = {award_id: range(applied.shards.get(award_id, 0), count) for award_id, count in shards}
    _stock(applied.activity_id, stack).drop(spare, guard_of(applied))


def _stock(activity_id: str, stack: Stack) -> Stock:
    return Stock(stack.client("dynamodb"), stack.table_name, activity_id, stack.patience)
