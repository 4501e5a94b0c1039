"""The state of a stack and its log, as they are shown."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC

from tombola_cli.local.overview import Depth, Standing
from tombola_cli.operate.backlog import Backlog
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value

LOG_COLUMNS = [Column("at"), Column("function"), Column("message")]
NOT_BUILT = "not built: make wheel builds its page, and tombola up serves it"


def up(api_url: str, endpoint_url: str | None, wheel_url: str | None) -> list[Block]:
    told = f"API      {api_url}\nendpoint {endpoint_url}\nwheel    {wheel_url or NOT_BUILT}"
    return [Facts({"api_url": api_url, "endpoint_url": endpoint_url, "wheel_url": wheel_url}, told)]


def console(address: str) -> list[Block]:
    return [Facts({"address": address}, f"{address}\nlets one browser in, once; Ctrl-C ends the console")]


def down(*, was_up: bool) -> list[Block]:
    return [Facts({"stopped": was_up}, "stopped" if was_up else "there was nothing to stop")]


def status(stack: Standing) -> list[Block]:
    unprotected = ", ".join(stack.unprotected) or "none: both tables refuse to be deleted"
    told = {
        "stack": stack.stack_name,
        **({"emulator": stack.emulator or "", "endpoint": stack.endpoint_url} if stack.endpoint_url else {}),
        "API": stack.api_url,
        **({"wheel": stack.wheel_url or NOT_BUILT} if stack.endpoint_url else {}),
        "transport": stack.transport if stack.queue is None else f"{stack.transport}, {_depth(stack.queue)}",
        **({"broker": stack.broker, "bridge": stack.bridge or ""} if stack.broker else {}),
        "dead letters": _depth(stack.dead_letters),
        "not protected": unprotected,
        "table": stack.table_name,
    }
    fields = {
        "stack": stack.stack_name,
        "emulator": stack.emulator,
        "endpoint_url": stack.endpoint_url,
        "api_url": stack.api_url,
        "wheel_url": stack.wheel_url,
        "transport": stack.transport,
        "waiting": stack.queue and stack.queue.waiting,
        "under_way": stack.queue and stack.queue.under_way,
        "broker": stack.broker,
        "bridge": stack.bridge,
        "dead_waiting": stack.dead_letters.waiting,
        "dead_under_way": stack.dead_letters.under_way,
        "not_protected": list(stack.unprotected),
        "table": stack.table_name,
        "all_counted": stack.all_counted,
    }
    items = [[kind, count] for kind, count in sorted(stack.items.items())]
    more = "" if stack.all_counted else f"and more: only the first {stack.items.total()} were counted"
    return [Facts(fields, told), Table("items", [Column("kind"), Column("count")], items), Facts({}, more)]


def backlog(found: Backlog) -> list[Block]:
    """Return how many prizes are not granted yet, by what they wait for."""
    told = {
        "due": f"{found.due:,}",
        "under way": f"{found.soon:,} are due within an hour, or their messages are on their way",
        "later": f"{found.later:,}",
        "by hand": f"{found.by_hand:,}",
        "unclaimed": f"{found.unclaimed:,} wait for their users",
        "parked": f"{found.parked:,}",
        "unreadable": f"{found.unreadable:,}",
    }
    return [Facts(asdict(found), told)]


def _depth(queue: Depth) -> str:
    return f"{queue.waiting} waiting, {queue.under_way} under way"


def log_line(row: Sequence[Value]) -> str:
    """Return a line of a log as people read it."""
    at, function, message = row
    moment = at.astimezone(UTC)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03} {function:10} {message}"
