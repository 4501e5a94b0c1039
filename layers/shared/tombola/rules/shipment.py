"""What is a shipment? The parcel of one granted physical prize, from its grant until it is on its way."""

from dataclasses import dataclass, field
from datetime import datetime

from tombola.rules.shipping_address import ShippingAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel: new until an export takes it into a batch, and then out; shipped once it has a carrier and tracking.

    address is the one of the grant, or a later one until the export; addresses counts how often the user has given one.
    """

    activity_id: str
    user_id: str
    order_id: int
    award_id: str
    award_name: str
    address: ShippingAddress = field(repr=False)
    addresses: int
    granted_at: datetime
    batch: str | None = None
    exported_at: datetime | None = None
    carrier: str | None = None
    tracking: str | None = field(default=None, repr=False)  # leads to an address
    shipped_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.batch is None) != (self.exported_at is None):
            raise ValueError(f"order {self.order_id}: the batch of its parcel and the time of its export go together")
        if len({self.carrier is None, self.tracking is None, self.shipped_at is None}) > 1:
            raise ValueError(f"order {self.order_id}: carrier, tracking and time of its parcel go together")
