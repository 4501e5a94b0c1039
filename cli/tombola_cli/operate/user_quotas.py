"""What do the quotas of each activity leave a user who has drawn there?"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tombola.aws.belongings import Belongings
from tombola.aws.forget_ledger import ForgetLedger
from tombola.aws.items import decode_counters
from tombola.rules.activity import Activity
from tombola.rules.quota_answer import UserQuotasAnswer, user_quotas_answer
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.stack import Stack


def belongings_in(stack: Stack, user_id: str) -> Belongings:
    """Return the items of a user, read after every earlier write."""
    client = stack.client("dynamodb")
    return ForgetLedger(client, stack.table_name, stack.deliveries_table_name, stack.patience).belongings(user_id)


def quotas_of(
    found: Belongings, activities: Sequence[Activity | Unreadable], now: datetime
) -> list[UserQuotasAnswer | Unreadable]:
    """Return the quotas of the activities in which a user has something, and the counters that cannot be read."""
    theirs = [each for each in activities if isinstance(each, Activity) and each.activity_id in found.units]
    return [_quotas(found, each, now) for each in theirs]


def _quotas(found: Belongings, activity: Activity, now: datetime) -> UserQuotasAnswer | Unreadable:
    item = found.units[activity.activity_id].quota
    counted = {} if item is None else decode_counters(item)
    if isinstance(counted, Unreadable):
        return counted
    zone = ZoneInfo(activity.time_zone)
    return user_quotas_answer(found.user_id, activity.activity_id, activity.quotas, zone, counted, now)
