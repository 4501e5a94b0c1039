"""An address in the table: read back as it was, and what cannot be read is named, never told."""

from dataclasses import fields

import pytest

from addresses import FIELDS, an_address
from tombola.aws.address_items import ALWAYS, IF_GIVEN, address_from, address_map
from tombola.aws.decode import DamageError
from tombola.rules.shipping_address import ShippingAddress

SHORT = ShippingAddress(name="Ada", address="Main Street 1", country="AE")


@pytest.mark.parametrize("address", [an_address(), SHORT])
def test_an_address_is_read_back(address: ShippingAddress) -> None:
    assert address_from(address_map(address)) == address


def test_fields_that_are_not_given_are_left_out() -> None:
    assert address_map(SHORT) == {"name": {"S": "Ada"}, "address": {"S": "Main Street 1"}, "country": {"S": "AE"}}


def test_every_field_of_an_address_is_kept() -> None:
    assert {*ALWAYS, *IF_GIVEN} == {each.name for each in fields(ShippingAddress)} == address_map(an_address()).keys()


@pytest.mark.parametrize("name", ALWAYS)
def test_an_address_without_a_field_that_it_always_has_is_damaged(name: str) -> None:
    values = {each: value for each, value in address_map(an_address()).items() if each != name}

    with pytest.raises(DamageError, match=f"{name} is missing"):
        address_from(values)


@pytest.mark.parametrize("name", FIELDS)
def test_an_error_names_the_field_and_never_says_what_it_holds(name: str) -> None:
    values = address_map(an_address()) | {name: {"N": "4711"}}

    with pytest.raises(DamageError) as caught:
        address_from(values)

    assert str(caught.value) == f"{name} cannot be read"
