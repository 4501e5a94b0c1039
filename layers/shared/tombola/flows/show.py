"""Show: what is on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.flows.ports import Activities, DrawLedger
from tombola.rules.answer import activity_answer, order_answer
from tombola.rules.problem import Problem, unknown
from tombola.rules.request import check_user_id, is_order_id


def show_order(user_id: str, order_id: str, ledger: DrawLedger) -> Mapping[str, Any] | Problem:
    problem = check_user_id(user_id)
    if problem is not None:
        return problem
    order = ledger.order(user_id, int(order_id)) if is_order_id(order_id) else None
    return unknown("order", order_id) if order is None else order_answer(order)


def show_activity(
    activity_id: str, activities: Activities, ledger: DrawLedger, now: datetime
) -> Mapping[str, Any] | Problem:
    activity = activities.find(activity_id, now)
    if activity is None:
        return unknown("activity", activity_id)
    return activity_answer(activity, ledger.stock_left(activity.activity_id, activity.shares))
