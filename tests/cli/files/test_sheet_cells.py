"""No cell is a formula to a spreadsheet, and every other text stays as it is."""

import pytest

from tombola_cli.files.sheet_cells import safe


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_may_compute_is_led_by_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "幸福路 42", " =1", "'=1", "7"])
def test_every_other_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text
