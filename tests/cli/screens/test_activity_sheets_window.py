"""What validate and plan show of a file before anything hangs on it: its window, and what nobody can win."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tombola_cli.commands import main

FILE = """\
activity_id: shown
activity_name: n
activity_desc: d
time_zone: {zone}
begin: {begin}
end: {end}
strategy: single
awards:
  - {{ award_id: 1, award_type: 1, award_name: n, award_content: c, rate: 0.5 }}
  - {{ award_id: 2, award_type: 1, award_name: n, award_content: c, rate: 0 }}
"""


def validated(folder: Path, zone: str, begin: str, end: str) -> list[str]:
    file = folder / "activity.yaml"
    file.write_text(FILE.format(zone=zone, begin=begin, end=end))
    return CliRunner().invoke(main.app, ["activity", "validate", str(file)], catch_exceptions=False).stdout.splitlines()


@pytest.mark.parametrize(
    ("zone", "begin", "end", "words"),
    [
        (
            "Europe/Berlin",
            "2027-03-01",
            "2027-03-31",
            "Mon 2027-03-01 00:00 +01:00 to Wed 2027-03-31 23:59 +02:00, Europe/Berlin: 31 days",
        ),
        (
            "Europe/Berlin",
            "2027-03-01T00:00:00",
            "2027-03-31T00:00:00",  # the last day is lost, and can be seen to be
            "Mon 2027-03-01 00:00 +01:00 to Wed 2027-03-31 00:00 +02:00, Europe/Berlin: 30 days",
        ),
        (
            "America/New_York",
            "2027-03-01T12:00:00Z",
            "2027-03-02T14:30:00Z",
            "Mon 2027-03-01 07:00 -05:00 to Tue 2027-03-02 09:30 -05:00, America/New_York: 1 day 2 hours 30 minutes",
        ),
        (
            "Europe/Berlin",  # clocks go forward in between
            "2027-03-28T01:00:00",
            "2027-03-28T04:00:00",
            "Sun 2027-03-28 01:00 +01:00 to Sun 2027-03-28 04:00 +02:00, Europe/Berlin: 2 hours",
        ),
        (
            "UTC",
            "2027-03-01T12:00:00",
            "2027-03-01T12:00:20",
            "Mon 2027-03-01 12:00 +00:00 to Mon 2027-03-01 12:00 +00:00, UTC: 20 seconds",
        ),
    ],
)
def test_the_window_is_shown_with_weekday_zone_and_length(
    tmp_path: Path, zone: str, begin: str, end: str, words: str
) -> None:
    assert validated(tmp_path, zone, begin, end)[0] == f"window: {words}"


def test_an_award_that_nobody_can_win_is_told(tmp_path: Path) -> None:
    said = validated(tmp_path, "UTC", "2027-03-01", "2027-03-01")

    assert said[1] == "note: award 2 cannot be won: its rate is 0, and it is not the fallback"
    assert said[-1].endswith(": valid")
