"""The table of calls, as those see it who do not ask Powertools."""

import hashlib
import json

from tombola.aws.coupon_calls import KEY_PREFIX, call_key, is_no_call_under_way
from tombola.rules.provider import key_of


def test_the_key_of_a_call_is_a_hash_of_the_orders_idempotency_key() -> None:
    """test_coupons.py compares it with the key under which Powertools writes."""
    digest = hashlib.sha256(json.dumps(key_of("xiaofuge", 7)).encode()).hexdigest()

    assert call_key("xiaofuge", 7) == {"id": {"S": f"{KEY_PREFIX}#{digest}"}}
    assert call_key("xiaofuge", 8) != call_key("xiaofuge", 7) != call_key("fustack", 7)


def test_a_call_is_under_way_until_its_own_time_is_over() -> None:
    found = is_no_call_under_way(7)

    assert found["ExpressionAttributeValues"] == {":under_way": {"S": "INPROGRESS"}, ":now": {"N": "7"}}
