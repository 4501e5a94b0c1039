"""The terms of an activity, as people and as machines read them."""

import pytest

from builders import a_share, an_activity
from tombola_cli.screens.blocks import Told
from tombola_cli.screens.terms_sheets import odds, percent


@pytest.mark.parametrize(
    ("millionths", "words"),
    [(1_000_000, "100 %"), (999_999, "99.9999 %"), (300_000, "30 %"), (12_500, "1.25 %"), (1, "0.0001 %"), (0, "0 %")],
)
def test_people_read_odds_in_percent_exact_to_the_millionth(millionths: int, words: str) -> None:
    assert percent(millionths) == words


def test_machines_read_odds_as_the_file_has_them() -> None:
    table = odds(an_activity(a_share("3", weight=300_000)))

    place = [column.name for column in table.columns].index("rate")
    assert table.rows[0][place] == Told("0.3", "30 %")
