"""How an address looks in the table, within an order or a shipment."""

from collections.abc import Mapping
from typing import Any

from tombola.aws.decode import Fields, Item
from tombola.rules.shipping_address import ShippingAddress

ALWAYS = ("name", "address", "country")
IF_GIVEN = (
    *("postcode", "province_id", "province_name", "city_id", "city_name", "county_id", "county_name"),
    *("town_id", "town_name", "phone", "email", "remark"),
)


def address_map(address: ShippingAddress) -> Item:
    """Return address as a map's values; fields that are None are left out."""
    found = {name: getattr(address, name) for name in (*ALWAYS, *IF_GIVEN)}
    return {name: {"S": value} for name, value in found.items() if value is not None}


def address_from(values: Mapping[str, Any]) -> ShippingAddress:
    """Return a map's values as an address; raise DamageError naming the field that is none, never its value."""
    fields = Fields(values)
    return ShippingAddress(
        name=fields.read("name", "S", str),
        address=fields.read("address", "S", str),
        country=fields.read("country", "S", str),
        **{name: fields.maybe(name, "S", str) for name in IF_GIVEN},
    )
