"""The sample file is an activity without a mistake, open from today on, in which every award can be won."""

from datetime import date
from pathlib import Path

from tombola_cli.console.campaign.sample_file import NAME, sample_file
from tombola_cli.files.activity_file import file_of
from tombola_cli.screens.activity_sheets import doubts


def test_the_sample_is_open_from_today_on_and_without_a_doubt() -> None:
    file = file_of(sample_file(date(2027, 2, 20)).encode(), Path(NAME))
    assert (file.activity.begin.isoformat(), file.activity.end.date()) == (
        "2027-02-20T00:00:00+01:00",
        date(2027, 3, 6),
    )
    assert doubts(file) == []
