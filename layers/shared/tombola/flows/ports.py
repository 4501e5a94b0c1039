"""The ports that the flows need: each promise, and each thing that is not promised.

Every method may raise BusyError: nothing is known of its effect then, and calling again is safe.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action
from tombola.rules.due import LanePage, Standing
from tombola.rules.log import Entry
from tombola.rules.order import Act, Order, OrderKey
from tombola.rules.quota import Count
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.tree import Tree
from tombola.rules.unreadable import Aside, Unreadable
from tombola.rules.verdict import Grant, Sent, Verdict


class Activities(Protocol):
    """Activities and rule trees by their id, at most a few seconds old."""

    def find(self, activity_id: str, now: datetime) -> Activity | Unreadable | None: ...

    def tree(self, tree_id: str, now: datetime) -> Tree | Unreadable | None: ...

    def stock_shown(self, activity: Activity, now: datetime) -> Mapping[str, int]:
        """Return the units left of each limited award, and of the CAP: to be looked at, and never to draw by."""

    def log(self, activity_id: str, after: int, limit: int) -> Sequence[Entry | Unreadable]:
        """Return entries of the activity's log whose number is above after, oldest first."""

    def seed(self, activity: Activity) -> bytes:
        """Return the activity's secret seed, which only the draw may; raise UnreadableSeedError if it cannot be had."""

    def sold_out(self, activity: Activity, now: datetime) -> frozenset[str]:
        """Return the awards, and CAP, that were seen sold out a moment ago; a hint, not the truth of now."""

    def note_sold_out(self, activity: Activity, award_id: str, now: datetime) -> None: ...

    def looks_first(self, user_id: str, now: datetime) -> bool:
        """Return whether a draw of the user was refused or a repeat a moment ago; a hint, not the truth of now."""

    def note_looks_first(self, user_id: str, now: datetime) -> None: ...


class Records(Protocol):
    """The orders and the counters of users, each of whom may look at their own."""

    def order(self, user_id: str, order_id: int) -> Order | Unreadable | None:
        """Return the order on record, read after every earlier write."""

    def orders_of(self, user_id: str) -> Sequence[Order | Unreadable]:
        """Return all the user's orders, in no order; raise BusyError if they are too many to read."""

    def counters(self, user_id: str, activity_id: str) -> Mapping[str, int]:
        """Return what the user's draws have counted, read after every earlier write."""


class Marks(Protocol):
    """Where it is noted whether the invoice of an order was sent."""

    def mark_sent(self, order: Order, now: datetime) -> bool:
        """Note that the invoice was sent; return False if the order has moved on."""

    def mark_failed(self, order: Order, now: datetime) -> bool:
        """Note that sending failed, due at once; return False if the order has moved on."""


class DrawLedger(Records, Marks, Protocol):
    """Where a draw becomes an order."""

    def stock_left(self, activity_id: str, shards: Mapping[str, int]) -> Mapping[str, tuple[int, ...]]:
        """Return the units left in every shard, read after every earlier write; shards are numbers by award.

        A shard that is not there, or cannot be read, is an empty shard, and an operator is told.
        """

    def order_and_counters(
        self, user_id: str, order_id: int, activity_id: str
    ) -> tuple[Order | Unreadable | None, Mapping[str, int]]:
        """Return both as they are at one moment: the order and its count are seen together, or neither."""

    def record(self, order: Order, count: Count) -> Verdict:
        """Put order, count it, and take its units of stock and cap: all or nothing."""


class AcceptLedger(Records, Marks, Protocol):
    """Where a user's claim of a prize is written, and the address that a parcel is sent to.

    Each write returns False if the order has moved on.
    """

    def accept(self, order: Order, until: datetime, now: datetime) -> bool:
        """Write that the user claims the prize, which is due at until."""

    def give_address(self, order: Order, address: ShippingAddress, until: datetime, now: datetime) -> bool:
        """Write the first address, which claims the prize, too."""

    def change_address(self, order: Order, address: ShippingAddress) -> bool:
        """Write another address, before the grant."""

    def change_shipment(self, order: Order, address: ShippingAddress) -> bool:
        """Write another address after the grant; return False if the parcel has left."""


class GrantLedger(Protocol):
    """Where distribution reads what to grant, and writes what came of it."""

    def orders(self, keys: Iterable[OrderKey]) -> Mapping[OrderKey, Order | Unreadable]:
        """Return the orders that exist, read after every earlier write."""

    def begin(self, order: Order) -> bool:
        """Count a grant that is about to be tried; return False if the order has moved on."""

    def unbegin(self, order: Order) -> bool:
        """Take back what begin counted, of order as it left it; return False if the order has moved on."""

    def grant(self, order: Order, now: datetime) -> bool:
        """Write the grant, of a parked order too; return False if the order has it already, or is void."""

    def postpone(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        """Count a failed grant, due again at until; return False if the order has moved on."""

    def hold(self, order: Order, because: str, until: datetime, now: datetime) -> bool:
        """Write down a failed grant without counting it, due again at until; return False if the order has moved on."""

    def park(self, order: Order, because: str, now: datetime) -> bool:
        """Put order where an operator sees it; return False if it has moved on."""


class ActLedger(Protocol):
    """Where an operator's act is written, once, together with the change that it makes.

    Each returns False if the order has moved on, and True again where the same act is on record.
    """

    def release(self, order: Order, act: Act) -> bool:
        """Let an order be granted now that is granted by hand."""

    def retry(self, order: Order, act: Act) -> bool:
        """Let a parked order be tried again: at once, or when its time has come."""

    def retry_unclaimed(self, order: Order, act: Act, until: datetime) -> bool:
        """Let the user of a parked order claim it after all, until then."""

    def void(self, order: Order, act: Act) -> bool:
        """Give a parked order up; in the same write its unit goes back to stock and the activity's log tells of it.

        Raise ValueError if that can never be written: there is no such stock, or no unit of it is gone.
        """


class Lanes(Protocol):
    """The index `due`: what must still happen, lane by lane."""

    def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
        """Return the oldest entries of lane that are due at until, or those after that page; a moment old."""

    def never(self, lane: str, limit: int) -> LanePage:
        """Return entries of lane whose time no clock will show; a moment old."""

    def standing(self, entries: Sequence[Standing]) -> Sequence[tuple[Standing, Order | Activity | Unreadable]]:
        """Return the item of each entry, read after every earlier write; an item that is not there is left out."""

    def set_aside(self, entry: Standing, until: datetime) -> bool:
        """Move an item to the lane `unreadable`, to be looked at again then; it keeps where it stood.

        Return False if it does not stand there any more.
        """

    def asides(self, until: datetime, limit: int) -> Sequence[Aside]:
        """Return the items of the lane `unreadable` that are to be looked at again by until."""

    def give_back(self, aside: Aside, due_at: datetime) -> bool:
        """Move an item to where it stood before; return False if it has moved meanwhile."""

    def put_off(self, entry: Standing, until: datetime) -> bool:
        """Let an item stay in its lane and be due then; return False if it does not stand there any more."""


class DueLedger(Protocol):
    """Where compensation claims orders, and writes what it did."""

    def claim(self, order: Order, until: datetime) -> Order | None:
        """Take order for oneself until then; return None if it has moved on."""

    def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> Sequence[Order] | None:
        """Take each of some orders for oneself until its time; return None if not all could be taken.

        Then none is taken, and which one kept that from the others is not said.
        """

    def unclaim(self, order: Order, until: datetime) -> bool:
        """Let order, as it was claimed, be due at until instead; return False if it has moved on."""

    def park(self, order: Order, because: str, now: datetime) -> bool:
        """Put order where an operator sees it; return False if it has moved on."""

    def miss(self, order: Order, because: str, act: Act) -> bool:
        """Put order, which its user has not claimed, where an operator sees it; return False if it has moved on."""

    def lapse(self, order: Order, act: Act) -> bool:
        """Give order up; in the same write its unit goes back to stock and the activity's log tells of it.

        Return False if it has moved on; raise ValueError if that can never be written.
        """


class Workers(Protocol):
    """More compensation, beside this run."""

    def start(self, lanes: Sequence[str]) -> bool:
        """Ask that a worker works off lanes; return False if none can be started. Never raises.

        It may never come: the next run finds its lanes as they were.
        """


class ActivityLedger(Protocol):
    """Where activities change their state."""

    def move(self, activity: Activity, action: Action, who: str, why: str, now: datetime) -> Activity | None:
        """Take action and write it to the log: all or nothing; return None if the activity has changed meanwhile.

        Raise ValueError if it can never be written.
        """


class Outbox(Protocol):
    def publish(self, orders: Sequence[Order]) -> Sent:
        """Send an invoice for each; return what the transport took, and what it will never take. Never raises.

        A transport that reads the ledger's own writes sends nothing: the write before has told it.
        A message may arrive late, twice or, even when it was taken, never.
        """


class Deadline(Protocol):
    """How long this invocation may still work."""

    def allows(self, seconds: float) -> bool:
        """Return whether that much time is left."""

    def pause(self, tries: int) -> bool:
        """Wait a jittered moment after so many tries; return False at once if there is no time to wait."""


class Prizes(Protocol):
    def grant(self, order: Order, now: datetime) -> Grant:
        """Hand the prize over and write that it was, at most once for an order."""
