"""What does the API say of an order and of an activity?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tombola.rules.activity import WHOLE, Activity, Award, Share
from tombola.rules.order import Order

INFO = {"0000": "won", "D001": "did not win"}


def order_answer(order: Order) -> dict[str, Any]:
    """Return order as the API tells it; order_id is a text, since it exceeds what browsers count exactly."""
    code = "D001" if order.award is None else "0000"
    return {
        "order_id": str(order.order_id),
        "activity_id": order.activity_id,
        "user_id": order.user_id,
        "outcome": order.outcome.value,
        "code": code,
        "info": INFO[code],
        "award": None if order.award is None else award_answer(order.award),
        "strategy_mode": int(order.strategy_mode),
        "grant_type": int(order.grant_type),
        "grant_state": int(order.grant_state),
        "mq_state": int(order.mq_state),
        "drawn_at": order.drawn_at.isoformat(),
        "proof": {
            "attempt": order.proof.attempt,
            "excluded": list(order.proof.excluded),
            "version": order.proof.version,
        },
    }


def award_answer(award: Award) -> dict[str, Any]:
    return {
        "award_id": award.award_id,
        "award_type": int(award.award_type),
        "award_name": award.award_name,
        "award_content": award.award_content,
    }


def activity_answer(activity: Activity, left: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return activity as anybody may see it: odds, stock left by award and the commitment, but no content."""
    return {
        "activity_id": activity.activity_id,
        "activity_name": activity.activity_name,
        "activity_desc": activity.activity_desc,
        "state": int(activity.state),
        "begin": activity.begin.isoformat(),
        "end": activity.end.isoformat(),
        "strategy_mode": int(activity.strategy_mode),
        "grant_type": int(activity.grant_type),
        "quota": activity.quota,
        "awards": [_share_answer(share, left.get(share.award.award_id)) for share in activity.shares],
        "version": activity.version,
        "commitment": activity.commitment,
    }


def _share_answer(share: Share, left: Sequence[int] | None) -> dict[str, Any]:
    return {
        "award_id": share.award.award_id,
        "award_type": int(share.award.award_type),
        "award_name": share.award.award_name,
        "rate": rate_text(share.weight),
        "stock": share.stock,
        "stock_left": None if left is None else sum(left),
    }


def rate_text(weight: int) -> str:
    """Return weight, parts per million, as the decimal of the activity file."""
    return format((Decimal(weight) / WHOLE).normalize(), "f")
