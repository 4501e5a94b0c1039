"""Show: orders, quotas, activities and logs as they are on record."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tombola.flows.ports import Activities, Records
from tombola.rules.activity import Activity
from tombola.rules.answer import (
    ActivityAnswer,
    LogAnswer,
    OrderAnswer,
    OrdersAnswer,
    activity_answer,
    entry_answer,
    order_answer,
)
from tombola.rules.log import Entry
from tombola.rules.order import Order
from tombola.rules.page import number_after, page_size, place_after, place_of
from tombola.rules.problem import Problem, unknown, unreadable
from tombola.rules.request import Asked, is_order_id, path_user
from tombola.rules.unreadable import Unreadable


def show_order(asked: Asked, _: Activities, records: Records, __: datetime) -> OrderAnswer | Problem:
    user_id, order_id = path_user(asked.names["user_id"], asked.bearer), asked.names["order_id"]
    if isinstance(user_id, Problem):
        return user_id
    order = records.order(user_id, int(order_id)) if is_order_id(order_id) else None
    if isinstance(order, Unreadable):
        return unreadable("order", order_id)
    return unknown("order", order_id) if order is None else order_answer(order)


def show_orders(asked: Asked, _: Activities, records: Records, __: datetime) -> OrdersAnswer | Problem:
    """Return a page of the user's draws, newest first."""
    user_id = path_user(asked.names["user_id"], asked.bearer)
    size, edge = page_size(asked.page), place_after(asked.page)
    if isinstance(user_id, Problem):
        return user_id
    if isinstance(size, Problem):
        return size
    if isinstance(edge, Problem):
        return edge
    found = records.orders_of(user_id)
    orders = sorted((order for order in found if isinstance(order, Order)), key=place_of, reverse=True)
    rest = orders if edge is None else [order for order in orders if place_of(order) < edge]
    shown = rest[:size]
    return {
        "draws": [order_answer(order) for order in shown],
        "unreadable": len(found) - len(orders),
        "next": "{}-{}".format(*place_of(shown[-1])) if len(rest) > size else None,
    }


def show_quotas(
    asked: Asked, activities: Activities, records: Records, now: datetime
) -> Mapping[str, object] | Problem:
    """Return how many draws of the activity are left to the user; a draw is counted once it is answered."""
    from tombola.rules.quota_answer import user_quotas_answer  # noqa: PLC0415 - a draw starts without it

    user_id = path_user(asked.names["user_id"], asked.bearer)
    if isinstance(user_id, Problem):
        return user_id
    activity = _approved(asked, activities, now)
    if isinstance(activity, Problem):
        return activity
    counted, zone = records.counters(user_id, activity.activity_id), ZoneInfo(activity.time_zone)
    return user_quotas_answer(user_id, activity.activity_id, activity.quotas, zone, counted, now)


def show_activity(asked: Asked, activities: Activities, _: Records, now: datetime) -> ActivityAnswer | Problem:
    activity = _approved(asked, activities, now)
    if isinstance(activity, Problem):
        return activity
    return activity_answer(activity, activities.stock_shown(activity, now))


def show_log(asked: Asked, activities: Activities, _: Records, now: datetime) -> LogAnswer | Problem:
    """Return a page of the activity's log, oldest first."""
    size, after = page_size(asked.page), number_after(asked.page)
    if isinstance(size, Problem):
        return size
    if isinstance(after, Problem):
        return after
    activity = _approved(asked, activities, now)
    if isinstance(activity, Problem):
        return activity
    entries = activities.log(activity.activity_id, after, size + 1)
    shown = [entry for entry in entries[:size] if isinstance(entry, Entry)]
    more = len(entries) > size
    return {
        "entries": [entry_answer(entry) for entry in shown],
        "unreadable": len(entries[:size]) - len(shown),
        "next": after + size if more else None,  # entries are numbered without a gap
    }


def _approved(asked: Asked, activities: Activities, now: datetime) -> Activity | Problem:
    """Return the activity, unless it is a draft: anybody may ask, and a draft is nobody's business."""
    activity = activities.find(asked.names["activity_id"], now)
    if isinstance(activity, Unreadable):
        return unreadable("activity", asked.names["activity_id"])
    if activity is None or not activity.approved:
        return unknown("activity", asked.names["activity_id"])
    return activity


SHOWS = {  # by route
    "GET /users/{user_id}/draws": show_orders,
    "GET /users/{user_id}/draws/{order_id}": show_order,
    "GET /users/{user_id}/quotas/{activity_id}": show_quotas,
    "GET /activities/{activity_id}": show_activity,
    "GET /activities/{activity_id}/log": show_log,
}
