"""What a file says of the time in which a prize is to be claimed."""

from datetime import timedelta
from pathlib import Path

import pytest

from tombola.rules.activity import Share
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity

FILE = """\
activity_id: 1
activity_name: name
activity_desc: desc
begin: 2026-01-01
end: 2026-01-31
time_zone: UTC
strategy: single
awards:
  - {{ award_id: 1, award_name: a prize, rate: 1, {award} }}
"""


def read_share(folder: Path, award: str) -> Share:
    (folder / "activity.yaml").write_text(FILE.format(award=award), "utf-8")
    (share,) = read_activity(folder / "activity.yaml").shares
    return share


@pytest.mark.parametrize(
    ("award", "within", "lapses"),
    [
        ("award_type: 4, award_content: x", timedelta(days=30), False),
        ("award_type: 4, award_content: x, unclaimed: void", timedelta(days=30), True),
        ("award_type: 4, award_content: x, claim_within: 2 days", timedelta(days=2), False),
        ("award_type: 1, award_content: x", None, False),
        ("award_type: 1, award_content: x, claim_within: 1 second", timedelta(seconds=1), False),
        ("award_type: 1, award_content: x, claim_within: 90 minutes, unclaimed: park", timedelta(minutes=90), False),
        ("award_type: 1, award_content: x, claim_within: 48 hours, unclaimed: void", timedelta(hours=48), True),
    ],
)
def test_a_prize_has_the_deadline_of_its_file_and_a_parcel_has_one_in_any_case(
    tmp_path: Path, award: str, within: timedelta | None, lapses: bool
) -> None:
    share = read_share(tmp_path, award)

    assert (share.claim_within, share.lapses) == (within, lapses)


@pytest.mark.parametrize(
    ("award", "words"),
    [
        ("award_type: 1, award_content: x, unclaimed: void", "say claim_within, too"),
        ("award_type: 1, award_content: x, claim_within: 0 days", "write such a time as"),
        ("award_type: 1, award_content: x, claim_within: 3651 days", "must be at most 3650 days, and is 3651 days"),
        ("award_type: 1, award_content: x, claim_within: 1 day, unclaimed: keep", "awards.1.unclaimed"),
    ],
)
def test_a_deadline_that_cannot_be_is_refused(tmp_path: Path, award: str, words: str) -> None:
    with pytest.raises(TombolaError) as refused:
        read_share(tmp_path, award)

    assert words in str(refused.value)
