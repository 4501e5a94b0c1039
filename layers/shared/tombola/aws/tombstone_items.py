"""How a tombstone looks in the table, and which writes erase what an order's user has beside the order."""

from typing import Any

from tombola.aws.code_items import FORGOTTEN, used_key
from tombola.aws.coupon_calls import call_key, is_no_call_under_way
from tombola.aws.decode import Item
from tombola.aws.items import number, order_key, text
from tombola.aws.shipment_items import new_shipment_key, out_key
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.tombstone import Tombstone

TOMBSTONES = "FORGOTTEN#"


def tombstone_key(activity_id: str, tombstone_id: str) -> Item:
    return {"pk": text(f"{TOMBSTONES}{activity_id}"), "sk": text(tombstone_id)}


def tombstone_item(tombstone: Tombstone, tombstone_id: str) -> Item:
    """Return tombstone as its item; fields that are None are left out."""
    award_type = tombstone.award_type
    words = {"award_id": tombstone.award_id, "source": tombstone.source}
    numbers = {
        "award_type": None if award_type is None else award_type.number,
        "shard": tombstone.shard,
        "cap_shard": tombstone.cap_shard,
    }
    return {
        **tombstone_key(tombstone.activity_id, tombstone_id),
        "outcome": text(tombstone.outcome),
        "grant_state": number(tombstone.grant_state),
        "grants": number(tombstone.grants),
        **{name: text(value) for name, value in words.items() if value is not None},
        **{name: number(value) for name, value in numbers.items() if value is not None},
    }


def delete_order(table: str, order: Order) -> dict[str, Any]:
    """Return the delete of order, made only while what its tombstone tells is as it was read."""
    seen = {":state": number(order.grant_state), ":grants": number(order.grants)}
    batch = {} if order.batch is None else {":batch": text(order.batch)}
    left = "#batch = :batch" if batch else "attribute_not_exists(#batch)"
    return {
        "TableName": table,
        "Key": order_key(order.user_id, order.order_id),
        "ConditionExpression": f"grant_state = :state AND grants = :grants AND {left}",
        "ExpressionAttributeNames": {"#batch": "batch"},  # a reserved word
        "ExpressionAttributeValues": seen | batch,
    }


def disown_code(table: str, order: Order) -> dict[str, Any] | None:
    """Return the update by which order's code stays used and becomes nobody's, None if order has no code."""
    award = order.award
    has_code = order.grant_state is GrantState.GRANTED and award is not None and award.award_type is AwardType.CODE
    if not has_code or award is None or award.source is None or order.content is None:
        return None
    return {
        "TableName": table,
        "Key": used_key(award.source, order.content),
        "UpdateExpression": f"SET {FORGOTTEN} = :one REMOVE user_id, order_id, #at",
        "ConditionExpression": "user_id = :user AND order_id = :order",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": {
            ":one": number(1),
            ":user": text(order.user_id),
            ":order": number(order.order_id),
        },
    }


def delete_shipment(table: str, order: Order) -> dict[str, Any] | None:
    """Return the delete of order's parcel with its address, None if order has none."""
    award = order.award
    if award is None or not award.award_type.addressed or order.grant_state is not GrantState.GRANTED:
        return None
    here, order_id = order.activity_id, order.order_id
    key = new_shipment_key(here, order_id) if order.batch is None else out_key(here, order.batch, order_id)
    return {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}


def forget_call(table: str, order: Order, now_ms: int) -> dict[str, Any] | None:
    """Return the delete of the record of the call to order's provider, None if it has no provider.

    A call that is under way would be remembered again: it must have ended by now_ms, in epoch milliseconds.
    """
    if order.award is None or not order.award.award_type.outside:
        return None
    return {"TableName": table, "Key": call_key(order.user_id, order.order_id), **is_no_call_under_way(now_ms)}
