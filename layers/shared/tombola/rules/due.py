"""What stands in the index `due`: which item, in which lane, and from when on something must happen to it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ACTIVITIES = "activities"  # the lane of those that start or close by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An entry of the index, which may be older than its item: key, lane and time as they are written there.

    at is that time, None if it is none that a clock shows.
    """

    pk: str
    sk: str
    lane: str
    due_at: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LanePage:
    """Entries of a lane, the oldest first; then is where the next page begins, None after the last."""

    entries: tuple[Standing, ...]
    then: Mapping[str, Any] | None = None
