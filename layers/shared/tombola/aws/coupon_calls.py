"""How Powertools remembers the call to an order's provider, for those who must find it without asking Powertools."""

import hashlib
import json
from typing import Any

from tombola.aws.decode import Item
from tombola.aws.items import number, text
from tombola.rules.provider import key_of

KEY_PREFIX = (
    "coupon"  # Powertools' own would be this module's name, and moving the code would ask for every coupon anew
)


def call_key(user_id: str, order_id: int) -> Item:
    """Return the key of the record in the table of calls."""
    digest = hashlib.sha256(json.dumps(key_of(user_id, order_id)).encode()).hexdigest()
    return {"id": text(f"{KEY_PREFIX}#{digest}")}


def is_no_call_under_way(now_ms: int) -> dict[str, Any]:
    """Return the condition that no call is under way at now_ms, in epoch milliseconds."""
    return {
        "ConditionExpression": "attribute_not_exists(id) OR #status <> :under_way OR in_progress_expiration < :now",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":under_way": text("INPROGRESS"), ":now": number(now_ms)},
    }
