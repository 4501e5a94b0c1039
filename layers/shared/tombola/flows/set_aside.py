"""Set aside: what cannot be read stands in nobody's way, and comes back once it can be read."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from tombola.flows.ports import Deadline, Lanes
from tombola.rules.due import Standing
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import LOOK_AGAIN, Unreadable

LOOKS_MAX = 100  # items of the lane `unreadable` that a run reads again
NEVER_MAX = 100  # entries of one lane whose time no clock will show that a run sets aside
LOOK_SECONDS = 8.0  # time that must be left to look at one more
FAR = timedelta(days=36500)  # whatever stands in a lane is due by then


def set_aside(lanes: Lanes, entry: Standing, because: str, now: datetime) -> list[Unreadable]:
    """Move entry's item out of the way; return it, or nothing if it does not stand there any more."""
    with suppress(BusyError):  # it stays in its lane, and the next run moves it
        if lanes.set_aside(entry, now + LOOK_AGAIN):
            return [Unreadable(pk=entry.pk, sk=entry.sk, because=because)]
    return []


def what_never_comes(lanes: Lanes, lane: str, now: datetime) -> Sequence[Unreadable]:
    """Set aside the items of lane whose time no clock will show: nobody would ever look at them."""
    try:
        entries = lanes.never(lane, NEVER_MAX).entries
    except BusyError:
        return []  # its turn comes again
    return [item for entry in entries for item in set_aside(lanes, entry, "due_at cannot be read", now)]


def look_again(lanes: Lanes, deadline: Deadline, now: datetime) -> int:
    """Return how many items can be read by now, and stand where they stood before."""
    given_back = 0
    with suppress(BusyError):  # the next run looks
        for aside in lanes.asides(now, LOOKS_MAX):
            if not deadline.allows(LOOK_SECONDS):
                break
            if aside.because is None:
                given_back += lanes.give_back(aside, aside.due_at or now)
            else:
                lanes.look_later(aside, now + LOOK_AGAIN)
    return given_back
