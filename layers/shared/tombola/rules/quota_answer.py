"""What does the API say of a user's quotas: how many draws are left, and when are there more?"""

import sys
from collections.abc import Mapping
from datetime import datetime, tzinfo

from tombola.rules.quota import Limit, Period, Quotas, count_of, renews_at, used_up

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic, which makes docs/openapi.json, understands no other there
    from typing_extensions import TypedDict


class UserQuotaAnswer(TypedDict):
    """A period that the activity limits, and the user's draws in the one of now; null renews_at: it never renews."""

    period: str
    draws: int
    taken: int
    left: int
    renews_at: str | None


class UserQuotasAnswer(TypedDict):
    """The draws that the quotas of an activity leave a user; the quota that renews last comes first.

    left is the least of them, null where nothing is limited. renews_at is null while there are draws left, and where
    there never will be; else the moment from which the user may draw again, if the activity is still open then.
    """

    user_id: str
    activity_id: str
    quotas: list[UserQuotaAnswer]
    left: int | None
    renews_at: str | None


def user_quotas_answer(
    user_id: str, activity_id: str, quotas: Quotas, zone: tzinfo, counted: Mapping[str, int], now: datetime
) -> UserQuotasAnswer:
    """Return what quotas leave a user whose draws have counted so, in the days and months of zone."""
    count = count_of(quotas, zone, now)
    told = [_quota_answer(limit, counted, zone, now) for limit in count.limits]
    used = used_up(count, counted)
    return {
        "user_id": user_id,
        "activity_id": activity_id,
        "quotas": told,
        "left": min((quota["left"] for quota in told), default=None),
        "renews_at": _renewal(used[0], zone, now) if used else None,
    }


def _quota_answer(limit: Limit, counted: Mapping[str, int], zone: tzinfo, now: datetime) -> UserQuotaAnswer:
    taken = counted.get(limit.counter, 0)
    return {
        "period": limit.period.name,
        "draws": limit.draws,
        "taken": taken,
        "left": max(limit.draws - taken, 0),  # a limit may have been lowered below what was taken
        "renews_at": _renewal(limit.period, zone, now),
    }


def _renewal(period: Period, zone: tzinfo, now: datetime) -> str | None:
    renews = renews_at(period, zone, now)
    return None if renews is None else renews.isoformat()
