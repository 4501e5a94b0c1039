"""P3 for parcels: each granted physical prize has one shipment, as its order tells. No breach holds an address."""

from collections import Counter
from collections.abc import Iterator

from tombola_cli.audit.books import GRANTED, PHYSICAL, Books, Breach, Item

OF_PARCELS = ("batch", "carrier", "tracking", "shipped_at")  # attributes of orders whose parcel has left
ALIKE = ("carrier", "tracking", "shipped_at")  # on a shipment and its order


def each_parcel_is_sent_once(books: Books) -> Iterator[Breach]:
    """P3: each granted physical prize has exactly one shipment, new or out, and there is no other shipment."""
    shipments = Counter(_order_of(shipment) for shipment in books.shipments)
    for shipment in books.shipments:
        order = books.orders.get(_order_of(shipment))
        for what in ["its order is not on record"] if order is None else _faults(shipment, order):
            yield Breach("P3", _order_of(shipment)[1], f"a shipment: {what}")
    for key, order in books.orders.items():
        for what in _faults_of_order(order, shipments[key]):
            yield Breach("P3", key[1], what)


def _order_of(shipment: Item) -> tuple[str, str]:
    return str(shipment.get("user_id")), str(shipment.get("order_id"))


def _has_left(shipment: Item) -> str | None:
    """Return the batch with which shipment left, None while it is new."""
    role, _, name = str(shipment["sk"]).partition("#")
    return name.rpartition("#")[0] if role == "OUT" else None


def _faults(shipment: Item, order: Item) -> Iterator[str]:
    batch = _has_left(shipment)
    if not _is_sent(order):
        yield "its order is not granted, or its prize takes no parcel"
    if shipment["pk"] != f"SHIPMENTS#{order['activity_id']}" or not _is_its_key(shipment):
        yield "it stands where another order's belongs"
    if shipment.get("award_id") != order.get("award", {}).get("award_id"):
        yield "it takes another award"
    if batch != order.get("batch"):
        yield f"it {'is new' if batch is None else f'left with batch {batch}'}, and its order says otherwise"
    if (batch is not None) != ("exported_at" in shipment):
        yield "its export and its time contradict each other"
    if any(shipment.get(name) != order.get(name) for name in ALIKE):
        yield "carrier or tracking is not that of its order"
    if "address" not in shipment or shipment.get("addresses", 0) < order.get("addresses", 0):
        yield "it has no address, or one that its user has changed"


def _is_its_key(shipment: Item) -> bool:
    return str(shipment["sk"]).rpartition("#")[2] == f"{int(shipment.get('order_id', -1)):019d}"


def _faults_of_order(order: Item, shipments: int) -> Iterator[str]:
    if _is_sent(order):
        if shipments != 1:
            yield f"granted, and it has {shipments} shipments"
        if "address" in order:
            yield "granted, and its address stands on it as well as on its shipment"
        return
    found = [name for name in OF_PARCELS if name in order]
    if found:
        yield f"it has {', '.join(found)}, and no parcel"


def _is_sent(order: Item) -> bool:
    return bool(order["grant_state"] == GRANTED and order.get("award", {}).get("award_type") == PHYSICAL)
