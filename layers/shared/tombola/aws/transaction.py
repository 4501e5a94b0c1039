"""The draw's transaction: order, quota and stock move together or not at all, and every refusal is told apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.aws.faults import RETRYABLE_REASONS
from tombola.aws.items import number, order_from, order_item, quota_key, stock_key
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import QuotaUsedUp, Repeat, ShardEmpty, Verdict

REFUSED = "ConditionalCheckFailed"
KEEP_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


class MisconfiguredError(Exception):
    """The table lacks what the activity says it has."""


def writes_by_role(table: str, order: Order, quota: int | None) -> dict[str, Any]:
    """Return the transaction's writes, the order first; a lost or unlimited one touches no stock."""
    writes: dict[str, Any] = {"order": {"Put": _put_order(table, order)}}
    if quota is not None:
        writes["quota"] = {"Update": _count_draw(table, order, quota)}
    if order.shard is not None:
        writes["stock"] = {"Update": _take_unit(table, order)}
    return writes


def read_cancellation(roles: Sequence[str], reasons: Sequence[Mapping[str, Any]], order: Order) -> Verdict:
    """Return what a cancelled transaction says, the order first; raise BusyError where it says nothing final.

    A conflict on the order hides everything else: its twin may just be committing, and a refusal would be false.
    """
    by_role = dict(zip(roles, reasons, strict=True))
    if by_role["order"]["Code"] == REFUSED:
        return Repeat(order_from(by_role["order"]["Item"]))
    _check_known(by_role, order)
    if by_role["order"]["Code"] in RETRYABLE_REASONS:
        raise BusyError(f"order {order.order_id}: {by_role['order']['Code']} on the order")
    if by_role.get("quota", {}).get("Code") == REFUSED:
        return QuotaUsedUp()
    if by_role.get("stock", {}).get("Code") == REFUSED:
        if not by_role["stock"].get("Item"):
            raise MisconfiguredError(f"order {order.order_id}: shard {order.shard} of its award has no stock item")
        return ShardEmpty()
    raise BusyError(f"order {order.order_id}: {[reason['Code'] for reason in reasons]}")


def _check_known(by_role: Mapping[str, Mapping[str, Any]], order: Order) -> None:
    """Raise for reasons that trying again cannot mend."""
    unknown = {reason["Code"] for reason in by_role.values()} - RETRYABLE_REASONS - {REFUSED, "None"}
    if unknown:
        raise RuntimeError(f"order {order.order_id}: the transaction was cancelled for {sorted(unknown)}")


def _put_order(table: str, order: Order) -> dict[str, Any]:
    return {
        "TableName": table,
        "Item": order_item(order),
        "ConditionExpression": "attribute_not_exists(pk)",
        **KEEP_OLD,
    }


def _count_draw(table: str, order: Order, quota: int) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": quota_key(order.user_id, order.activity_id),
        "UpdateExpression": "ADD taken :one",
        "ConditionExpression": "attribute_not_exists(taken) OR taken < :quota",
        "ExpressionAttributeValues": {":one": number(1), ":quota": number(quota)},
        **KEEP_OLD,
    }


def _take_unit(table: str, order: Order) -> dict[str, Any]:
    if order.award is None or order.shard is None:
        raise ValueError(f"order {order.order_id} takes no stock")
    return {
        "TableName": table,
        "Key": stock_key(order.activity_id, order.award.award_id, order.shard),
        "UpdateExpression": "SET #left = #left - :one",
        "ConditionExpression": "#left > :zero",
        "ExpressionAttributeNames": {"#left": "left"},  # a reserved word
        "ExpressionAttributeValues": {":one": number(1), ":zero": number(0)},
        **KEEP_OLD,
    }
