"""Values the tests are made of: each with sensible defaults, each field open to change."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tombola.rules.activity import Activity, Award, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.log import START, Entry
from tombola.rules.odds import StrategyMode
from tombola.rules.order import Act, Order, Outcome, Proof
from tombola.rules.provider import Provider, provider_from
from tombola.rules.quota import Count, Limit, Period, Quotas
from tombola.rules.remedy import Waits
from tombola.rules.request import DrawRequest, Target

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEED = bytes(range(32))
SECOND = timedelta(seconds=1)
WAITS = Waits(
    first_check=60 * SECOND,
    resend_after=600 * SECOND,
    backoff=60 * SECOND,
    backoff_max=3600 * SECOND,
    failures_max=3,
)
UNCOUNTED = Count(limits=())


def definition(**changes: Any) -> str:
    """Return the definition of a provider as its secret has it."""
    fields: dict[str, Any] = {
        "url": "https://coupons.example/v1/coupons",
        "body": {"user": "{user_id}", "order": "{order_id}", "prize": "{award_id}"},
        "timeout_seconds": 5,
        "key": "a key of the tests",
        "coupon": "coupon",
        "keeps_keys_hours": "for ever",
    }
    return json.dumps({**fields, **changes})


def a_provider(*, local: bool = False, **changes: Any) -> Provider:
    return provider_from("shop", definition(**changes), local=local)


def an_award(award_id: str = "3", **changes: Any) -> Award:
    fields = {"award_type": AwardType.TEXT, "award_name": "ipad", "award_content": "Code"}
    return Award(award_id=award_id, **{**fields, **changes})


def a_share(award_id: str = "3", **changes: Any) -> Share:
    return Share(**{"award": an_award(award_id), "weight": 1_000_000, "stock": 5, **changes})


def an_activity(*shares: Share, **changes: Any) -> Activity:
    """Return an activity that is being drawn: a day before, a day to go."""
    fields: dict[str, Any] = {
        "activity_id": "100001",
        "activity_name": "活动名",
        "activity_desc": "测试活动",
        "creator": "xiaofuge",
        "begin": NOON - timedelta(days=1),
        "end": NOON + timedelta(days=1),
        "time_zone": "UTC",
        "strategy_mode": StrategyMode.TOTAL,
        "grant_type": GrantType.AT_ONCE,
        "grant_at": None,
        "quotas": Quotas(activity=10),
        "cap": None,
        "blocked": (),
        "shares": shares or (a_share(),),
        "fallback": None,
        "state": ActivityState.DOING,
        "since": NOON - timedelta(days=1),
        "approved": True,
        "version": 1,
        "commitment": hashlib.sha256(SEED).hexdigest(),
        "sealed_seed": b"sealed",
    }
    return Activity(**{**fields, **changes})


def an_order(order_id: int = 7, **changes: Any) -> Order:
    """Return a won order as the draw records it: due a minute after it was drawn."""
    fields: dict[str, Any] = {
        "user_id": "xiaofuge",
        "activity_id": "100001",
        "idempotency_key": f"key-{order_id}",
        "request_hash": "hash",
        "outcome": Outcome.WON,
        "award": an_award(),
        "shard": 0,
        "strategy_mode": StrategyMode.TOTAL,
        "grant_type": GrantType.AT_ONCE,
        "proof": Proof(attempt=0, excluded=(), version=1),
        "drawn_at": NOON,
        "due_at": NOON + WAITS.first_check,
    }
    return Order(order_id=order_id, **{**fields, **changes})


def an_act(**changes: Any) -> Act:
    """Return what an operator did a minute after noon."""
    fields: dict[str, Any] = {"at": NOON + 60 * SECOND, "what": "retry", "who": "ann", "why": "it is up", "ended": None}
    return Act(**{**fields, **changes})


def a_lost_order(order_id: int = 7, **changes: Any) -> Order:
    return an_order(order_id, **{"outcome": Outcome.LOST, "award": None, "shard": None, "due_at": None, **changes})


def a_request(key: str = "key", user_id: str = "xiaofuge", **changes: Any) -> DrawRequest:
    fields = {"target": Target("activity", "100001"), "request_hash": "hash"}
    return DrawRequest(user_id=user_id, idempotency_key=key, **{**fields, **changes})


def a_count(draws: int, seen: int | None = None) -> Count:
    """Return what a draw counts where a user may draw so often in the whole activity."""
    return Count(limits=(Limit(Period.ACTIVITY, "taken", draws),), seen=seen)


def an_entry(number: int = 1, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "at": NOON,
        "who": "xiaofuge",
        "what": "apply",
        "why": "",
        "state_from": None,
        "state_to": ActivityState.EDIT,
        "version": 1,
        "changes": (),
        "before": START,
    }
    return Entry(number=number, **{**fields, **changes})
