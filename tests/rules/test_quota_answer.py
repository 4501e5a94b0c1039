"""How many draws are left to a user: by period, in all, and when there are more."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.quota import PERIODS, Quotas, count_of, used_up
from tombola.rules.quota_answer import UserQuotasAnswer, user_quotas_answer

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # in the evening of that day in Shanghai
TOMORROW, NEXT_MONTH = "2026-11-24T00:00:00+08:00", "2026-12-01T00:00:00+08:00"
ALL = Quotas(activity=10, day=2, month=5)


def told(counted: dict[str, int], quotas: Quotas = ALL, now: datetime = NOON) -> UserQuotasAnswer:
    return user_quotas_answer("xiaofuge", "100001", quotas, SHANGHAI, counted, now)


def lefts(answer: UserQuotasAnswer) -> dict[str, int]:
    return {quota["period"]: quota["left"] for quota in answer["quotas"]}


def test_each_limited_period_is_told_the_one_that_renews_last_first() -> None:
    assert told({"taken": 4, "m2026-11": 3, "d2026-11-23": 1}) == {
        "user_id": "xiaofuge",
        "activity_id": "100001",
        "quotas": [
            {"period": "activity", "draws": 10, "taken": 4, "left": 6, "renews_at": None},
            {"period": "month", "draws": 5, "taken": 3, "left": 2, "renews_at": NEXT_MONTH},
            {"period": "day", "draws": 2, "taken": 1, "left": 1, "renews_at": TOMORROW},
        ],
        "left": 1,
        "renews_at": None,
    }


@pytest.mark.parametrize(
    ("counted", "left", "renews"),
    [
        ({}, 2, None),
        ({"d2026-11-23": 1}, 1, None),
        ({"m2026-11": 4}, 1, None),  # the least, whichever period it is of
        ({"taken": 9}, 1, None),
        ({"d2026-11-23": 2}, 0, TOMORROW),
        ({"m2026-11": 5}, 0, NEXT_MONTH),
        ({"d2026-11-23": 2, "m2026-11": 5}, 0, NEXT_MONTH),  # tomorrow there is none either
        ({"taken": 10}, 0, None),  # never
        ({"d2026-11-23": 2, "taken": 10}, 0, None),
        ({"d2026-11-23": 7}, 0, TOMORROW),  # the limit was lowered since
    ],
)
def test_the_least_of_them_is_left_and_renews_when_the_last_one_does(
    counted: dict[str, int], left: int, renews: str | None
) -> None:
    answer = told(counted)

    assert (answer["left"], answer["renews_at"]) == (left, renews)


def test_counters_of_past_days_and_months_take_nothing_away() -> None:
    assert lefts(told({"d2026-11-22": 2, "d2026-11-24": 2, "m2026-10": 5})) == {"activity": 10, "month": 5, "day": 2}


@pytest.mark.parametrize(("now", "left"), [("15:59:59.999", 0), ("16:00:00", 2)])
def test_a_day_ends_at_midnight_of_the_activitys_zone(now: str, left: int) -> None:
    at = datetime.fromisoformat(f"2026-11-23T{now}+00:00")

    assert lefts(told({"d2026-11-23": 2}, now=at))["day"] == left


def test_without_a_limit_nothing_is_told_and_nothing_runs_out() -> None:
    answer = told({"taken": 99, "d2026-11-23": 99}, Quotas())

    assert (answer["quotas"], answer["left"], answer["renews_at"]) == ([], None, None)


numbers = st.integers(0, 4)


@given(st.fixed_dictionaries({name: st.none() | st.integers(1, 3) for name in PERIODS}), numbers, numbers, numbers)
def test_draws_are_left_exactly_where_a_draw_is_not_refused(limits: Any, taken: int, month: int, day: int) -> None:
    quotas, counted = Quotas(**limits), {"taken": taken, "m2026-11": month, "d2026-11-23": day}

    answer = told(counted, quotas)

    assert (answer["left"] == 0) == bool(used_up(count_of(quotas, SHANGHAI, NOON), counted))
