"""What is an activity, and may it be drawn now?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from tombola.rules.problem import Problem, closed, not_open, not_open_yet

WHOLE = 1_000_000  # weights are parts per million
SHARDS_MAX = 100  # two digits in the key, and one batch read sees them all


class ActivityState(IntEnum):
    """Lottery's numbers."""

    EDIT = 1
    ARRAIGNMENT = 2
    REVOKE = 3
    PASS = 4
    DOING = 5
    REFUSE = 6
    CLOSE = 7
    OPEN = 8


class StrategyMode(IntEnum):
    SINGLE = 1  # each award has its own share of the whole; the rest loses
    TOTAL = 2  # the live awards share the whole


class GrantType(IntEnum):
    AT_ONCE = 1
    AT_A_TIME = 2
    BY_HAND = 3


class AwardType(IntEnum):
    TEXT = 1
    CODE = 2
    COUPON = 3
    PHYSICAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What a winner is handed."""

    award_id: str
    award_type: AwardType
    award_name: str
    award_content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An award's part of the odds: weight in parts per million, stock in units or None for unlimited."""

    award: Award
    weight: int
    stock: int | None
    shards: int = 1

    def __post_init__(self) -> None:
        name = f"award {self.award.award_id}"
        if not 0 <= self.weight <= WHOLE:
            raise ValueError(f"{name}: weight must be 0 to {WHOLE} parts per million, not {self.weight}")
        if self.stock is not None and self.stock < 0:
            raise ValueError(f"{name}: stock must not be negative, and is {self.stock}")
        if not 1 <= self.shards <= SHARDS_MAX:
            raise ValueError(f"{name}: shards must be 1 to {SHARDS_MAX}, not {self.shards}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A campaign as it was applied; the seed is there only as ciphertext and commitment (SHA-256, hex)."""

    activity_id: str
    activity_name: str
    activity_desc: str
    state: ActivityState
    begin: datetime
    end: datetime
    strategy_mode: StrategyMode
    grant_type: GrantType
    quota: int | None  # draws a user, in the whole activity
    shares: tuple[Share, ...]
    version: int
    commitment: str
    sealed_seed: bytes

    def __post_init__(self) -> None:
        _check_window(self.begin, self.end)
        _check_odds(self.shares, self.strategy_mode)
        if self.quota is not None and self.quota < 1:
            raise ValueError(f"quota must be at least 1, or left out for no limit, not {self.quota}")


def _check_window(begin: datetime, end: datetime) -> None:
    for name, moment in (("begin", begin), ("end", end)):
        if moment.utcoffset() is None:
            raise ValueError(f"{name} must have a time zone: {moment.isoformat()}")
    if begin >= end:
        raise ValueError(f"begin must be before end: {begin.isoformat()} .. {end.isoformat()}")


def _check_odds(shares: Sequence[Share], mode: StrategyMode) -> None:
    award_ids = [share.award.award_id for share in shares]
    twice = sorted({award_id for award_id in award_ids if award_ids.count(award_id) > 1})
    if twice:
        raise ValueError(f"awards: duplicate award_id {', '.join(twice)}")
    total = sum(share.weight for share in shares)
    if total == 0:
        raise ValueError("awards: the rates sum to zero, so that nobody could ever win")
    if mode is StrategyMode.SINGLE and total > WHOLE:
        raise ValueError(f"awards: in single mode the rates may sum to 1 at most, not {total / WHOLE}")


def refuse_draw(activity: Activity, now: datetime) -> Problem | None:
    """Return why activity cannot be drawn at now, or None when it can."""
    if activity.state is not ActivityState.DOING:
        return not_open(activity.activity_id, activity.state.name)
    if now < activity.begin:
        return not_open_yet(activity.activity_id, activity.begin)
    if now > activity.end:
        return closed(activity.activity_id, activity.end)
    return None
