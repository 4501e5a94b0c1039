"""How often may a user draw, and when again? Per activity, per day and per month in the activity's own time zone.

A period is one value in PERIODS: the file, the item, the count, the answers, the plan and the simulation loop over it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import ClassVar, NamedTuple

TAKEN = "taken"  # the counter of the whole activity
ANY_DIGIT = str.maketrans("012345678", "999999999")
LONG = date(2000, 1, 1), date(2100, 1, 1)  # in which a longer period begins less often


class _Period(NamedTuple):  # at each cold start: a dataclass takes four times as long to make
    name: str  # in the file, the item, the answers, the plan and the log
    told: str  # by the file's schema
    number_of: Callable[[date], int]
    first_day: Callable[[int], date] | None  # of the period with that number
    counter: Callable[[date], str]  # the name of its counter, by its first day
    stale: range = range(0)  # so many periods ago: counters that are dropped. The last one's stays, as clocks differ


class Period(_Period):
    """The time over which a quota counts. Periods follow on each other without a gap, and each has a number.

    The activity's own has no first day: it never renews.
    """

    __slots__ = ()
    ACTIVITY: ClassVar["Period"]
    DAY: ClassVar["Period"]
    MONTH: ClassVar["Period"]

    def __repr__(self) -> str:
        return f"Period({self.name})"


Period.ACTIVITY = Period(
    name="activity",
    told="in the whole activity",
    number_of=lambda _: 0,
    first_day=None,
    counter=lambda _: TAKEN,
)
Period.DAY = Period(
    name="day",
    told="a day of time_zone",
    number_of=date.toordinal,
    first_day=date.fromordinal,
    counter=lambda first: f"d{first.isoformat()}",
    stale=range(2, 33),
)
Period.MONTH = Period(
    name="month",
    told="a calendar month of time_zone",
    number_of=lambda day: day.year * 12 + day.month - 1,
    first_day=lambda number: date(number // 12, number % 12 + 1, 1),
    counter=lambda first: f"m{first:%Y-%m}",
    stale=range(2, 4),
)
PERIODS: dict[str, Period] = {each.name: each for each in (Period.ACTIVITY, Period.DAY, Period.MONTH)}


@dataclass(frozen=True, slots=True, init=False)
class Quotas:
    """Draws a user by the name of a period, None or left out for no limit; the one that renews last comes first."""

    limits: tuple[tuple[Period, int], ...]

    def __init__(self, **draws: int | None) -> None:
        for name, limit in draws.items():
            if name not in PERIODS:
                raise ValueError(f"quotas: there is no period {name}: take {', '.join(PERIODS)}")
            if limit is not None and limit < 1:
                raise ValueError(f"quotas: {name} must be at least 1, or left out for no limit, not {limit}")
        limits = [(PERIODS[name], limit) for name, limit in draws.items() if limit is not None]
        object.__setattr__(self, "limits", tuple(sorted(limits, key=lambda limit: times_in(limit[0], *LONG))))

    def limit(self, period: Period) -> int | None:
        return dict(self.limits).get(period)


@dataclass(frozen=True, slots=True)
class Limit:
    """A counter of the user's, and what it must stay below for one more draw."""

    period: Period
    counter: str
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The counters of one draw: those it raises, stale ones that it drops, and the user's count that it relies on."""

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
    limits = tuple(Limit(period, counter_of(period, today), draws) for period, draws in quotas.limits)
    stale = [counter_of(period, today, ago) for period, _ in quotas.limits for ago in period.stale]
    return Count(limits=limits, stale=tuple(stale), seen=seen)


def counter_of(period: Period, today: date, ago: int = 0) -> str:
    """Return the name of the counter that a draw on this day raises, or one did so many periods ago."""
    first_day = today if period.first_day is None else period.first_day(period.number_of(today) - ago)
    return period.counter(first_day)


def is_counter(name: str) -> bool:
    """Return whether an attribute of a user's quota item counts draws, of any day."""
    return name.translate(ANY_DIGIT) in map(_shape, PERIODS.values())


def counters_around(now: datetime) -> frozenset[str]:
    """Return the names of all counters that a draw at about now may raise, in whatever time zone."""
    today = now.astimezone(UTC).date()
    days = [today + timedelta(days=days) for days in (-1, 0, 1)]
    return frozenset(counter_of(period, day) for period in PERIODS.values() for day in days)


def used_up(count: Count, counted: Mapping[str, int]) -> tuple[Period, ...]:
    """Return the periods whose limit is reached, the one that renews last first."""
    return tuple(limit.period for limit in count.limits if counted.get(limit.counter, 0) >= limit.draws)


def renews_at(period: Period, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the period's next one begins, the activity's own never."""
    if period.first_day is None:
        return None
    number = period.number_of(now.astimezone(zone).date())
    return datetime.combine(period.first_day(number + 1), time.min, zone)


def times_in(period: Period, first: date, last: date) -> int:
    """Return how many of the period a window meets, whole or in part, from its first to its last day."""
    return period.number_of(last) - period.number_of(first) + 1


@cache
def _shape(period: Period) -> str:
    """Return the names of the period's counters, every digit a nine."""
    return counter_of(period, LONG[0]).translate(ANY_DIGIT)
