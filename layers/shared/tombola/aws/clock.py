"""The one place that reads the clock and asks for chance."""

import time
from datetime import UTC, datetime
from random import SystemRandom  # noqa: TID251 - jitter only; an operating system's chance survives snapshots
from typing import Protocol

from tombola.aws.deadline import Deadline

CONFLICT_SECONDS = 0.25  # that a write of a function tries to get past conflicts: they last some milliseconds

_chance = SystemRandom()


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def utc_now() -> datetime:
    """Return the time in whole milliseconds, as the table keeps it."""
    now = datetime.now(UTC)  # noqa: TID251 - see above
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


monotonic = time.monotonic
chosen = _chance.randrange  # a number below its argument


def deadline_of(context: Context) -> Deadline:
    return Deadline(
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        sleep=time.sleep,
        chance=_chance.random,
    )


_running: list[Context] = []  # the context of the invocation that runs: there is one at a time


def begin_invocation(context: Context) -> None:
    """Let deadline_of_invocation mean the invocation of context from now on."""
    _running[:] = [context]


def deadline_of_invocation() -> Deadline:
    """Return the deadline of the invocation that runs; raise IndexError if none was begun."""
    return deadline_of(_running[0])


def deadline_in(seconds: float) -> Deadline:
    end = time.monotonic() + seconds
    return Deadline(seconds_left=lambda: end - time.monotonic(), sleep=time.sleep, chance=_chance.random)


def conflict_deadline() -> Deadline:
    return deadline_in(CONFLICT_SECONDS)
