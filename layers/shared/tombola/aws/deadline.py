"""How long an invocation may still work, and how it waits in between."""

from collections.abc import Callable
from dataclasses import dataclass

PAUSE_SECONDS = 0.025  # of the first retry at most; doubled each time
PAUSE_SECONDS_MAX = 0.8
DOUBLINGS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The adapter of the deadline port: full jitter, so that losers of a conflict do not meet again."""

    seconds_left: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]  # 0 to 1

    def allows(self, seconds: float) -> bool:
        return self.seconds_left() >= seconds

    def pause(self, tries: int) -> bool:
        wait = min(PAUSE_SECONDS * 2 ** min(tries, DOUBLINGS_MAX), PAUSE_SECONDS_MAX) * self.chance()
        if not self.allows(wait):
            return False
        self.sleep(wait)
        return True
