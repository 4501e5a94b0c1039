"""How the parcels of an activity and their exports look in the table; nothing but translation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.aws.address_items import address_from, address_map
from tombola.aws.decode import DamageError, Fields, Item, count, moment_from, totally
from tombola.aws.items import moment, number, text
from tombola.rules.order import Order
from tombola.rules.shipment import Shipment
from tombola.rules.shipping_address import ShippingAddress

SHIPMENTS = "SHIPMENTS#"
NEW, OUT = "NEW#", "OUT#"  # a parcel, before its export and after it
BATCH = "BATCH#"  # an export


def shipments_pk(activity_id: str) -> str:
    return f"{SHIPMENTS}{activity_id}"


def new_shipment_key(activity_id: str, order_id: int) -> Item:
    return {"pk": text(shipments_pk(activity_id)), "sk": text(f"{NEW}{order_id:019d}")}


def out_key(activity_id: str, batch: str, order_id: int) -> Item:
    return {"pk": text(shipments_pk(activity_id)), "sk": text(f"{OUT}{batch}#{order_id:019d}")}


def batch_key(activity_id: str, batch: str) -> Item:
    return {"pk": text(shipments_pk(activity_id)), "sk": text(f"{BATCH}{batch}")}


def shipment_item(order: Order, address: ShippingAddress, now: datetime) -> Item:
    """Return the new parcel of order, which is granted at now; raise ValueError if it has no award."""
    if order.award is None:
        raise ValueError(f"order {order.order_id} has no award that could be sent")
    return item_of(
        Shipment(
            activity_id=order.activity_id,
            user_id=order.user_id,
            order_id=order.order_id,
            award_id=order.award.award_id,
            award_name=order.award.award_name,
            address=address,
            addresses=order.addresses,
            granted_at=now,
        )
    )


def item_of(shipment: Shipment) -> Item:
    """Return shipment as its item, be it new or out; a field that is None is left out."""
    texts = {"carrier": shipment.carrier, "tracking": shipment.tracking}
    moments = {"exported_at": shipment.exported_at, "shipped_at": shipment.shipped_at}
    return {
        **key_of(shipment),
        "user_id": text(shipment.user_id),
        "order_id": number(shipment.order_id),
        "award_id": text(shipment.award_id),
        "award_name": text(shipment.award_name),
        "address": {"M": address_map(shipment.address)},
        "addresses": number(shipment.addresses),
        "granted_at": moment(shipment.granted_at),
        **{name: text(value) for name, value in texts.items() if value is not None},
        **{name: moment(value) for name, value in moments.items() if value is not None},
    }


def key_of(shipment: Shipment) -> Item:
    """Return the key under which shipment stands."""
    if shipment.batch is None:
        return new_shipment_key(shipment.activity_id, shipment.order_id)
    return out_key(shipment.activity_id, shipment.batch, shipment.order_id)


def _shipment_from(item: Mapping[str, Any]) -> Shipment:
    read, maybe = Fields(item).read, Fields(item).maybe
    shipment = Shipment(
        activity_id=read("pk", "S", lambda pk: str(pk).removeprefix(SHIPMENTS)),
        user_id=read("user_id", "S", str),
        order_id=read("order_id", "N", count),
        award_id=read("award_id", "S", str),
        award_name=read("award_name", "S", str),
        address=read("address", "M", address_from),
        addresses=read("addresses", "N", count),
        granted_at=read("granted_at", "N", moment_from),
        batch=read("sk", "S", _batch_of),
        exported_at=maybe("exported_at", "N", moment_from),
        carrier=maybe("carrier", "S", str),
        tracking=maybe("tracking", "S", str),
        shipped_at=maybe("shipped_at", "N", moment_from),
    )
    if key_of(shipment) != {"pk": item["pk"], "sk": item["sk"]}:
        raise DamageError("its key is no shipment's, or another order's")
    return shipment


decode_shipment = totally(_shipment_from)


def _batch_of(sk: str) -> str | None:
    return None if sk.startswith(NEW) else sk.removeprefix(OUT).rpartition("#")[0]


def change_of_address(table: str, order: Order, address: ShippingAddress, seen: int) -> Item:
    """Return the update that gives order's parcel, of which seen addresses were given, another one until it leaves.

    Sent twice, it acts once: an attempt that was slow must not undo the address that came after it.
    """
    return {
        "TableName": table,
        "Key": new_shipment_key(order.activity_id, order.order_id),
        "UpdateExpression": "SET address = :address, addresses = :next",
        "ConditionExpression": "addresses = :seen",
        "ExpressionAttributeValues": {
            ":address": {"M": address_map(address)},
            ":seen": number(seen),
            ":next": number(seen + 1),
        },
    }
