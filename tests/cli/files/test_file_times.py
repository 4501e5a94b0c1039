"""A file's times mean what they say: one form, in a zone, and nothing that a clock shows twice or never."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
import yaml

from tombola.rules.activity import Activity
from tombola.rules.window import INSTANT
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import json_schema, read_activity
from tombola_cli.files.file_times import read_moment
from tombola_cli.files.zones import zone_names, zone_of

FILE = """\
activity_id: times
activity_name: times
activity_desc: in every place
time_zone: {zone}
begin: {begin}
end: {end}
grant: at-a-time
grant_at: {grant_at}
strategy: single
awards:
  - {{ award_id: 1, award_type: 1, award_name: n, award_content: c, rate: 0.5 }}
"""
LINES = {"begin": 5, "end": 6, "grant_at": 8}
EXAMPLES = "write a date as 2027-03-31, or a date and time as 2027-03-31T23:59:59"


def text_with(**values: str) -> str:
    given = {"zone": "Europe/Berlin", "begin": "2027-01-01", "end": "2028-12-31", "grant_at": "2029-01-01"}
    return FILE.format(**{**given, **values})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.yaml"


def read(path: Path, **values: str) -> Activity:
    path.write_text(text_with(**values), "utf-8")
    return read_activity(path)


def refusal(path: Path, field: str, written: str, zone: str = "Europe/Berlin") -> str:
    """Return what is said of that field of the file."""
    with pytest.raises(TombolaError) as refused:
        read(path, zone=zone, **{field: written})
    said, start = str(refused.value), f"{path}:{LINES[field]}: {field}: "
    assert said.startswith(start)
    assert "\n" not in said
    return said.removeprefix(start)


def test_a_date_as_the_end_is_that_days_last_moment(path: Path) -> None:
    assert read(path, end="2027-03-31").end == datetime.fromisoformat("2027-03-31T23:59:59.999+02:00")


def test_a_date_as_begin_and_as_the_time_of_grants_is_that_days_first_moment(path: Path) -> None:
    activity = read(path, begin="2027-03-01", grant_at="2029-07-01")

    assert activity.begin.isoformat() == "2027-03-01T00:00:00+01:00"
    assert activity.grant_at is not None
    assert activity.grant_at.isoformat() == "2029-07-01T00:00:00+02:00"


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("America/Santiago", "2027-09-05", "01:00:00-03:00", "23:59:59.999-03:00"),  # midnight does not exist
        ("America/Santiago", "2027-04-03", "00:00:00-03:00", "23:59:59.999-04:00"),  # the last hour happens twice
        ("America/Havana", "2027-11-07", "00:00:00-04:00", "23:59:59.999-05:00"),  # midnight happens twice
        ("America/Havana", "2027-11-06", "00:00:00-04:00", "23:59:59.999-04:00"),
    ],
)
def test_a_day_begins_and_ends_with_its_zone_where_clocks_change_at_midnight(
    path: Path, zone: str, day: str, first: str, last: str
) -> None:
    activity = read(path, zone=zone, begin=day, end=day)

    assert activity.begin == datetime.fromisoformat(f"{day}T{first}")
    assert activity.end == datetime.fromisoformat(f"{day}T{last}")


def changes(zone: ZoneInfo, year: int) -> Iterator[date]:
    """Yield the days of a year in whose course, or at whose edges, the offset of zone changes."""
    midnights = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(366)]
    for before, after in pairwise(midnights):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield from {
                moment.astimezone(zone).date() + timedelta(days=step)
                for moment in (before, after)
                for step in (-1, 0, 1)
            }


@pytest.mark.parametrize("year", [2000, 2010, 2027, 2040])
def test_every_day_of_every_zone_has_the_moments_that_its_clocks_show(year: int) -> None:
    """Step through the days on which clocks change, a second on each side of what is said to be their edges."""
    looked_at = 0
    for name in sorted(zone_names()):
        zone = zone_of(name)
        for day in set(changes(zone, year)):
            first, last = (read_moment(day.isoformat(), zone, last=edge) for edge in (False, True))
            looked_at += 1
            shown = [(first - hours).astimezone(zone).date() for hours in (INSTANT, *map(minutes, range(1, 120)))]
            assert day not in shown, (name, day)
            shown = [(last + hours).astimezone(zone).date() for hours in (INSTANT, *map(minutes, range(1, 120)))]
            assert day not in shown, (name, day)
            assert first.astimezone(zone).date() == last.astimezone(zone).date() == day
    assert looked_at > 100


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-03-31T23:59:59", "2027-03-31T23:59:59+02:00"),
        ("2027-03-31T23:59:59.5", "2027-03-31T23:59:59.500+02:00"),
        ("2027-03-31T23:59:59Z", "2027-03-31T23:59:59+00:00"),
        ("2027-03-31T23:59:59.999-05:00", "2027-03-31T23:59:59.999-05:00"),
        ("2027-10-31T02:30:00+01:00", "2027-10-31T02:30:00+01:00"),
    ],
)
def test_a_time_is_of_the_zone_unless_it_has_its_offset(path: Path, written: str, moment: str) -> None:
    end = read(path, end=written).end

    assert (end, end.utcoffset()) == (datetime.fromisoformat(moment), datetime.fromisoformat(moment).utcoffset())


@pytest.mark.parametrize("field", LINES)
def test_a_time_that_does_not_exist_in_its_zone_is_refused_with_both_readings(path: Path, field: str) -> None:
    assert refusal(path, field, "2027-03-28T02:30:00") == (
        "2027-03-28T02:30:00 does not exist in Europe/Berlin, where clocks change then: "
        "write 2027-03-28T01:30:00+01:00 or 2027-03-28T03:30:00+02:00"
    )


@pytest.mark.parametrize("field", LINES)
def test_a_time_that_happens_twice_in_its_zone_is_refused_with_both_readings(path: Path, field: str) -> None:
    assert refusal(path, field, "2027-10-31T02:30:00") == (
        "2027-10-31T02:30:00 happens twice in Europe/Berlin, where clocks change then: "
        "write 2027-10-31T02:30:00+02:00 or 2027-10-31T02:30:00+01:00"
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("31.03.2027", "write 2027-03-31"),
        ("12/31/2027", "write 2027-12-31"),
        ("03/04/2027", "write 2027-04-03 or 2027-03-04"),
        ("2027-3-31", "write 2027-03-31"),
        ("2027/03/31", "write 2027-03-31"),
        ("20270331", "write 2027-03-31"),
        ("2027-W13-3", "write 2027-03-31"),
        ("2027-03-31 23:59", "write 2027-03-31T23:59:00"),
        ("2027-03-31T23:59", "write 2027-03-31T23:59:00"),
        ("2027-03-31 23:59:59", "write 2027-03-31T23:59:59"),
        ("20270331T235959Z", "write 2027-03-31T23:59:59Z"),
        ("2027-03-31t23:59:59z", "write 2027-03-31T23:59:59Z"),
        ("2027-03-31T23:59:59 +0200", "write 2027-03-31T23:59:59+02:00"),
        ("2027-03-31T23:59:59+2", "write 2027-03-31T23:59:59+02:00"),
        ("2027-03-31T23:59:59.123456", "write 2027-03-31T23:59:59.123"),
        ("'2027-03-31T23:59:59,5'", "write 2027-03-31T23:59:59.5"),
        ("2027-03-31T24:00:00", "write 2027-04-01T00:00:00"),
        ("2027-03-31T24:00", "write 2027-04-01T00:00:00"),
        ("9999-12-31T24:00:00", EXAMPLES),
        ("31.02.2027", EXAMPLES),
        ("2027-03-31T23:59:60", EXAMPLES),
        ("2027-03-31T23:59:59+15:00", EXAMPLES),
        ("2027-03-31T11:59 PM", EXAMPLES),
        ("tomorrow", EXAMPLES),
        ("2027", EXAMPLES),
        ("1803859200", EXAMPLES),
        ("٢٠٢٧-٠٣-٣١", EXAMPLES),
    ],
)
@pytest.mark.parametrize("field", LINES)
def test_another_form_is_refused_with_the_right_spelling(path: Path, field: str, written: str, words: str) -> None:
    assert refusal(path, field, written) == f"{written.strip(chr(39))}: {words}"


def test_a_day_that_is_not_there_is_refused(path: Path) -> None:
    assert refusal(path, "end", "2027-02-30") == "2027-02-30: there is no such day or time"
    assert refusal(path, "begin", "2011-12-30", "Pacific/Apia") == "2011-12-30 does not exist in Pacific/Apia"
    assert refusal(path, "end", "[2027-02-28]").startswith("must be a date such as 2027-03-31")


def test_a_file_without_a_time_zone_is_refused_though_its_times_have_offsets(path: Path) -> None:
    times = {"begin": "2027-03-01T00:00:00Z", "end": "2027-03-31T00:00:00Z", "grant_at": "2028-01-01T00:00:00Z"}
    path.write_text(text_with(**times).replace("time_zone: Europe/Berlin\n", ""), "utf-8")

    with pytest.raises(TombolaError, match="time_zone: is missing"):
        read_activity(path)


def test_times_are_looked_at_beside_a_time_zone_that_is_not_there(path: Path) -> None:
    path.write_text(text_with(zone="Mars/Base", end="31.03.2027"), "utf-8")

    with pytest.raises(TombolaError, match=r"there is no time zone 'Mars/Base'.*end: 31\.03\.2027: write 2027-03-31"):
        read_activity(path)


def test_an_editor_takes_the_same_forms_and_no_others() -> None:
    def complaints(end: str) -> list[object]:
        content = yaml.safe_load(
            text_with(begin="'2027-01-01'", end=f"'{end}'", grant_at="'2029-01-01T00:00:00+01:00'")
        )
        return list(jsonschema_rs.validator_for(json_schema()).iter_errors(content))

    assert complaints("2027-03-31") == complaints("2027-03-31T23:59:59.999Z") == []
    assert all(complaints(end) for end in ("31.03.2027", "2027-03-31 23:59", "2027-03-31T24:00:00", "20270331"))
