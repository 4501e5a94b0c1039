"""Gaps in the answers of MiniStack 1.5.33, each with its reason; its other gaps are in local/ministack.py."""

from collections.abc import Mapping


def log_event_id(event: Mapping[str, object]) -> str:
    """Tell one log line from another: FilterLogEvents leaves out the eventId."""
    parts = ("logStreamName", "timestamp", "ingestionTime", "message")
    return str(event.get("eventId") or [event.get(part) for part in parts])


def index_status(index: Mapping[str, object]) -> str:
    """Return the state of an index of a table: DescribeTable leaves it out, and an index is there at once."""
    return str(index.get("IndexStatus", "ACTIVE"))


def is_protected(table: Mapping[str, object]) -> bool:
    """Return whether a table refuses to be deleted: what a parameter says stays text, and false is not nothing."""
    return str(table.get("DeletionProtectionEnabled")).lower() == "true"
