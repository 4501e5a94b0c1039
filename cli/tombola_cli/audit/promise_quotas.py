"""P4: nobody draws past a quota, of the activity, of a day or of a month in the activity's time zone."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tombola_cli.audit.books import Books, Breach, Item

PERIODS = ("activity", "month", "day")


def nobody_is_past_a_quota(books: Books) -> Iterator[Breach]:
    """P4: a user's draws are counted, each once, and never more than the activity allows."""
    for activity_id, activity in books.activities.items():
        days: dict[str, list[date]] = defaultdict(list)
        zone = ZoneInfo(activity["time_zone"])
        for user_id, _, order in books.orders_of(activity_id):
            days[user_id].append(datetime.fromtimestamp(order["drawn_at"] / 1000, UTC).astimezone(zone).date())
        for user_id, drawn in days.items():
            for what in _faults(books, activity_id, activity, drawn, books.quotas.get((user_id, activity_id), {})):
                yield Breach("P4", f"{activity_id} {user_id}", what)
    drawn_by = {(user_id, order["activity_id"]) for (user_id, _), order in books.orders.items()}
    for user_id, activity_id in set(books.quotas) - drawn_by:
        yield Breach("P4", f"{activity_id} {user_id}", "draws counted that nobody made")


def _faults(books: Books, activity_id: str, activity: Item, drawn: list[date], counted: Item) -> Iterator[str]:
    counts = {
        "activity": Counter({"taken": len(drawn)}),
        "month": Counter(f"m{day:%Y-%m}" for day in drawn),
        "day": Counter(f"d{day.isoformat()}" for day in drawn),
    }
    locks = any(award.get("unlock_after") for award in activity["awards"])
    for period in PERIODS:
        limits = _limits(books, activity_id, period, activity["quotas"].get(period))
        for counter, draws in counts[period].items():
            when = "" if period == "activity" else f" in {counter[1:]}"
            if limits and draws > max(limits):
                yield f"{draws} draws{when} of {max(limits)}"
            if (limits or (locks and period == "activity")) and _is_kept(counter, drawn):
                found: Any = counted.get(counter, 0)
                if found != draws:
                    yield f"{draws} draws{when}, {found} counted"


def _limits(books: Books, activity_id: str, period: str, limit: int | None) -> list[int]:
    """Return every limit that the period ever had: it may be raised and lowered while draws go on."""
    if limit is None:
        return []
    changed = books.changed(activity_id, f"quotas.{period}")
    return [limit, *(int(words) for change in changed for words in change if words.isdecimal())]


def _is_kept(counter: str, drawn: list[date]) -> bool:
    """Return whether a counter must be there still: those of long ago are dropped by the user's next draw."""
    kept = {max(drawn) - timedelta(days=days) for days in (0, 1)}
    return counter == "taken" or counter in {f"d{day.isoformat()}" for day in kept} | {f"m{day:%Y-%m}" for day in kept}
