"""The demo's parcels: every second user says where one is sent, and the others let their deadline pass.

No address is in any figure; the files that hold them can be read by nobody else, and are gone afterwards.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tombola_cli.audit.books import Books, Item
from tombola_cli.files.private_file import private_file
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.shipment_export import CONTENTS, export_shipments
from tombola_cli.operate.shipment_marks import mark_shipments
from tombola_cli.operate.stack import Stack

PHYSICAL = 4
ADDRESS = {"address": "Sample Street 1", "postcode": "10115", "city_name": "Berlin", "country": "DE"}
CARRIER = "Sample Post"
TAKEN = 200
DEADLINE = "deadline"  # whose act it is where a user is too late


@dataclass
class Givers:
    """The users who give addresses, and the orders for which the API took one in time."""

    given: set[str] = field(default_factory=set)
    too_late: set[str] = field(default_factory=set)

    def answer(self, api: Api, user_id: str, reply: Reply) -> None:
        """Give the address of user_id, if it has one, where reply tells of a parcel that was won."""
        award = reply.body.get("award") or {}
        if award.get("award_type") != PHYSICAL or not has_address(user_id):
            return
        order_id = str(reply.body["order_id"])
        address = {**ADDRESS, "name": user_id, "email": f"{user_id}@example.org"}
        taken = api.give_address(user_id, order_id, address).status == TAKEN
        (self.given if taken else self.too_late).add(order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many parcels stood in the file of the export, and how many were marked as shipped."""

    exported: int
    shipped: int


def figures(givers: Givers, sent: Sent, books: Books) -> dict[str, int]:
    """Return what became of parcels by the users, by the books and by the files."""
    return {
        "addresses_given": len(givers.given),
        "too_late": len(givers.too_late),
        "deadlines_passed": sum(_has_passed(order) for order in books.orders.values()),
        "exported": sent.exported,
        "shipped": sent.shipped,
    }


def agrees(found: Mapping[str, int]) -> bool:
    """Return whether a parcel left for each address that was given in time, and for nobody else."""
    return found["addresses_given"] == found["exported"] == found["shipped"]


def _has_passed(order: Item) -> bool:
    return any(act["who"] == DEADLINE for act in order.get("acts", []))


def has_address(user_id: str) -> bool:
    """Return whether user_id, such as user-07, says where a parcel is sent: every second one does."""
    return int(user_id.rpartition("-")[2]) % 2 == 0


def send_out(activity_id: str, stack: Stack) -> Sent:
    """Export every parcel, fill in a carrier and a number for each, mark them as shipped, and return how many."""
    with TemporaryDirectory(prefix="tombola-") as folder:
        exported, filled = Path(folder) / "parcels.csv", Path(folder) / "filled.csv"
        written = export_shipments(activity_id, exported, stack).written
        if not written:
            return Sent(exported=0, shipped=0)
        _fill(exported, filled)
        return Sent(exported=written, shipped=mark_shipments(activity_id, filled, stack).shipped)


def _fill(exported: Path, filled: Path) -> None:
    """Write exported anew as a carrier would give it back."""
    with exported.open(encoding="utf-8", newline="") as parcels, private_file(filled, CONTENTS) as file:
        rows = csv.DictReader(parcels)
        lines = csv.DictWriter(file, rows.fieldnames or [], lineterminator="\n")
        lines.writeheader()
        for number, row in enumerate(rows, 1):
            lines.writerow({**row, "carrier": CARRIER, "tracking": f"SAMPLE{number:06d}"})
