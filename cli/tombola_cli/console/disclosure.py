"""Who asked for what pages hide: a prize's content, a file of addresses. One line a time, never with what was shown."""

import json
import sys

from tombola.aws.clock import utc_now
from tombola_cli.console.desk import Desk


def note(desk: Desk, what: str, **ids: str | int) -> None:
    """Write a line to stderr: when, who, on which stack, what, and the ids of the order or the activity."""
    at = utc_now().isoformat(timespec="milliseconds")
    line = {"at": at, "who": desk.who, "stack": desk.stack.stack_name, "asked_for": what, **ids}
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()
