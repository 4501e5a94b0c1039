"""What to do with an order that should have been granted by now?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.order import Order, is_for_time
from tombola.rules.unreadable import Unreadable

DOUBLINGS_MAX = 20  # keeps 2**n small; the longest backoff is reached long before
CLAIMS_TRUSTED = 3  # claims after which a message that is received was likely received before, without effect


class Remedy(StrEnum):
    NOTHING = "nothing"  # it is finished, or waits for somebody
    WAIT = "wait"  # its message is still young, or its time has not come
    RESEND = "resend"
    PARK = "park"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How patient the repair is; template parameters, seconds in the local stage."""

    first_check: timedelta
    resend_after: timedelta
    backoff: timedelta
    backoff_max: timedelta
    failures_max: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A remedy, when the order is due again, and why it is parked."""

    remedy: Remedy
    until: datetime
    because: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """The orders to park, each with its reason; those to claim, each until when; and the ids to send again then."""

    parks: list[tuple[Order, str]] = field(default_factory=list)
    claims: list[tuple[Order, datetime]] = field(default_factory=list)
    resends: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Moved:
    """An activity that was started or closed."""

    activity_id: str
    action: Action
    state: ActivityState


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Findings and work of a run; oldest_due is for how long an order is due at most, beyond its time in a backlog.

    parked_now and unreadable_now count to one page; they and activities_late are None if they were not read.
    """

    oldest_due: timedelta
    resent: int
    send_failed: int
    parked: tuple[Order, ...]
    lapsed: tuple[Order, ...] = ()  # void, since their users have not claimed them
    lanes_busy: int
    parked_now: int | None = None
    moved: tuple[Moved, ...] = ()
    activities_late: int | None = None  # due, and could not be moved
    set_aside: tuple[Unreadable, ...] = ()  # moved out of everybody's way
    given_back: int = 0  # can be read by now
    unreadable_now: int | None = None
    given: int = 0  # lanes that workers were started for
    not_given: int = 0  # lanes that no worker could be started for
    left: tuple[str, ...] = ()  # lanes, orders and activities that wait for the next run, each with its reason
    errors: tuple[Exception, ...] = ()  # unforeseen; each kept one order, or one lane, from being worked on


def choose_remedy(order: Order, waits: Waits, now: datetime) -> Decision:
    """Return what compensation does with order at now."""
    if not is_for_time(order):
        return Decision(Remedy.NOTHING, now)
    if order.grant_at is not None and now < order.grant_at:
        return Decision(Remedy.WAIT, order.grant_at)
    because = _hopeless(order, waits)
    if because is not None:
        return Decision(Remedy.PARK, now, because)
    if order.sent_at is not None and now < order.sent_at + waits.resend_after:
        return Decision(Remedy.WAIT, order.sent_at + waits.resend_after)
    # sent_at is not written again: from here on the claims say when its message has travelled long enough.
    return Decision(Remedy.RESEND, now + max(waits.resend_after, backoff(waits, order.claims)))


def sort_out(orders: Iterable[Order], waits: Waits, now: datetime) -> Work:
    """Return the work on orders that are due in a lane: every one is either parked or claimed."""
    work = Work()
    for order in orders:
        decision = choose_remedy(order, waits, now)
        if decision.remedy is Remedy.PARK:
            work.parks.append((order, decision.because))
            continue
        work.claims.append((order, decision.until))
        if decision.remedy is Remedy.RESEND:
            work.resends.add(order.order_id)
    return work


def had_no_effect(order: Order) -> bool:
    """Return whether earlier messages of order may have been received without any effect.

    Only then is a grant counted before it is begun: it costs a write. Claims alone prove nothing, since a queue that
    stands still raises them as well.
    """
    return order.claims >= CLAIMS_TRUSTED


def _hopeless(order: Order, waits: Waits) -> str | None:
    """Return why order is to be parked, None while another try may help."""
    if order.failures >= waits.failures_max:
        last = "" if order.failed_because is None else f", the last: {order.failed_because}"
        return f"{order.failures} grants failed{last}"
    if order.begun >= waits.failures_max:
        return f"{order.begun} grants were begun, and none ended"
    return None


def backoff(waits: Waits, times: int) -> timedelta:
    """Return how long to wait after it went wrong times before: doubled each time, up to a limit."""
    doubled: timedelta = waits.backoff * (1 << min(times, DOUBLINGS_MAX))
    return min(doubled, waits.backoff_max)
