"""What happened to an activity, by whom and why? A chain: each entry holds the hash of the one before."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tombola.rules.activity_states import ActivityState

START = "0" * 64  # what the first entry holds in place of a hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an activity's log."""

    number: int  # 1 for the first
    at: datetime
    who: str
    what: str  # apply, return, reveal, or an action of rules/activity_states.py
    why: str
    state_from: ActivityState | None  # None before it was there
    state_to: ActivityState
    version: int
    changes: tuple[str, ...]
    before: str  # the hash of the entry before

    @property
    def digest(self) -> str:
        """SHA-256, hex, of this entry's canonical JSON, the hash of the one before included."""
        return hashlib.sha256(canonical(entry_fields(self)).encode()).hexdigest()


def entry_fields(entry: Entry) -> dict[str, Any]:
    """Return entry as plain values, as it is hashed and shown."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "what": entry.what,
        "why": entry.why,
        "state_from": None if entry.state_from is None else int(entry.state_from),
        "state_to": int(entry.state_to),
        "version": entry.version,
        "changes": list(entry.changes),
        "before": entry.before,
    }


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the one JSON text that stands for value: keys sorted, no spaces, no escapes but the needed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
