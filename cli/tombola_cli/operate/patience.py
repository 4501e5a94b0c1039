"""How long a client of ours asks again, and how it waits in between."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom

PATIENCE_SECONDS = 120.0  # for one question: an emulator on a busy machine may be full for a minute
PAUSE_SECONDS = 0.2  # before the second try at most; doubled before each further one
PAUSE_SECONDS_MAX = 5.0
DOUBLINGS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Full jitter, so that clients that were refused together do not come back together."""

    seconds: float = PATIENCE_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = SystemRandom().random  # 0 to 1

    def pause(self, tries: int, retry_after: float) -> float:
        """Return for how many seconds to wait after so many tries before, and never less than was asked for."""
        longest = min(PAUSE_SECONDS * 2.0 ** min(tries, DOUBLINGS_MAX), PAUSE_SECONDS_MAX)
        return max(longest * self.chance(), retry_after)
