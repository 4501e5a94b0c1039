"""What happened to an order, as far as it is on record: of failures the last one, of operators' acts each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tombola.rules.activity import Award, GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, MqState, Order, waits_for_a_hand, waits_for_its_user


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an order's history; at is None where no time is on record."""

    at: datetime | None
    what: str
    words: str = ""
    who: str | None = None


SOURCES = {AwardType.CODE: "a code of pool", AwardType.COUPON: "a coupon of provider"}


def is_failing(order: Order) -> bool:
    """Return whether order's last grant failed, and no operator has acted on it since.

    A failure that is no fault of the order, such as a provider that refuses us, is not counted among its failures.
    """
    since = max((act.at for act in order.acts), default=order.drawn_at)
    return order.failures > 0 or (order.failed_at is not None and order.failed_at >= since)


def history(order: Order) -> list[Event]:
    """Return the events of order, the oldest first; what is to come stands at the end."""
    # Sorting keeps those of one moment as they are told: a failure stands before the act that it led to.
    past = sorted(_past(order), key=lambda known: known[0])
    return [*(event for _, event in past), *_future(order)]


def prize(award: Award) -> str:
    """Return what the winner gets, and never its content."""
    source = SOURCES.get(award.award_type)
    named = f"{award.award_name} (award {award.award_id})"
    return named if source is None else f"{named}: {source} {award.source}"


def _past(order: Order) -> Iterator[tuple[datetime, Event]]:
    """Yield what happened, each with the moment behind which it is shown: the latest that it can have been."""
    words = order.outcome if order.award is None else prize(order.award)
    yield order.drawn_at, Event(at=order.drawn_at, what="drawn", words=words)
    if order.sent_at is not None:
        yield order.sent_at, Event(at=order.sent_at, what="sent", words="the transport took its invoice")
    elif order.mq_state is MqState.FAILED:
        yield order.drawn_at, Event(at=None, what="not sent", words="the transport did not take its invoice")
    if order.failed_because is not None:
        failed = Event(at=order.failed_at, what="failed", words=f"{_times(order)}{order.failed_because}")
        yield order.failed_at or order.drawn_at, failed
    if order.accepted_at is not None:
        words = "its user gave an address" if order.addresses else "its user claimed the prize"
        yield order.accepted_at, Event(at=order.accepted_at, what="claimed", words=words)
    for act in order.acts:
        if act.ended:
            yield act.parked_at or act.at, Event(at=act.parked_at, what="parked", words=act.ended)
        yield act.at, Event(at=act.at, what=act.what, words=act.why, who=act.who)
    yield from _end(order)


def _end(order: Order) -> Iterator[tuple[datetime, Event]]:
    if order.grant_state is GrantState.PARKED:
        at = order.due_at or order.drawn_at
        yield at, Event(at=order.due_at, what="parked", words=order.parked_because or "")
    if order.granted_at is not None:
        if order.parked_because is not None:
            words = f"{order.parked_because}; a call that was under way came back well"
            yield order.granted_at, Event(at=None, what="parked", words=words)
        yield order.granted_at, Event(at=order.granted_at, what="granted", words="the winner has the prize")
    if order.granted_at is not None and order.batch is not None:
        yield order.granted_at, Event(at=None, what="exported", words=f"its parcel left with batch {order.batch}")
    if order.shipped_at is not None:
        yield order.shipped_at, Event(at=order.shipped_at, what="shipped", words=f"with {order.carrier}")


def _times(order: Order) -> str:
    """Return how often it failed since an operator's last act; before that nobody counts any more."""
    return f"{order.failures} times, the last one: " if order.failures > 1 else ""


def _future(order: Order) -> Iterator[Event]:
    if order.award is None:
        return
    if order.grant_state is GrantState.PARKED:
        yield Event(at=None, what="waits", words="for an operator: retry, or void")
    elif order.grant_state is GrantState.WAITING and waits_for_its_user(order):
        yield Event(at=order.accept_by, what="deadline", words=_deadline(order))
    elif waits_for_a_hand(order) and order.grant_state is GrantState.WAITING:
        yield Event(at=None, what="waits", words="for an operator: release")
    elif order.grant_state is GrantState.WAITING:
        yield Event(at=order.due_at, what="due", words=_due(order))


def _deadline(order: Order) -> str:
    end = "it is void" if order.lapses else "it is parked"
    return f"until then its user claims it, or gives an address; after that {end}"


def _due(order: Order) -> str:
    if is_failing(order):
        return "it is tried again"
    if order.grant_type is GrantType.AT_A_TIME and order.due_at == order.grant_at:
        return "its prize is granted at that time"
    return "compensation looks at it, unless it is granted by then"
