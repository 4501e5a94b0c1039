"""Units are whole numbers, and a field that holds none is told by its award's name."""

import pytest

from tombola_cli.console.campaign.stock_form import whole
from tombola_cli.errors import TombolaError


def test_a_whole_number_of_units_is_taken() -> None:
    assert (whole(0, "Bike"), whole(12.0, "Bike")) == (0, 12)


@pytest.mark.parametrize("value", [None, -1, 0.5, float("nan"), float("inf")])
def test_no_other_number_is_taken(value: float | None) -> None:
    with pytest.raises(TombolaError, match="Bike: write a whole number of units"):
        whole(value, "Bike")
