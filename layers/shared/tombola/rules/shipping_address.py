"""What is the address that a physical prize is sent to? Lottery's fields, and a postcode and a country."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingAddress:
    """Where a parcel goes and to whom: personal data, so that no repr shows any of it.

    province, city, county and town go from the largest to the smallest, as Lottery has them; country is ISO 3166
    alpha-2.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    country: str = field(repr=False)
    postcode: str | None = field(repr=False, default=None)
    province_id: str | None = field(repr=False, default=None)
    province_name: str | None = field(repr=False, default=None)
    city_id: str | None = field(repr=False, default=None)
    city_name: str | None = field(repr=False, default=None)
    county_id: str | None = field(repr=False, default=None)
    county_name: str | None = field(repr=False, default=None)
    town_id: str | None = field(repr=False, default=None)
    town_name: str | None = field(repr=False, default=None)
    phone: str | None = field(repr=False, default=None)
    email: str | None = field(repr=False, default=None)
    remark: str | None = field(repr=False, default=None)
