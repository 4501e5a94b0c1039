"""What is an item that nobody here can read, and where does it wait for code that can?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tombola.rules.activity import Activity
from tombola.rules.due import ACTIVITIES, Standing
from tombola.rules.order import DEADLINES, Order, is_for_time
from tombola.rules.window import due_at

UNREADABLE = "unreadable"  # the lane, out of everybody's way
LOOK_AGAIN = timedelta(minutes=10)  # until an item of that lane is read once more: newer code may understand it


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An item of the table that is there and cannot be read; because names the attribute and never its value."""

    pk: str
    sk: str
    because: str

    def __str__(self) -> str:
        """Return its key without the user, who has no place in a log, and why."""
        key = self.sk if self.pk.startswith("USER#") else f"{self.pk} {self.sk}"
        return f"{key}: {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """An item that stands in the lane `unreadable`.

    lane and due_at are where it stood before, None where that cannot be read; because is why it stays, None if it can
    be read by now and has something to do in its lane.
    """

    standing: Standing
    lane: str | None
    due_at: datetime | None
    because: str | None


def why_misplaced(item: Order | Activity, lane: str) -> str | None:
    """Return why item has no business in lane, one that is worked off by time; None if it has."""
    if isinstance(item, Activity):
        if lane != ACTIVITIES:
            return f"an activity does not belong into lane {lane}"
        return "it neither starts nor closes by itself" if due_at(item) is None else None
    if lane in DEADLINES:
        return None if item.lane == lane else "its user has nothing to do for it"
    if not lane.isdecimal():
        return f"an order does not belong into lane {lane}"
    return None if is_for_time(item) else "nothing is to be done for it"
