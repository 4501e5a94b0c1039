"""The orders that an operator lists: a user's, those in trouble or in wait for a person, and all of a table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tombola.aws.clock import utc_now
from tombola.aws.due_index import DueIndex
from tombola.aws.items import order_from
from tombola.aws.ledger import DynamoLedger
from tombola.flows.set_aside import FAR
from tombola.rules.due import Standing
from tombola.rules.order import BY_HAND, DEADLINES, LANES, PARKED, Order
from tombola.rules.page import PageRequest, place_after, place_of
from tombola.rules.problem import Problem
from tombola.rules.unreadable import UNREADABLE, Aside, Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.index_walk import Place
from tombola_cli.operate.lane_walk import PAGE, place_behind, walk
from tombola_cli.operate.legible import legible
from tombola_cli.operate.order_history import is_failing
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OVERDUE = timedelta(minutes=5)  # as the alarm OldestDueAlarm has it
LOOKED_AT_MAX = 20_000  # entries of lanes for one page of a list


class View(StrEnum):
    """What an operator looks for."""

    BY_HAND = "by-hand"  # nobody has released it
    UNCLAIMED = "unclaimed"  # its user has neither claimed it nor given an address
    PARKED = "parked"
    FAILING = "failing"  # its last grant failed, and is tried again by itself
    OVERDUE = "overdue"
    UNREADABLE = "unreadable"


LANES_OF = {
    View.BY_HAND: (BY_HAND,),
    View.UNCLAIMED: DEADLINES,
    View.PARKED: (PARKED,),
    View.FAILING: LANES,
    View.OVERDUE: LANES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which orders of a list are meant; None: all of them."""

    activity_id: str | None = None
    award_id: str | None = None
    because: str | None = None  # a part of why it is parked or failed, in capitals or not
    source: tuple[str, str] | None = None  # such as pool and its name

    def __bool__(self) -> bool:
        return any((self.activity_id, self.award_id, self.because, self.source))

    def lets(self, order: Order) -> bool:
        """Return whether order is one of those."""
        award = order.award
        return (
            self.activity_id in (None, order.activity_id)
            and (self.award_id is None or (award is not None and award.award_id == self.award_id))
            and (self.because is None or self.because.lower() in (because_of(order) or "").lower())
            and (self.source is None or (award is not None and (award.award_type.source, award.source) == self.source))
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; next is the word with which the list goes on, None at its end."""

    found: list[Order | Unreadable]
    next: str | None

    @property
    def activity_ids(self) -> list[str]:
        """The activities of its orders."""
        return [each.activity_id for each in self.found if isinstance(each, Order)]


def because_of(order: Order) -> str | None:
    """Return why order is parked, or why its last grant failed."""
    return order.parked_because or order.failed_because


def of_user(user_id: str, view: View | None, wanted: Filter, limit: int, after: str | None, stack: Stack) -> Page:
    """Return a user's orders, as the table has them: newest first, and after them those that cannot be read."""
    place = place_after(PageRequest(after=after))
    if isinstance(place, Problem):
        raise TombolaError(f"--after: {place.detail}")
    found, until = ledger_of(stack).orders_of(user_id), _until(view, stack)
    orders = [each for each in found if isinstance(each, Order) and wanted.lets(each) and _is_in(each, view, until)]
    orders = [each for each in sorted(orders, key=place_of, reverse=True) if place is None or place_of(each) < place]
    if len(orders) > limit:
        at, order_id = place_of(orders[limit - 1])
        return Page([*orders[:limit]], f"{at}-{order_id}")
    return Page([*orders, *(each for each in found if isinstance(each, Unreadable))], None)


def one(user_id: str, order_id: int, stack: Stack) -> Order:
    """Return the order on record; raise TombolaError if there is none, or it cannot be read."""
    order = legible(ledger_of(stack).order(user_id, order_id))
    if order is None:
        raise TombolaError(f"{user_id} has no order {order_id}: tombola orders list {user_id} shows which there are")
    return order


def listed(view: View, wanted: Filter, limit: int, after: str | None, stack: Stack) -> Page:
    """Return the orders of a view, the oldest first; the page may end before limit where many were looked at."""
    until, found = _until(view, stack), list[Order | Unreadable]()
    read = _read(walk(LANES_OF[view], until, Place.read(after) if after else None, stack), stack)
    for looked_at, (entry, item) in enumerate(read, 1):
        if isinstance(item, Unreadable) or (_is_in(item, view, until) and wanted.lets(item)):
            found.append(item)
        if len(found) >= limit or looked_at >= LOOKED_AT_MAX:
            return Page(found, place_behind(entry).token() if next(read, None) else None)
    return Page(found, None)


def standing(view: View, wanted: Filter, until: datetime, stack: Stack) -> Iterator[list[Order | Unreadable]]:
    """Yield, some at a time, the orders that wait for a person in view, and did so at until: none that came later."""
    for chunk in parts_of((item for _, item in _read(walk(LANES_OF[view], utc_now() + FAR, None, stack), stack)), PAGE):
        yield [
            each
            for each in chunk
            if isinstance(each, Unreadable)
            or (_is_in(each, view, until) and wanted.lets(each) and _stands_since(each) <= until)
        ]


def asides(limit: int, after: str | None, stack: Stack) -> tuple[list[Aside], str | None]:
    """Return the items that nobody could read, the oldest first, and the word with which the list goes on."""
    place = Place.read(after) if after else None
    entries = walk((UNREADABLE,), utc_now() + FAR, place, stack)
    shown = [entry for entry, _ in zip(entries, range(limit), strict=False)]
    more = len(shown) == limit and next(entries, None) is not None
    return _lanes(stack).asides_among(shown), place_behind(shown[-1]).token() if more else None


def read_orders(dynamodb: "DynamoDBClient", table_name: str) -> list[Order]:
    """Return every order of the table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    items = (item for page in pages for item in page["Items"])
    return [order_from(item) for item in items if item["sk"]["S"].startswith("ORDER#")]


def ledger_of(stack: Stack) -> DynamoLedger:
    """Return the stack's ledger of orders."""
    return DynamoLedger(stack.client("dynamodb"), stack.table_name, stack.patience)


def _until(view: View | None, stack: Stack) -> datetime:
    """Return the time until which the entries of a view are due; by the clock of AWS where it matters."""
    return stack.now() - OVERDUE if view is View.OVERDUE else utc_now() + FAR


def _is_in(order: Order, view: View | None, until: datetime) -> bool:
    """Return whether order is what view shows, whatever the index said, which is a moment old."""
    if view in (View.BY_HAND, View.UNCLAIMED, View.PARKED):
        return order.lane in LANES_OF[view]
    if view is View.FAILING:
        return order.lane in LANES and is_failing(order)
    if view is View.OVERDUE:
        return order.lane in LANES and order.due_at is not None and order.due_at <= until
    return True


def _stands_since(order: Order) -> datetime:
    """Return when an order that waits for a person came there: when it was parked or claimed, else drawn."""
    return order.due_at if order.lane == PARKED and order.due_at is not None else order.accepted_at or order.drawn_at


def _read(entries: Iterable[Standing], stack: Stack) -> Iterator[tuple[Standing, Order | Unreadable]]:
    """Yield the orders that stand at entries, as they are now."""
    lanes = _lanes(stack)
    for chunk in parts_of(entries, PAGE):
        for entry, item in lanes.standing(chunk):
            if isinstance(item, Order | Unreadable):
                yield entry, item


def _lanes(stack: Stack) -> DueIndex:
    return DueIndex(stack.client("dynamodb"), stack.table_name, stack.patience)
