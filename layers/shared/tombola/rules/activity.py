"""What is an activity?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.facts import Condition
from tombola.rules.log import START
from tombola.rules.mistake import MistakeError
from tombola.rules.odds import WHOLE, Odds, StrategyMode
from tombola.rules.quota import Quotas
from tombola.rules.stock import SHARDS_MAX

YEARS = range(2000, 9000)  # beyond them a clock may run over where it is shifted or compared
CAP = "*"  # stands for the activity itself where stock is told by award
CLAIM_WITHIN_MAX = timedelta(days=3650)  # a clock may not run over where it is added


class GrantType(IntEnum):
    AT_ONCE = 1
    AT_A_TIME = 2
    BY_HAND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """A prize that can be won: its type, name and content.

    A code or a coupon has no content yet: source names the pool, or the provider, that it comes from.
    """

    award_id: str
    award_type: AwardType
    award_name: str
    award_content: str = field(repr=False)  # may be worth something, and is not to stand in a log
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An award's part of the odds: weight in parts per million, stock in units or None for unlimited.

    Only a user who has drawn unlock_after times before can win it. grant_type None stands for the activity's own.
    Its user claims it, or gives an address, within claim_within of the draw; later it is parked or, with lapses, void.
    None: nobody has to.
    """

    award: Award
    weight: int
    stock: int | None
    shards: int = 1
    unlock_after: int = 0
    grant_type: GrantType | None = None
    claim_within: timedelta | None = None
    lapses: bool = False

    def __post_init__(self) -> None:
        name = f"award {self.award.award_id}"
        if not 0 <= self.weight <= WHOLE:
            raise ValueError(f"{name}: weight must be 0 to {WHOLE} parts per million, not {self.weight}")
        if self.stock is not None and self.stock < 0:
            raise ValueError(f"{name}: stock must not be negative, and is {self.stock}")
        if self.unlock_after < 0:
            raise ValueError(f"{name}: unlock_after must not be negative, and is {self.unlock_after}")
        _check_shards(name, self.shards)
        if self.claim_within is not None and not timedelta() < self.claim_within <= CLAIM_WITHIN_MAX:
            raise ValueError(f"{name}: claim_within must be above 0 and at most {CLAIM_WITHIN_MAX.days} days")
        if self.lapses and self.claim_within is None:
            raise ValueError(
                f"{name}: a prize is void only after a time in which it has to be claimed: say claim_within"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """How often the whole activity may be drawn, by whomever."""

    limit: int
    shards: int = 1

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"cap: limit must be at least 1, or the cap left out for no limit, not {self.limit}")
        _check_shards("cap", self.shards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A campaign: first what its file says, then what became of it.

    The seed is there only as ciphertext and commitment (SHA-256, hex), until it is revealed.
    """

    activity_id: str
    activity_name: str
    activity_desc: str
    creator: str
    begin: datetime
    end: datetime
    time_zone: str  # IANA: where the days and months of quotas begin
    strategy_mode: StrategyMode
    grant_type: GrantType  # of each award that says no other
    grant_at: datetime | None  # only where something is granted AT_A_TIME; None: at the end
    quotas: Quotas
    cap: Cap | None
    blocked: tuple[str, ...]  # users who may not draw
    through: tuple[str, ...] = ()  # the trees that are the only ways in; none: directly, and through any tree
    admit: tuple[Condition, ...] = ()  # all have to hold for a user who draws
    shares: tuple[Share, ...]
    fallback: str | None  # the award, one of the shares, for a draw that would lose
    win_shards: int = 1  # of the index of wins; never fewer than before, since readers read them all

    state: ActivityState
    since: datetime  # when it got into this state
    approved: bool  # and neither refused nor withdrawn since: while so, the odds stand
    version: int  # counts the files that were applied
    commitment: str
    sealed_seed: bytes
    seed: bytes | None = None  # once it is revealed; then the activity never opens again
    entries: int = 0  # of its log
    digest: str = START  # of the log's last entry
    odds: Odds = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_moments(self)
        _check_odds(self.shares, self.strategy_mode)
        if self.grant_at is not None and not self.grants(GrantType.AT_A_TIME):
            raise MistakeError("grant_at belongs to prizes that are granted at a time, and to no others", "grant_at")
        if self.fallback is not None:
            _check_fallback(self.fallback, self.shares)
        _check_conditions(self.admit)
        _check_shards("wins", self.win_shards)
        weights = [(share.award.award_id, share.weight) for share in self.shares]
        object.__setattr__(self, "odds", Odds(self.strategy_mode, weights))

    @property
    def shards(self) -> dict[str, int]:
        """The number of shards of each limited award, and of the cap under CAP."""
        limited = {share.award.award_id: share.shards for share in self.shares if share.stock is not None}
        return limited if self.cap is None else limited | {CAP: self.cap.shards}

    def grant_of(self, share: Share) -> GrantType:
        """Return how the award of share is granted."""
        return self.grant_type if share.grant_type is None else share.grant_type

    def grants(self, grant_type: GrantType) -> bool:
        """Return whether any award is granted so."""
        return any(self.grant_of(share) is grant_type for share in self.shares)

    @property
    def has_locks(self) -> bool:
        return any(share.unlock_after for share in self.shares)

    def locked(self, taken: int) -> frozenset[str]:
        """Return the awards that a user who has drawn taken times cannot win yet."""
        return frozenset(share.award.award_id for share in self.shares if share.unlock_after > taken)


def _check_shards(name: str, shards: int) -> None:
    if not 1 <= shards <= SHARDS_MAX:
        raise ValueError(f"{name}: shards must be 1 to {SHARDS_MAX}, not {shards}")


def _check_moments(activity: Activity) -> None:
    begin, end = activity.begin, activity.end
    for name, moment in (("begin", begin), ("end", end), ("grant_at", activity.grant_at)):
        if moment is None:
            continue
        if moment.utcoffset() is None:
            raise MistakeError(f"{name} must have a time zone: {moment.isoformat()}", name)
        if moment.year not in YEARS:
            raise MistakeError(f"{name} must be in the years {YEARS[0]} to {YEARS[-1]}: {moment.isoformat()}", name)
    if begin >= end:
        raise MistakeError(f"begin must be before end: {begin.isoformat()} .. {end.isoformat()}", "end")


def _check_odds(shares: Sequence[Share], mode: StrategyMode) -> None:
    known: set[str] = set()
    for place, share in enumerate(shares):
        award_id = share.award.award_id
        if award_id in known:
            raise MistakeError(f"awards: award_id {award_id} is given twice", "awards", place, "award_id")
        known.add(award_id)
    total = sum(share.weight for share in shares)
    if total == 0:
        raise MistakeError("awards: the rates sum to zero, so that nobody could ever win", "awards")
    if mode is StrategyMode.SINGLE and total > WHOLE:
        raise MistakeError(f"awards: in single mode the rates may sum to 1 at most, not {total / WHOLE}", "awards")


def _check_conditions(conditions: Sequence[Condition]) -> None:
    for place, condition in enumerate(conditions):
        fault = condition.fault()
        if fault is not None:
            raise MistakeError(f"admit: {fault}", "admit", place)


def _check_fallback(fallback: str, shares: Sequence[Share]) -> None:
    share = next((share for share in shares if share.award.award_id == fallback), None)
    if share is None:
        raise MistakeError(f"fallback: there is no award {fallback}", "fallback")
    if share.stock is not None or share.unlock_after:
        raise MistakeError(
            f"fallback: award {fallback} must have no stock and no unlock_after, so as to be there always", "fallback"
        )
