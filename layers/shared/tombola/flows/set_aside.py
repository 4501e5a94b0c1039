"""Set aside: an item that cannot be read stands in nobody's way, and comes back once it can be read."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tombola.flows.ports import Deadline, Lanes
from tombola.rules.due import Standing
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import LOOK_AGAIN, Aside, Unreadable

LOOKS_MAX = 100  # items of the lane `unreadable` that a run reads again
NEVER_MAX = 100  # entries of one lane whose time no clock will show that a run sets aside
LOOK_SECONDS = 8.0  # time that must be left to look at one more, or to set it aside
FAR = timedelta(days=36500)  # everything in a lane is due by then


def set_aside(lanes: Lanes, entry: Standing, because: str, errors: list[Exception], now: datetime) -> list[Unreadable]:
    """Move entry's item out of the way; return it, or nothing if it does not stand there any more.

    An error that nobody foresaw is added to errors: the items behind it are worked on.
    """
    try:
        if lanes.set_aside(entry, now + LOOK_AGAIN):
            return [Unreadable(pk=entry.pk, sk=entry.sk, because=because)]
    except BusyError:
        return []  # it stays in its lane, and the next run moves it
    except Exception as error:  # noqa: BLE001 - told at the end of the run
        errors.append(error)
    return []


def what_never_comes(
    lanes: Lanes, lane: str, deadline: Deadline, errors: list[Exception], now: datetime
) -> Sequence[Unreadable]:
    """Set aside the items of lane whose time no clock will show: nobody would ever look at them."""
    try:
        entries = lanes.never(lane, NEVER_MAX).entries
    except BusyError:
        return []  # its turn comes again
    except Exception as error:  # noqa: BLE001 - told at the end of the run
        errors.append(error)
        return []
    in_time = (entry for entry in entries if deadline.allows(LOOK_SECONDS))
    return [item for entry in in_time for item in set_aside(lanes, entry, "due_at cannot be read", errors, now)]


def look_again(lanes: Lanes, deadline: Deadline, errors: list[Exception], now: datetime) -> int:
    """Return how many items can be read by now, and stand where they stood before."""
    try:
        asides = lanes.asides(now, LOOKS_MAX)
    except BusyError:
        return 0  # the next run looks
    except Exception as error:  # noqa: BLE001 - told at the end of the run
        errors.append(error)
        return 0
    return sum(_look_at(aside, lanes, errors, now) for aside in asides if deadline.allows(LOOK_SECONDS))


def _look_at(aside: Aside, lanes: Lanes, errors: list[Exception], now: datetime) -> bool:
    """Give aside back if it can be read by now; return whether it was."""
    try:
        if aside.because is None:
            return lanes.give_back(aside, aside.due_at or now)
        lanes.put_off(aside.standing, now + LOOK_AGAIN)
    except BusyError:
        return False  # the next run looks
    except Exception as error:  # noqa: BLE001 - told at the end of the run
        errors.append(error)
    return False
