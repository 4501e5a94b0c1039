"""What may become of an order on record? Each change is a row of this table, and nothing else changes an order.

aws/order_update.py makes DynamoDB's expressions of the rows, `changed` makes the order of afterwards, and docs/order.md
is drawn from them. A new order is put whole; it wakes a stream where its prize is granted at once (drawn_order.py). An
item that nobody can read is set aside and given back by aws/due_index.py, which knows no orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tombola.rules.order import BY_HAND, NO_ADDRESS, UNCLAIMED, Act, GrantState, MqState, Order
from tombola.rules.shipping_address import ShippingAddress

Said = str | datetime | Act | ShippingAddress  # with a change: `now`, `until`, `because`, `act`, or a value by its name
WITHOUT = {"begun": 0, "addresses": 0}  # what an attribute means that is not there, where that is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row: the order that this change needs, and the order that it leaves; an attribute that it does not name stays.

    Every order that is changed has an award: to a lost one nothing happens any more.
    """

    name: str
    told: str  # what has happened, as the pictures say it
    grant_from: tuple[GrantState, ...] = (GrantState.WAITING,)
    grant_to: GrantState | None = None
    mq_from: tuple[MqState, ...] = tuple(MqState)
    mq_to: MqState | None = None
    lane_from: str | None = None  # the only lane in which it may stand
    as_seen: tuple[str, ...] = ()  # attributes that nobody may have changed since the order was read
    sets: tuple[tuple[str, str], ...] = ()  # an attribute, and which of the words that are said becomes its value
    counts: tuple[str, ...] = ()  # attributes that become one more
    restarts: tuple[str, ...] = ()  # attributes that count from 0 again
    uncounts: tuple[str, ...] = ()  # attributes that become one less, and that have to be above 0
    removes: tuple[str, ...] = ()
    new_lane: bool = False  # it stands in another lane afterwards, or in none
    wakes: bool = False  # whether a stream is to hand it to distribution; every other change takes that mark away
    by_act: bool = False  # of an operator or of the deadline: the `act` that is said is added to its acts


MARK_SENT = Change(
    name="mark_sent",
    told="the transport took its invoice",
    mq_from=(MqState.NOT_SENT, MqState.FAILED),
    mq_to=MqState.SENT,
    sets=(("sent_at", "now"),),  # and not due_at: moving it costs two writes of the index
)
MARK_FAILED = Change(
    name="mark_failed",
    told="the transport did not take its invoice",
    mq_from=(MqState.NOT_SENT,),
    mq_to=MqState.FAILED,
    as_seen=("due_at",),  # a claim that came first has set a later time, which must stand
    sets=(("due_at", "now"),),
)
CLAIM = Change(
    name="claim",
    told="compensation works on it alone",
    as_seen=("due_at",),
    sets=(("due_at", "until"),),
    counts=("claims",),
    wakes=True,
)
UNCLAIM = Change(
    name="unclaim",
    told="compensation could not send its invoice, and it is due sooner",
    as_seen=("due_at",),
    sets=(("due_at", "until"),),
)
RELEASE = Change(
    name="release",
    told="an operator lets a prize go that is granted by hand",
    lane_from=BY_HAND,
    sets=(("grant_at", "now"), ("due_at", "now")),
    new_lane=True,
    by_act=True,
)
BEGIN = Change(
    name="begin",
    told="a grant is about to be tried, where messages had no effect before",
    as_seen=("begun",),
    counts=("begun",),
)
UNBEGIN = Change(
    name="unbegin",
    told="it was not tried: somebody else is trying it, or there was no time",
    as_seen=("begun",),
    uncounts=("begun",),
)
POSTPONE = Change(
    name="postpone",
    told="a grant failed, and is tried again later",
    mq_to=MqState.SENT,
    as_seen=("failures",),
    sets=(("failed_at", "now"), ("failed_because", "because"), ("due_at", "until")),
    counts=("failures",),
    removes=("sent_at", "begun"),  # its message is used up
)
HOLD = Change(
    name="hold",
    told="no grant of this kind can be made now, and this one is tried again later",
    mq_to=MqState.SENT,
    as_seen=("due_at",),
    sets=POSTPONE.sets,
    removes=POSTPONE.removes,  # and counts no failure: the fault is not this order's, and must not park it
)
PARK = Change(
    name="park",
    told="no try is left, or none can help: an operator sees it",
    grant_to=GrantState.PARKED,
    as_seen=("due_at",),
    sets=(("parked_because", "because"), ("due_at", "now")),
    new_lane=True,
)
GRANT = Change(
    name="grant",
    told="the winner has the prize",
    # A call that was under way while the order was parked may come back well: then the winner has it.
    grant_from=(GrantState.WAITING, GrantState.PARKED),
    grant_to=GrantState.GRANTED,
    mq_to=MqState.SENT,  # an invoice that was received was sent
    sets=(("granted_at", "now"),),
    counts=("grants",),
    removes=("due_at",),
    new_lane=True,
)
GRANT_WITH = replace(
    GRANT,
    name="grant_with",
    told="the winner has the code or the coupon, which is on record with the grant",
    sets=(*GRANT.sets, ("content", "content")),
)
GRANT_SHIPMENT = replace(
    GRANT,
    name="grant_shipment",
    told="a parcel is to be sent, and its address stands on the shipment from now on",
    as_seen=("addresses",),  # an address that came meanwhile must not be lost
    removes=(*GRANT.removes, "address"),
)
RETRY = Change(
    name="retry",
    told="an operator lets a parked prize be tried again, as if nothing had failed",
    grant_from=(GrantState.PARKED,),
    grant_to=GrantState.WAITING,
    as_seen=("due_at",),
    sets=(("due_at", "until"),),
    restarts=("claims", "failures"),
    removes=("begun", "sent_at", "parked_because"),  # the last failure stays, to be looked at
    new_lane=True,
    wakes=True,
    by_act=True,
)
VOID = Change(
    name="void",
    told="an operator gives a parked prize up; its unit goes back to stock with that",
    grant_from=(GrantState.PARKED,),
    grant_to=GrantState.VOID,
    as_seen=("due_at",),
    removes=("due_at", "address"),  # no parcel will need it
    new_lane=True,
    by_act=True,
)
ACCEPT = Change(
    name="accept",
    told="its user claims the prize in time",
    lane_from=UNCLAIMED,
    sets=(("accepted_at", "now"), ("due_at", "until")),
    new_lane=True,
    wakes=True,
)
GIVE_ADDRESS = Change(
    name="give_address",
    told="its user gives an address in time, and so claims the prize",
    lane_from=NO_ADDRESS,
    sets=(*ACCEPT.sets, ("address", "address")),
    counts=("addresses",),
    new_lane=True,
    wakes=True,
)
CHANGE_ADDRESS = Change(
    name="change_address",
    told="its user gives another address before the grant",
    grant_from=(GrantState.WAITING, GrantState.PARKED),
    as_seen=("addresses", "accepted_at"),
    sets=(("address", "address"),),
    counts=("addresses",),
)
MISS = Change(
    name="miss",
    told="its user has not claimed it by the deadline: an operator sees it",
    grant_to=GrantState.PARKED,
    as_seen=("due_at", "accepted_at"),
    sets=PARK.sets,
    new_lane=True,
    by_act=True,
)
LAPSE = Change(
    name="lapse",
    told="its user has not claimed it by the deadline, and it is void as promised, its unit back in stock",
    grant_to=GrantState.VOID,
    as_seen=MISS.as_seen,
    removes=("due_at",),
    new_lane=True,
    by_act=True,
)
RETRY_UNCLAIMED = replace(
    RETRY,
    name="retry_unclaimed",
    told="an operator gives the user of a prize that was not claimed more time",
    sets=(("accept_by", "until"), ("due_at", "until")),
    wakes=False,
)
LEAVE = Change(
    name="leave",
    told="its parcel leaves with an export, and its address stays as it is",
    grant_from=(GrantState.GRANTED,),
    as_seen=("batch",),
    sets=(("batch", "batch"),),
)
SHIP = Change(
    name="ship",
    told="an operator says which carrier has its parcel",
    grant_from=(GrantState.GRANTED,),
    as_seen=("batch",),
    sets=(("carrier", "carrier"), ("tracking", "tracking"), ("shipped_at", "now")),
)
CHANGES = (
    *(MARK_SENT, MARK_FAILED, CLAIM, UNCLAIM, RELEASE, BEGIN, UNBEGIN, POSTPONE, HOLD, PARK, GRANT, GRANT_WITH),
    *(GRANT_SHIPMENT, RETRY, VOID, ACCEPT, GIVE_ADDRESS, CHANGE_ADDRESS, MISS, LAPSE, RETRY_UNCLAIMED, LEAVE, SHIP),
)


def allows(change: Change, found: Order, seen: Order) -> bool:
    """Return whether change may be made to found, by somebody who has read it as seen."""
    return (
        found.award is not None
        and found.grant_state in change.grant_from
        and found.mq_state in change.mq_from
        and change.lane_from in (None, found.lane)
        and all(getattr(found, name) == getattr(seen, name) for name in change.as_seen)
        and all(getattr(found, name) > 0 for name in change.uncounts)
    )


def changed(order: Order, change: Change, **said: Said) -> Order:
    """Return order after change, which somebody made who knew that it was allowed."""
    after: dict[str, Any] = {name: WITHOUT.get(name) for name in change.removes} | values_of(change, said)
    after |= dict.fromkeys(change.restarts, 0)
    after |= {name: getattr(order, name) + 1 for name in change.counts}
    after |= {name: getattr(order, name) - 1 for name in change.uncounts}
    after |= states_of(change)
    if change.new_lane:  # a lane that a version with fewer lanes gave it is forgotten: its item stands in another
        after["lane_before"] = None
    if change.by_act:
        after["acts"] = (*order.acts, said["act"])
    return replace(order, **after, wake=change.wakes)


def states_of(change: Change) -> dict[str, GrantState | MqState]:
    """Return the states that change leads to, by attribute."""
    states = {"grant_state": change.grant_to, "mq_state": change.mq_to}
    return {name: state for name, state in states.items() if state is not None}


def values_of(change: Change, said: Mapping[str, Said]) -> dict[str, Said]:
    """Return the values that change sets, by attribute; raise ValueError unless exactly its words are said."""
    words = words_of(change)
    if words != said.keys():
        raise ValueError(f"{change.name} is told {sorted(said)}, and needs {sorted(words)}")
    return {name: said[word] for name, word in change.sets}


def words_of(change: Change) -> set[str]:
    """Return the words that must be said with change."""
    return {word for _, word in change.sets} | ({"act"} if change.by_act else set())
