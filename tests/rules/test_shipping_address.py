"""The address of a physical prize: personal data, which no repr shows."""

import pytest

from addresses import FIELDS, an_address
from tombola.rules.shipping_address import ShippingAddress


@pytest.mark.parametrize("word", FIELDS.values())
def test_no_repr_shows_any_of_an_address(word: str) -> None:
    assert word not in f"{an_address()!r} {an_address()} {[an_address()]}"


def test_an_address_may_be_a_name_a_line_and_a_country() -> None:
    address = ShippingAddress(name="Ada", address="Main Street 1", country="AE")

    assert (address.postcode, address.city_name, address.phone, address.remark) == (None, None, None, None)
