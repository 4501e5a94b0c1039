"""The records of activities, as commands and pages ask for them."""

import pytest

from builders import a_share, an_activity
from desk import a_desk
from tombola_cli.operate.registry import shared_zone


@pytest.mark.parametrize(
    ("asked", "zone"),
    [
        (["tokyo"], "Asia/Tokyo"),
        (["tokyo", "osaka", "tokyo", "gone"], "Asia/Tokyo"),
        (["tokyo", "berlin"], "UTC"),
        (["gone"], "UTC"),
        ([], "UTC"),
    ],
)
def test_activities_have_the_zone_that_they_share_and_else_utc(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], zone: str
) -> None:
    with a_desk(monkeypatch) as desk:
        for name, theirs in (("tokyo", "Asia/Tokyo"), ("osaka", "Asia/Tokyo"), ("berlin", "Europe/Berlin")):
            desk.ledger.apply(an_activity(a_share("3"), activity_id=name, time_zone=theirs), {})

        assert shared_zone(asked, desk.stack) == zone
