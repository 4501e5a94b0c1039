"""A drill: a week is added where periods are, and nowhere else. It reaches everything, or is refused aloud."""

import re
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest

from builders import NOON, an_activity
from cloud import Cloud, a_cloud
from made_up import FILE, anew, guide_row, read
from tombola.aws.activity_items import activity_item, decode_activity
from tombola.rules.change import changes_between, refuse_changes
from tombola.rules.quota import PERIODS, Period, Quotas, count_of, used_up
from tombola.rules.unreadable import Unreadable
from tombola_cli.audit.snapshot import books_of
from tombola_cli.describe import openapi
from tombola_cli.errors import TombolaError
from tombola_cli.files import activity_file
from tombola_cli.screens import activity_sheets as sheets
from tombola_cli.simulate import simulation

DAY = timedelta(days=1)
WEEK = Period(
    name="week",
    told="a week of time_zone; it begins on Monday",
    number_of=lambda day: (day.toordinal() - 1) // 7,
    first_day=lambda number: date.fromordinal(number * 7 + 1),
    counter=lambda first: f"w{first:%G-%V}",
    stale=range(2, 5),
)
WEEKLY = FILE + "quotas: { week: 2, month: 9 }\n"
# NOON is a Monday's.
SUNDAY, NEXT_MONDAY = NOON + 6 * DAY, NOON + 7 * DAY


@pytest.fixture(autouse=True)
def _week(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PERIODS, WEEK.name, WEEK)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    activity = read(WEEKLY, tmp_path)
    window = {"begin": activity.begin, "end": activity.end}
    with a_cloud(monkeypatch, *activity.shares, quotas=activity.quotas, **window) as cloud:
        yield cloud


def test_a_file_may_limit_it_and_its_schema_describes_it(tmp_path: Path) -> None:
    assert read(WEEKLY, tmp_path).quotas == Quotas(week=2, month=9)

    described = anew(activity_file).json_schema()["$defs"]["QuotasField"]["properties"]
    assert list(described) == ["activity", "day", "month", "week"]
    assert described["week"]["description"] == WEEK.told


def test_without_it_a_file_that_limits_it_is_refused_by_line_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PERIODS, WEEK.name)

    with pytest.raises(TombolaError, match=r"activity.yaml:11: quotas.week: there is no such field"):
        read(WEEKLY, tmp_path)
    with pytest.raises(ValueError, match=r"^quotas: there is no period week: take activity, day, month$"):
        Quotas(week=2)


def test_an_item_holds_it_and_without_it_the_item_is_unreadable_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    activity = an_activity(quotas=Quotas(week=2))
    item = activity_item(activity)
    assert item["quotas"] == {"M": {"week": {"N": "2"}}}
    assert decode_activity(item) == activity

    monkeypatch.delitem(PERIODS, WEEK.name)
    found = decode_activity(item)

    assert isinstance(found, Unreadable)
    assert found.because == "quotas.week is no period that this code knows"


def test_a_user_draws_so_often_a_week_and_again_from_monday_on(cloud: Cloud) -> None:
    assert [cloud.draw(f"key-{number}")[0] for number in range(2)] == [201, 201]

    for cloud.now in (NOON, SUNDAY):
        status, problem = cloud.draw("more")
        assert (status, problem["code"], problem["title"]) == (409, "0004", "quota of the week used up")
        assert problem["detail"] == (
            "activity 100001 allows a user 2 draws a week, and all are used up; it renews at 2026-11-30T00:00:00+00:00"
        )

    cloud.now = NEXT_MONDAY
    assert cloud.draw("more")[0] == 201


def test_its_counters_are_dropped_once_they_are_stale(cloud: Cloud) -> None:
    for week in range(4):
        cloud.now = NOON + week * 7 * DAY
        cloud.draw(f"key-{week}")

    (counted,) = books_of(cloud.ledger.items()).quotas.values()
    assert {name for name in counted if name.startswith("w")} == {"w2026-50", "w2026-51"}


def test_of_several_that_are_used_up_the_one_that_renews_last_is_told() -> None:
    count = count_of(Quotas(day=1, week=1, month=1, activity=1), UTC, NOON)

    used = used_up(count, dict.fromkeys(count.counters, 1))

    assert [period.name for period in used] == ["activity", "month", "week", "day"]


def test_the_api_answers_it_as_it_documents_it(cloud: Cloud) -> None:
    _, told = cloud.get("/activities/{activity_id}", activity_id="100001")
    documented = openapi.document()["components"]["schemas"]["QuotasAnswer"]

    assert told["quotas"] == {"activity": None, "day": None, "month": 9, "week": 2}
    assert documented["required"] == list(documented["properties"]) == list(told["quotas"])


def test_a_user_sees_the_draws_that_it_leaves_and_when_it_renews(cloud: Cloud) -> None:
    cloud.draw()

    _, told = cloud.get("/users/{user_id}/quotas/{activity_id}", user_id="xiaofuge", activity_id="100001")

    week = {"period": "week", "draws": 2, "taken": 1, "left": 1, "renews_at": "2026-11-30T00:00:00+00:00"}
    assert [each["period"] for each in told["quotas"]] == ["month", "week"]
    assert (told["quotas"][1], told["left"]) == (week, 1)
    documented = openapi.document()["components"]["schemas"]["UserQuotaAnswer"]["properties"]["period"]
    assert documented["enum"] == [*PERIODS]


def test_a_plan_tells_it_and_whether_it_may_change() -> None:
    limited, raised, free = (an_activity(quotas=Quotas(**limits)) for limits in ({"week": 2}, {"week": 3}, {}))

    (change,) = changes_between(limited, raised)
    assert (str(change), refuse_changes(limited, [change])) == ("quotas.week: 2 → 3", [])
    assert refuse_changes(free, changes_between(free, limited)) == [
        "quotas.week: none → 2 is refused: a limit may become another number, but not come or go"
    ]


def test_a_simulation_and_the_summary_tell_it() -> None:
    activity = an_activity(begin=NOON, end=SUNDAY + DAY, quotas=Quotas(week=2))  # ends on a Monday

    assert list(simulation.limits(activity, 10)) == [(10 * 2 * 2, "quotas.week is 2 a user")]
    assert sheets.summary(activity).told["quotas"] == "2 a user and week"  # type: ignore[index]  # not a sentence


def test_an_auditor_that_was_not_told_of_it_says_so(cloud: Cloud) -> None:
    cloud.draw()

    said = {(breach.promise, breach.what) for breach in cloud.audit().breaches}

    assert ("P4", "its quota of the week is none that the auditor knows") in said
    assert ("P4", "its counter w2026-48 is none that the auditor knows") in said


def test_the_guide_names_every_period_but_this_one() -> None:
    told = set(re.findall(r"`(\w+)`", guide_row("quotas")))

    assert PERIODS.keys() - told == {WEEK.name}
    assert told <= PERIODS.keys()
