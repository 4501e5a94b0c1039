"""What to do with an order that should have been granted by now?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tombola.rules.order import Order, may_be_granted
from tombola.rules.state import Action, ActivityState

DOUBLINGS_MAX = 20  # keeps 2**n small; the longest backoff is reached long before


class Remedy(StrEnum):
    NOTHING = "nothing"  # granted or parked meanwhile, or its time has not come
    WAIT = "wait"  # its message is still young
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
    """A remedy, and when the order is due again."""

    remedy: Remedy
    until: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """An activity that was started or closed."""

    activity_id: str
    action: Action
    state: ActivityState


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found and did; oldest_due is an age, parked_now counts to one page, None if it was not read."""

    oldest_due: timedelta
    resent: int
    send_failed: int
    parked: tuple[Order, ...]
    parked_now: int | None
    lanes_busy: int
    moved: tuple[Moved, ...]
    activities_late: int | None  # due, and could not be moved; None if it was not read


def choose_remedy(order: Order, waits: Waits, now: datetime) -> Decision:
    """Return what compensation does with order at now."""
    if not may_be_granted(order, now):
        return Decision(Remedy.NOTHING, now)
    if order.failures >= waits.failures_max:
        return Decision(Remedy.PARK, now)
    if order.sent_at is None:  # never sent, or its message was used up by a grant that failed
        return Decision(Remedy.RESEND, now + backoff(waits, order.claims))
    if now < order.sent_at + waits.resend_after:
        return Decision(Remedy.WAIT, order.sent_at + waits.resend_after)
    return Decision(Remedy.RESEND, now + max(waits.resend_after, backoff(waits, order.claims)))


def backoff(waits: Waits, times: int) -> timedelta:
    """Return how long to wait after it went wrong times before: doubled each time, up to a limit."""
    doubled: timedelta = waits.backoff * (1 << min(times, DOUBLINGS_MAX))
    return min(doubled, waits.backoff_max)
