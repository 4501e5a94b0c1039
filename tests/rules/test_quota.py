"""How often a user may draw: where days and months begin, what is counted, what is dropped, what is told."""

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.quota import Count, Limit, Period, Quotas, count_of, counter_of, renews_at, used_up

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
# Half hours and quarters, both ends of the day, summer time that begins or ends at midnight or by half an hour.
ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "America/New_York",
    "Africa/Cairo",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
ALL = Quotas(activity=10, day=2, month=5)
MILLI = timedelta(milliseconds=1)

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - zoned there


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def counters(zone: ZoneInfo, now: datetime, quotas: Quotas = ALL) -> dict[Period, str]:
    return {limit.period: limit.counter for limit in count_of(quotas, zone, now).limits}


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        ("2026-11-23T15:59:59.999", "d2026-11-23", "m2026-11"),
        ("2026-11-23T16:00:00", "d2026-11-24", "m2026-11"),  # midnight in Shanghai
        ("2026-11-23T23:59:59.999", "d2026-11-24", "m2026-11"),
        ("2026-11-24T00:00:00", "d2026-11-24", "m2026-11"),  # midnight in UTC begins nothing
        ("2026-11-30T15:59:59.999", "d2026-11-30", "m2026-11"),
        ("2026-11-30T16:00:00", "d2026-12-01", "m2026-12"),
        ("2026-12-31T16:00:00", "d2027-01-01", "m2027-01"),
        ("2028-02-28T16:00:00", "d2028-02-29", "m2028-02"),
    ],
)
def test_days_and_months_begin_in_the_activitys_zone(now: str, day: str, month: str) -> None:
    assert counters(SHANGHAI, utc(now)) == {Period.ACTIVITY: "taken", Period.MONTH: month, Period.DAY: day}


@pytest.mark.parametrize(
    ("now", "day"),
    [("2026-11-24T04:59:59.999", "d2026-11-23"), ("2026-11-24T05:00:00", "d2026-11-24")],
)
def test_west_of_utc_the_day_begins_later(now: str, day: str) -> None:
    assert counters(NEW_YORK, utc(now))[Period.DAY] == day


def test_the_same_moment_in_another_zone_counts_the_same() -> None:
    now = utc("2026-11-23T16:00:00")

    assert count_of(ALL, SHANGHAI, now) == count_of(ALL, SHANGHAI, now.astimezone(NEW_YORK))


@pytest.mark.parametrize(
    ("quotas", "periods"),
    [
        (Quotas(), []),
        (Quotas(activity=1), [Period.ACTIVITY]),
        (Quotas(day=1), [Period.DAY]),
        (Quotas(month=1), [Period.MONTH]),
        (Quotas(day=1, activity=1), [Period.ACTIVITY, Period.DAY]),
        (ALL, [Period.ACTIVITY, Period.MONTH, Period.DAY]),
    ],
)
def test_only_limited_periods_are_counted(quotas: Quotas, periods: list[Period]) -> None:
    count = count_of(quotas, SHANGHAI, utc("2026-11-23T12:00:00"))

    assert [limit.period for limit in count.limits] == periods
    assert [limit.draws for limit in count.limits] == [quotas.limit(period) for period in periods]
    assert list(count.counters) == [limit.counter for limit in count.limits]


def test_each_period_has_its_own_limit() -> None:
    assert [ALL.limit(period) for period in (Period.ACTIVITY, Period.DAY, Period.MONTH)] == [10, 2, 5]


@pytest.mark.parametrize(
    ("quotas", "names"),
    [
        (Quotas(), ("taken",)),
        (Quotas(activity=10), ("taken",)),
        (Quotas(day=2), ("taken", "d2026-11-23")),
        (ALL, ("taken", "m2026-11", "d2026-11-23")),
    ],
)
def test_a_draw_that_relies_on_the_users_count_raises_it_once(quotas: Quotas, names: tuple[str, ...]) -> None:
    count = count_of(quotas, SHANGHAI, utc("2026-11-23T12:00:00"), seen=0)

    assert count.counters == names
    assert count.seen == 0
    assert [limit.period for limit in count.limits] == [limit.period for limit in count_of_today(quotas).limits]


def count_of_today(quotas: Quotas) -> Count:
    return count_of(quotas, SHANGHAI, utc("2026-11-23T12:00:00"))


def test_a_draw_drops_the_counters_of_a_month_of_days_and_of_two_months() -> None:
    stale = count_of_today(ALL).stale

    days = [date(2026, 11, 23) - timedelta(days=number) for number in range(2, 33)]
    assert stale == ("m2026-09", "m2026-08", *(f"d{day}" for day in days))
    assert stale[-1] == "d2026-10-22"


@pytest.mark.parametrize(
    ("now", "months"),
    [
        ("2027-01-15T00:00:00", ["m2026-11", "m2026-10"]),
        ("2027-02-15T00:00:00", ["m2026-12", "m2026-11"]),
        ("2027-03-31T00:00:00", ["m2027-01", "m2026-12"]),
        ("2027-04-15T00:00:00", ["m2027-02", "m2027-01"]),
    ],
)
def test_stale_months_are_counted_over_the_turn_of_the_year(now: str, months: list[str]) -> None:
    assert list(count_of(Quotas(month=1), SHANGHAI, utc(now)).stale) == months


@pytest.mark.parametrize(
    ("quotas", "first_letters"),
    [(Quotas(), set()), (Quotas(activity=1), set()), (Quotas(day=1), {"d"}), (Quotas(month=1), {"m"})],
)
def test_what_was_never_counted_is_not_dropped(quotas: Quotas, first_letters: set[str]) -> None:
    assert {name[0] for name in count_of_today(quotas).stale} == first_letters


@given(zones, moments)
def test_nothing_that_counts_today_yesterday_this_month_or_last_is_dropped(zone: ZoneInfo, now: datetime) -> None:
    count = count_of(ALL, zone, now)
    today = now.astimezone(zone).date()
    kept = {
        "taken",
        counter_of(Period.DAY, today),
        counter_of(Period.DAY, today - timedelta(days=1)),
        counter_of(Period.DAY, today + timedelta(days=1)),
        counter_of(Period.MONTH, today),
        counter_of(Period.MONTH, today.replace(day=1) - timedelta(days=1)),
    }

    assert kept.isdisjoint(count.stale)
    assert len(set(count.stale)) == 31 + 2
    assert not set(count.counters) & set(count.stale)


@given(zones, moments, moments)
def test_a_clock_that_is_hours_behind_finds_its_counter(zone: ZoneInfo, now: datetime, other: datetime) -> None:
    """Two draws at most a day apart never drop each other's counters."""
    behind = now - timedelta(seconds=(other.timestamp() % 86_400))

    assert not set(count_of(ALL, zone, behind).counters) & set(count_of(ALL, zone, now).stale)
    assert not set(count_of(ALL, zone, now).counters) & set(count_of(ALL, zone, behind).stale)


@given(st.dates(date(2024, 1, 1), date(2037, 12, 31)), st.integers(1, 32))
def test_who_draws_every_month_at_least_leaves_nothing_behind(first: date, days: int) -> None:
    """The counters a draw raised are dropped by the next ones, come they within 32 days of each other."""
    left: set[str] = set()
    for number in range(8):
        now = datetime(first.year, first.month, first.day, 12, tzinfo=UTC) + number * timedelta(days=days)
        count = count_of(ALL, ZoneInfo("UTC"), now)
        left = (left - set(count.stale)) | set(count.counters)

    assert len([name for name in left if name.startswith("d")]) <= 2
    assert len([name for name in left if name.startswith("m")]) <= 2


@pytest.mark.parametrize(
    ("counted", "periods"),
    [
        ({}, ()),
        ({"taken": 9, "m2026-11": 4, "d2026-11-23": 1}, ()),
        ({"taken": 10}, (Period.ACTIVITY,)),
        ({"m2026-11": 5}, (Period.MONTH,)),
        ({"d2026-11-23": 2}, (Period.DAY,)),
        ({"d2026-11-23": 3}, (Period.DAY,)),  # the limit was lowered since
        ({"d2026-11-23": 2, "m2026-11": 5}, (Period.MONTH, Period.DAY)),
        ({"d2026-11-23": 2, "taken": 10}, (Period.ACTIVITY, Period.DAY)),
        ({"taken": 10, "m2026-11": 5, "d2026-11-23": 2}, (Period.ACTIVITY, Period.MONTH, Period.DAY)),
        ({"d2026-11-22": 2, "m2026-10": 5}, ()),  # yesterday's and last month's
    ],
)
def test_what_renews_last_is_told_first(counted: dict[str, int], periods: tuple[Period, ...]) -> None:
    assert used_up(count_of_today(ALL), counted) == periods


def test_a_counter_without_limit_is_never_used_up() -> None:
    assert used_up(count_of_today(Quotas(day=2)), {"taken": 99, "m2026-11": 99}) == ()


def test_the_last_draw_of_a_quota_is_allowed_and_the_next_is_not() -> None:
    count = Count(limits=(Limit(Period.DAY, "d", 2),))

    assert [used_up(count, {"d": drawn}) for drawn in range(3)] == [(), (), (Period.DAY,)]


@pytest.mark.parametrize(
    ("period", "zone", "now", "renews"),
    [
        (Period.DAY, SHANGHAI, "2026-11-23T15:59:59", "2026-11-24T00:00:00+08:00"),
        (Period.DAY, SHANGHAI, "2026-11-23T16:00:00", "2026-11-25T00:00:00+08:00"),
        (Period.MONTH, SHANGHAI, "2026-11-30T15:59:59", "2026-12-01T00:00:00+08:00"),
        (Period.MONTH, SHANGHAI, "2026-11-30T16:00:00", "2027-01-01T00:00:00+08:00"),
        (Period.MONTH, SHANGHAI, "2027-01-30T20:00:00", "2027-02-01T00:00:00+08:00"),
        (Period.DAY, NEW_YORK, "2026-03-08T06:00:00", "2026-03-09T00:00:00-04:00"),  # a day of 23 hours
        (Period.DAY, NEW_YORK, "2026-03-07T12:00:00", "2026-03-08T00:00:00-05:00"),
        (Period.DAY, NEW_YORK, "2026-11-01T05:30:00", "2026-11-02T00:00:00-05:00"),  # a day of 25 hours
        (Period.DAY, NEW_YORK, "2026-11-01T06:30:00", "2026-11-02T00:00:00-05:00"),  # half past one, again
        (Period.MONTH, NEW_YORK, "2026-03-05T12:00:00", "2026-04-01T00:00:00-04:00"),
        (Period.MONTH, NEW_YORK, "2026-11-01T03:59:00", "2026-11-01T00:00:00-04:00"),  # October still
        (Period.MONTH, NEW_YORK, "2026-11-01T04:00:00", "2026-12-01T00:00:00-05:00"),
    ],
)
def test_a_quota_renews_at_midnight_of_its_zone(period: Period, zone: ZoneInfo, now: str, renews: str) -> None:
    found = renews_at(period, zone, utc(now))

    assert found is not None
    assert found.isoformat() == renews


def test_the_activitys_own_quota_never_renews() -> None:
    assert renews_at(Period.ACTIVITY, SHANGHAI, utc("2026-11-23T12:00:00")) is None


@given(zones, moments, st.sampled_from([Period.DAY, Period.MONTH]))
def test_a_quota_renews_exactly_when_another_counter_counts(zone: ZoneInfo, now: datetime, period: Period) -> None:
    renews = renews_at(period, zone, now)

    assert renews is not None
    instant = renews.astimezone(UTC)
    assert instant > now
    assert counters(zone, instant - MILLI)[period] == counters(zone, now)[period]
    assert counters(zone, instant)[period] != counters(zone, now)[period]


@given(moments)
def test_a_month_has_a_counter_for_each_of_its_days(now: datetime) -> None:
    days = calendar.monthrange(now.year, now.month)[1]
    first = datetime(now.year, now.month, 1, 12, tzinfo=UTC)

    names = {counters(ZoneInfo("UTC"), first + number * timedelta(days=1))[Period.DAY] for number in range(days)}

    assert len(names) == days
    assert {name[1:8] for name in names} == {counters(ZoneInfo("UTC"), now)[Period.MONTH][1:]}


@pytest.mark.parametrize("limits", [{name: limit} for name in ("activity", "day", "month") for limit in (0, -1)])
def test_a_limit_below_one_is_refused_by_name(limits: dict[str, Any]) -> None:
    ((name, limit),) = limits.items()

    with pytest.raises(ValueError, match=f"^quotas: {name} must be at least 1, or left out for no limit, not {limit}$"):
        Quotas(**limits)


def test_the_smallest_limit_is_one_and_none_is_no_limit() -> None:
    assert Quotas(activity=1, day=1, month=1).limit(Period.DAY) == 1
    assert Quotas().limit(Period.DAY) is None
