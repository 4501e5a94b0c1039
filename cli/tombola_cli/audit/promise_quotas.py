"""P4: nobody draws past a quota, of the activity, of a day or of a month in the activity's time zone.

A quota of any other period is a breach: nobody here could tell whether it was kept.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tombola_cli.audit.books import Books, Breach, Item

# The periods that are known here, each with the name of the counter of a day.
COUNTERS: dict[str, Callable[[date], str]] = {
    "activity": lambda _: "taken",
    "month": lambda day: f"m{day:%Y-%m}",
    "day": lambda day: f"d{day.isoformat()}",
}
ITS_OWN = re.compile(
    r"pk|sk|forgetting|taken|m[0-9]{4}-[0-9]{2}|d[0-9]{4}-[0-9]{2}-[0-9]{2}"
)  # attributes of a quota item


def nobody_is_past_a_quota(books: Books) -> Iterator[Breach]:
    """P4: a user's draws are counted, each once, and never more than the activity allows."""
    yield from _unknown(books)
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
        if not books.is_being_forgotten(user_id, activity_id):
            yield Breach("P4", f"{activity_id} {user_id}", "draws counted that nobody made")


def _unknown(books: Books) -> Iterator[Breach]:
    for activity_id, activity in books.activities.items():
        for period in activity["quotas"].keys() - COUNTERS.keys():
            yield Breach("P4", activity_id, f"its quota of the {period} is none that the auditor knows")
    for (user_id, activity_id), counted in books.quotas.items():
        for name in counted:
            if not ITS_OWN.fullmatch(name):
                yield Breach("P4", f"{activity_id} {user_id}", f"its counter {name} is none that the auditor knows")


def _faults(books: Books, activity_id: str, activity: Item, drawn: list[date], counted: Item) -> Iterator[str]:
    locks = any(award.get("unlock_after") for award in activity["awards"])
    for period, counter_of in COUNTERS.items():
        limits = _limits(books, activity_id, period, activity["quotas"].get(period))
        for counter, draws in Counter(map(counter_of, drawn)).items():
            when = "" if period == "activity" else f" in {counter[1:]}"
            if limits and draws > max(limits):
                yield f"{draws} draws{when} of {max(limits)}"
            kept = "forgetting" not in counted and _is_kept(counter, drawn)
            if kept and (limits or (locks and period == "activity")):
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
