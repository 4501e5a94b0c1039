"""Show: what is on record."""

from datetime import datetime

from tombola.flows.ports import Activities, Records
from tombola.rules.answer import (
    ActivityAnswer,
    LogAnswer,
    OrderAnswer,
    OrdersAnswer,
    activity_answer,
    entry_answer,
    order_answer,
)
from tombola.rules.page import PageRequest, number_after, page_size, place_after, place_of
from tombola.rules.problem import Problem, unknown
from tombola.rules.request import Bearer, check_path_user, is_order_id


def show_order(user_id: str, order_id: str, bearer: Bearer | None, records: Records) -> OrderAnswer | Problem:
    problem = check_path_user(user_id, bearer)
    if problem is not None:
        return problem
    order = records.order(user_id, int(order_id)) if is_order_id(order_id) else None
    return unknown("order", order_id) if order is None else order_answer(order)


def show_orders(user_id: str, page: PageRequest, bearer: Bearer | None, records: Records) -> OrdersAnswer | Problem:
    """Return a page of the user's draws, newest first."""
    problem, size, edge = check_path_user(user_id, bearer), page_size(page), place_after(page)
    if problem is not None:
        return problem
    if isinstance(size, Problem):
        return size
    if isinstance(edge, Problem):
        return edge
    orders = sorted(records.orders_of(user_id), key=place_of, reverse=True)
    rest = orders if edge is None else [order for order in orders if place_of(order) < edge]
    shown = rest[:size]
    return {
        "draws": [order_answer(order) for order in shown],
        "next": "{}-{}".format(*place_of(shown[-1])) if len(rest) > size else None,
    }


def show_activity(
    activity_id: str, activities: Activities, records: Records, now: datetime
) -> ActivityAnswer | Problem:
    activity = activities.find(activity_id, now)
    if activity is None or not activity.approved:  # anybody may ask: a draft is nobody's business
        return unknown("activity", activity_id)
    return activity_answer(activity, records.stock_left(activity.activity_id, activity.shards))


def show_log(activity_id: str, page: PageRequest, activities: Activities, now: datetime) -> LogAnswer | Problem:
    """Return a page of the activity's log, oldest first."""
    size, after = page_size(page), number_after(page)
    if isinstance(size, Problem):
        return size
    if isinstance(after, Problem):
        return after
    activity = activities.find(activity_id, now)
    if activity is None or not activity.approved:
        return unknown("activity", activity_id)
    entries = activities.log(activity_id, after, size + 1)
    shown = entries[:size]
    return {
        "entries": [entry_answer(entry) for entry in shown],
        "next": shown[-1].number if len(entries) > size else None,
    }
