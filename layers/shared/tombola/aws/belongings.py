"""The items of one user: the orders and the quota of each activity, and the items that nobody can read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tombola.aws.decode import Item
from tombola.aws.items import decode_order
from tombola.rules.order import Order
from tombola.rules.unreadable import Unreadable

ORDER, QUOTA = "ORDER#", "QUOTA#"


@dataclass(slots=True)
class Unit:
    """The items of a user in one activity; quota is the item as it was read, None if nothing is counted."""

    orders: list[Order] = field(default_factory=list)
    quota: Item | None = None


@dataclass(slots=True)
class Belongings:
    """A user's units by activity_id, and the items that cannot be read, each with the activity that it names."""

    user_id: str
    units: dict[str, Unit] = field(default_factory=dict)
    unreadable: list[tuple[str | None, Unreadable]] = field(default_factory=list)

    def why_kept(self, activity_id: str) -> str | None:
        """Return which item that cannot be read keeps the unit from being erased: its own, or one that names none."""
        found = (item for named, item in self.unreadable if named in (activity_id, None))
        return next((f"{item.sk} cannot be read: {item.because}" for item in found), None)


def belongings_of(user_id: str, items: Iterable[Mapping[str, Any]]) -> Belongings:
    """Return what the items of a user's partition are; an item of a kind that is not known cannot be read."""
    found = Belongings(user_id)
    for item in items:
        sk = str(item["sk"]["S"])
        if sk.startswith(QUOTA):
            found.units.setdefault(sk.removeprefix(QUOTA), Unit()).quota = dict(item)
            continue
        order = decode_order(item)
        if isinstance(order, Order):
            found.units.setdefault(order.activity_id, Unit()).orders.append(order)
        else:
            named = item.get("activity_id", {}).get("S")
            found.unreadable.append((named, order))
            if named is not None:
                found.units.setdefault(named, Unit())
    return found
