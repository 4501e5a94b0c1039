"""What does a file change in an activity that is applied, and may it?"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from tombola.rules.activity import Activity, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.odds import rate_text
from tombola.rules.policy import POLICIES
from tombola.rules.quota import PERIODS, Quotas

NONE = "none"
ACTIVITYS = "the activity's"
UNTOLD = frozenset({"award_content", "source"})  # worth something, or nobody's business: in no plan and no public log
RELIED_ON = "players rely on it"
# These fields tell the life of an activity, and are no part of its file.
LIFE = frozenset(
    {"state", "since", "approved", "version", "commitment", "sealed_seed", "seed", "entries", "digest", "odds"}
)
TEXTS = frozenset({"activity_name", "activity_desc", "end"})  # may always change


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan and of the log; standing is why it may not change once the activity is approved."""

    field: str
    before: str
    after: str
    standing: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


def changes_between(found: Activity, wanted: Activity) -> list[Change]:
    """Return every difference that applying wanted over found makes, in the order of the file."""
    changes: list[Change] = []
    for field in fields(found):
        if field.name in LIFE:
            continue
        before, after = getattr(found, field.name), getattr(wanted, field.name)
        if before == after:
            continue
        if field.name == "quotas":
            changes += _quotas(before, after)
        elif field.name == "cap":
            changes += _cap(before, after)
        elif field.name == "shares":
            changes += _shares(before, after)
        elif field.name == "win_shards":
            changes.append(Change("shards of wins", str(before), str(after)))
        elif field.name in POLICIES:
            policy = POLICIES[field.name]
            standing = RELIED_ON if policy.public else None
            changes.append(Change(field.name, policy.words(before), policy.words(after), standing))
        else:
            standing = None if field.name in TEXTS else RELIED_ON
            if field.name == "end" and found.grants(GrantType.AT_A_TIME) and found.grant_at is None:
                standing = "prizes are promised for the end"
            changes.append(Change(field.name, _words(before), _words(after), standing))
    return changes


def never_fewer(found: Activity, wanted: Activity) -> Activity:
    """Return wanted with at least the shards of wins that found has: draws under way know them, readers read all."""
    return replace(wanted, win_shards=max(found.win_shards, wanted.win_shards))


def refuse_changes(found: Activity, changes: list[Change]) -> list[str]:
    """Return why found may not change so, nothing when it may."""
    if not changes:
        return []
    if found.seed is not None:
        return ["its seed is revealed: it is history, and stays as it is"]
    if found.state in (ActivityState.ARRAIGNMENT, ActivityState.REFUSE):
        return [f"it is in state {found.state.value} {found.state.name}: withdraw it first"]
    if found.state is ActivityState.EDIT:
        return []
    return [f"{change} is refused: {change.standing}" for change in changes if change.standing is not None]


def _quotas(before: Quotas, after: Quotas) -> Iterator[Change]:
    for name, period in PERIODS.items():
        old, new = before.limit(period), after.limit(period)
        if old != new:
            # Only limited periods are counted, so the draws before would be missing in the count.
            standing = "a limit may become another number, but not come or go" if None in (old, new) else None
            yield Change(f"quotas.{name}", _words(old), _words(new), standing)


def _cap(before: Cap | None, after: Cap | None) -> Iterator[Change]:
    if before is None or after is None:
        draws = [None if cap is None else cap.limit for cap in (before, after)]
        yield Change("cap.draws", _words(draws[0]), _words(draws[1]), "draws before were not counted")
        return
    if before.limit != after.limit:
        yield Change("cap.draws", str(before.limit), str(after.limit))
    if before.shards != after.shards:
        yield Change("cap shards", str(before.shards), str(after.shards), SHARDS_STAND)


SHARDS_STAND = "draws under way know the shards of before"


def _shares(before: tuple[Share, ...], after: tuple[Share, ...]) -> Iterator[Change]:
    old = {share.award.award_id: share for share in before}
    new = {share.award.award_id: share for share in after}
    for award_id in dict.fromkeys([*old, *new]):
        if award_id not in new:
            yield Change(f"award {award_id}", old[award_id].award.award_name, NONE, "it is committed to")
        elif award_id not in old:
            yield Change(f"award {award_id}", NONE, new[award_id].award.award_name, "it would change the odds")
        else:
            yield from _share(award_id, old[award_id], new[award_id])
    if [*old] != [*new] and set(old) == set(new):
        yield Change("awards", " ".join(old), " ".join(new), "their order is part of the odds")


def _share(award_id: str, before: Share, after: Share) -> Iterator[Change]:
    name = f"award {award_id}"
    for field in ("award_type", "award_name", "award_content", "source"):
        old, new = getattr(before.award, field), getattr(after.award, field)
        if old != new:
            words = ("…", "another") if field in UNTOLD else (_words(old), _words(new))
            yield Change(f"{name} {field}", *words, "it is promised")
    if before.grant_type != after.grant_type:
        words = _words(before.grant_type, ACTIVITYS), _words(after.grant_type, ACTIVITYS)
        yield Change(f"{name} grant_type", *words, "it is promised")
    for what, old, new in (
        ("claim_within", before.claim_within, after.claim_within),
        ("unclaimed", _unclaimed(before), _unclaimed(after)),
    ):
        if old != new:
            yield Change(f"{name} {what}", _words(old), _words(new), "it is promised")
    if before.weight != after.weight:
        yield Change(f"{name} rate", rate_text(before.weight), rate_text(after.weight), "the odds are committed to")
    if before.unlock_after != after.unlock_after:
        words = str(before.unlock_after), str(after.unlock_after)
        yield Change(f"{name} unlock_after", *words, "the odds are committed to")
    if before.stock != after.stock:
        standing = "draws under way take no stock of it" if before.stock is None else "it has been limited"
        units = _words(before.stock, "unlimited"), _words(after.stock, "unlimited")
        yield Change(f"{name} stock", *units, standing if None in (before.stock, after.stock) else None)
    if before.shards != after.shards and None not in (before.stock, after.stock):
        yield Change(f"{name} shards", str(before.shards), str(after.shards), SHARDS_STAND)


def _unclaimed(share: Share) -> str | None:
    return None if share.claim_within is None else "void" if share.lapses else "park"


def _words(value: object, none: str = NONE) -> str:
    if value is None:
        return none
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)
