"""How often may a user draw, and when again? Per activity, per day and per month in the activity's own time zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

TAKEN = "taken"  # the counter of the whole activity
STALE_DAYS = range(2, 33)  # days ago whose counters are dropped; yesterday's stays: clocks differ
STALE_MONTHS = (2, 3)
COUNTER = re.compile(r"taken|[dm][0-9]{4}-[0-9-]+")


class Period(StrEnum):
    """What a quota counts; the one that renews last comes first."""

    ACTIVITY = "activity"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Draws a user; None is no limit."""

    activity: int | None = None
    day: int | None = None
    month: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            limit = getattr(self, field.name)
            if limit is not None and limit < 1:
                raise ValueError(f"quotas: {field.name} must be at least 1, or left out for no limit, not {limit}")

    def limit(self, period: Period) -> int | None:
        return {Period.ACTIVITY: self.activity, Period.MONTH: self.month, Period.DAY: self.day}[period]


@dataclass(frozen=True, slots=True)
class Limit:
    """A counter of the user's, and what it must stay below for one more draw."""

    period: Period
    counter: str
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one draw counts: limited counters, the stale ones it drops, and the user's count that it relies on."""

    limits: tuple[Limit, ...]
    stale: tuple[str, ...] = ()
    seen: int | None = None  # draws before this one, where the decision hung on them

    @property
    def counters(self) -> tuple[str, ...]:
        """The counters to raise; a draw that relies on the user's count raises it, limited or not."""
        names = [limit.counter for limit in self.limits]
        return tuple(dict.fromkeys(names if self.seen is None else [TAKEN, *names]))


def count_of(quotas: Quotas, zone: tzinfo, now: datetime, seen: int | None = None) -> Count:
    """Return what a draw at now counts; only limited periods are counted."""
    today = now.astimezone(zone).date()
    limits = [
        Limit(period, counter_of(period, today), draws)
        for period in Period
        if (draws := quotas.limit(period)) is not None
    ]
    stale: list[str] = []
    if quotas.day is not None:
        stale += [counter_of(Period.DAY, today - timedelta(days=days)) for days in STALE_DAYS]
    if quotas.month is not None:
        stale += [f"m{_months_before(today, months)}" for months in STALE_MONTHS]
    return Count(limits=tuple(limits), stale=tuple(stale), seen=seen)


def counter_of(period: Period, today: date) -> str:
    """Return the name of the counter that a draw on this day raises."""
    if period is Period.ACTIVITY:
        return TAKEN
    return f"m{today:%Y-%m}" if period is Period.MONTH else f"d{today.isoformat()}"


def is_counter(name: str) -> bool:
    """Return whether an attribute of a user's quota item counts draws."""
    return COUNTER.fullmatch(name) is not None


def used_up(count: Count, counted: Mapping[str, int]) -> tuple[Period, ...]:
    """Return the periods whose limit is reached, the one that renews last first."""
    return tuple(limit.period for limit in count.limits if counted.get(limit.counter, 0) >= limit.draws)


def renews_at(period: Period, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the period's next one begins, the activity's own never."""
    today = now.astimezone(zone).date()
    if period is Period.ACTIVITY:
        return None
    if period is Period.DAY:
        first = today + timedelta(days=1)
    else:
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time.min, zone)


def _months_before(today: date, months: int) -> str:
    number = today.year * 12 + today.month - 1 - months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
