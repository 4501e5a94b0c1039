"""May the stock of an activity still be written: is the activity as it was when its stock was planned?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tombola.aws.activity_items import activity_key
from tombola.aws.items import number
from tombola.rules.activity import Activity


@dataclass(frozen=True, slots=True)
class Guard:
    """The condition that nobody has changed the activity; each transaction that writes stock checks it."""

    condition: Mapping[str, Any]  # of the activity's item

    def check(self, table: str, activity_id: str) -> dict[str, Any]:
        """Return the part of a transaction that lets all of it fail where the condition does not hold."""
        return {"ConditionCheck": {"TableName": table, "Key": activity_key(activity_id), **self.condition}}


def guard_of(found: Activity | None) -> Guard:
    """Return the guard that the activity is as it was found; where none was found, that there is none."""
    if found is None:
        return Guard({"ConditionExpression": "attribute_not_exists(pk)"})
    # Every change of an activity adds an entry to its log.
    values = {":entries": number(found.entries)}
    return Guard({"ConditionExpression": "entries = :entries", "ExpressionAttributeValues": values})
