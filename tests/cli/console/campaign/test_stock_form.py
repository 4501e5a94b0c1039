"""Units are whole numbers, and a field that holds none is told by its award's name."""

import pytest

from tombola_cli.console.campaign.stock_form import whole, with_names
from tombola_cli.errors import TombolaError


def test_a_refusal_has_the_name_of_each_award_and_of_no_other() -> None:
    said = with_names("award 3 stock: 5 → 2 is refused; award 33 stock: 1 → 0 is refused", {"3": "Mug", "33": "Pen"})
    assert said == "award 3 (Mug) stock: 5 → 2 is refused; award 33 (Pen) stock: 1 → 0 is refused"


def test_a_whole_number_of_units_is_taken() -> None:
    assert (whole(0, "Bike"), whole(12.0, "Bike")) == (0, 12)


@pytest.mark.parametrize("value", [None, -1, 0.5, float("nan"), float("inf")])
def test_no_other_number_is_taken(value: float | None) -> None:
    with pytest.raises(TombolaError, match="Bike: write a whole number of units"):
        whole(value, "Bike")
