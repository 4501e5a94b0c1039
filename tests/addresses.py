"""Addresses that the tests send parcels to."""

import json
from typing import Any

from tombola.rules.shipping_address import ShippingAddress

FIELDS = {
    "name": "小傅哥",
    "address": "东长安街 1 号",
    "country": "CN",
    "postcode": "100006",
    "province_id": "11",
    "province_name": "北京",
    "city_id": "1101",
    "city_name": "北京市",
    "county_id": "110101",
    "county_name": "东城区",
    "town_id": "110101001",
    "town_name": "东华门街道",
    "phone": "+86 10 5555 0100",
    "email": "xiaofuge@example.org",
    "remark": "放在门口",
}


def an_address(**changes: Any) -> ShippingAddress:
    return ShippingAddress(**{**FIELDS, **changes})


def address_body(**changes: Any) -> str:
    """Return the body that gives an address; a change to None leaves the field out."""
    return json.dumps({name: value for name, value in {**FIELDS, **changes}.items() if value is not None})
