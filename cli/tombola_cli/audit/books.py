"""The books that an auditor reads, and the words of the verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Any]
WON = "won"
LOST = "lost"
FALLBACK = "fallback"
WAITING = 0
GRANTED = 1
PARKED = 2
VOID = 3
TOTAL_MODE = 2
BY_HAND = 3
PHYSICAL = 4  # type of the awards that a parcel takes
CAP = "*"  # stands for the activity itself where stock is told by award


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise, and where."""

    promise: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that a client got: the request that it made, and the order in the answer."""

    activity_id: str
    user_id: str
    idempotency_key: str
    order: Mapping[str, Any]
    tree_id: str | None = None  # the tree that was asked, if it was one


@dataclass(frozen=True, slots=True)
class Books:
    """A snapshot of the table by kind of item."""

    activities: dict[str, Item]
    orders: dict[tuple[str, str], Item]  # user_id, order_id
    stock: dict[tuple[str, str, int], Item]  # activity_id, award_id, shard
    quotas: dict[tuple[str, str], Item]  # user_id, activity_id
    used: dict[tuple[str, str], Item] = field(default_factory=dict)  # pool, code
    logs: dict[str, list[Item]] = field(default_factory=dict)  # by activity, in the order of their numbers
    shipments: list[Item] = field(default_factory=list)  # of parcels, new and out
    tombstones: list[Item] = field(default_factory=list)  # of draws whose users are forgotten, each with its activity

    def orders_of(self, activity_id: str) -> Iterable[tuple[str, str, Item]]:
        """Yield user_id, order_id and order."""
        for (user_id, order_id), order in self.orders.items():
            if order["activity_id"] == activity_id:
                yield user_id, order_id, order

    def won_units(self) -> Iterable[Item]:
        """Yield what took units of stock, or of the cap: each order, and what is left of each that was erased."""
        yield from self.orders.values()
        yield from self.tombstones

    def is_being_forgotten(self, user_id: str, activity_id: str) -> bool:
        """Return whether the user's draws of the activity are being erased, so that their number tells nothing."""
        return "forgetting" in self.quotas.get((user_id, activity_id), {})

    def approval(self, activity_id: str) -> Item | None:
        """Return the log's last entry of an approval."""
        entries = self.logs.get(activity_id, [])
        return next((entry for entry in reversed(entries) if entry["what"] == "approve"), None)

    def changed(self, activity_id: str, what: str) -> list[tuple[str, str]]:
        """Return what the log says `what` was before and after, each time it changed after its approval."""
        found = (line.removeprefix(f"{what}: ").split(" → ", 1) for line in self._lines(activity_id, f"{what}: "))
        return [(words[0], words[1]) for words in found if len(words) > 1]

    def returned(self, activity_id: str, award_id: str) -> int:
        """Return how many units of an award the log says came back to stock from void orders."""
        return len(list(self._lines(activity_id, f"award {award_id} stock: 1 returned")))

    def has_more_changes(self, activity_id: str) -> bool:
        """Return whether an entry after the approval had no room for all that changed."""
        return any(self._lines(activity_id, "and "))

    def _lines(self, activity_id: str, start: str) -> Iterable[str]:
        entries, approval = self.logs.get(activity_id, []), self.approval(activity_id)
        since = (entry for entry in entries if approval is None or entry["sk"] > approval["sk"])
        return (line for entry in since for line in entry["changes"] if line.startswith(start))


def award_id_of(order: Item) -> str | None:
    """Return the award of an order, or of the tombstone of one."""
    award = order.get("award", order)
    return str(award["award_id"]) if "award_id" in award else None


def name_of(order: Item) -> str:
    """Return the id of an order, or that of the tombstone of one."""
    sk = str(order["sk"])
    return str(int(sk.removeprefix("ORDER#"))) if sk.startswith("ORDER#") else f"tombstone {sk}"


def waits_for_its_user(order: Item) -> bool:
    """Return whether order's prize has a deadline, and nobody has claimed it."""
    return "accept_by" in order and "accepted_at" not in order


def limited_awards(activity: Item) -> dict[str, tuple[int, int]]:
    """Return units and number of shards of each limited award, and of the cap under CAP."""
    limited = {award["award_id"]: (award["stock"], award["shards"]) for award in activity["awards"] if "stock" in award}
    cap = activity.get("cap")
    return limited if cap is None else limited | {CAP: (cap["limit"], cap["shards"])}
