"""The draw's transaction: order, quota and stock move together or not at all, and every refusal is told apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.aws.faults import RETRYABLE_REASONS
from tombola.aws.items import counters_from, decode_order, number, order_item, quota_key, stock_key
from tombola.rules.activity import CAP
from tombola.rules.order import Order
from tombola.rules.problem import BusyError, OwnItemsBusyError
from tombola.rules.quota import TAKEN, Count, used_up
from tombola.rules.verdict import CapShardEmpty, CountMoved, QuotaUsedUp, Repeat, ShardEmpty, Verdict

CONDITION_FAILED = "ConditionalCheckFailed"
KEEP_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def writes_by_role(table: str, order: Order, count: Count) -> dict[str, Any]:
    """Return the transaction's writes, the order first; a lost or unlimited one touches no stock."""
    writes: dict[str, Any] = {"order": {"Put": _put_order(table, order)}}
    if count.counters:
        writes["quota"] = {"Update": _count_draw(table, order, count)}
    if order.award is not None and order.shard is not None:
        key = stock_key(order.activity_id, order.award.award_id, order.shard)
        writes["stock"] = {"Update": _take_unit(table, key)}
    if order.cap_shard is not None:
        writes["cap"] = {"Update": _take_unit(table, stock_key(order.activity_id, CAP, order.cap_shard))}
    return writes


def read_cancellation(
    roles: Sequence[str], reasons: Sequence[Mapping[str, Any]], order: Order, count: Count
) -> Verdict:
    """Return what a cancelled transaction says, the order first; raise BusyError where it says nothing final.

    A conflict on the order hides everything else: its twin may just be committing, and a refusal would be false.
    """
    by_role = dict(zip(roles, reasons, strict=True))
    if by_role["order"]["Code"] == CONDITION_FAILED:
        return Repeat(decode_order(by_role["order"]["Item"]))
    _check_known(by_role, order)
    if by_role["order"]["Code"] in RETRYABLE_REASONS:
        raise OwnItemsBusyError(f"order {order.order_id}: {by_role['order']['Code']} on the order")
    refused = {role for role, reason in by_role.items() if reason["Code"] == CONDITION_FAILED}
    if "quota" in refused:
        periods = used_up(count, counters_from(by_role["quota"].get("Item", {})))
        return QuotaUsedUp(periods) if periods else CountMoved()
    for role, verdict in (("cap", CapShardEmpty()), ("stock", ShardEmpty())):
        if role in refused:  # empty, or not there: a look at all shards tells which, and tells an operator
            return verdict
    own = "quota" in by_role and by_role["quota"]["Code"] in RETRYABLE_REASONS
    raise (OwnItemsBusyError if own else BusyError)(f"order {order.order_id}: {[reason['Code'] for reason in reasons]}")


def _check_known(by_role: Mapping[str, Mapping[str, Any]], order: Order) -> None:
    """Raise for reasons that trying again cannot mend."""
    unknown = {reason["Code"] for reason in by_role.values()} - RETRYABLE_REASONS - {CONDITION_FAILED, "None"}
    if unknown:
        raise RuntimeError(f"order {order.order_id}: the transaction was cancelled for {sorted(unknown)}")


def _put_order(table: str, order: Order) -> dict[str, Any]:
    return {
        "TableName": table,
        "Item": order_item(order),
        "ConditionExpression": "attribute_not_exists(pk)",
        **KEEP_OLD,
    }


def _count_draw(table: str, order: Order, count: Count) -> dict[str, Any]:
    alias = {counter: f"#c{place}" for place, counter in enumerate(count.counters)}
    stale = {counter: f"#x{place}" for place, counter in enumerate(count.stale)}
    conditions, values = [], {":one": number(1)}
    for place, limit in enumerate(count.limits):
        name = alias[limit.counter]
        conditions.append(f"(attribute_not_exists({name}) OR {name} < :l{place})")
        values[f":l{place}"] = number(limit.draws)
    if count.seen is not None:
        taken = alias[TAKEN]
        conditions.append(f"{taken} = :seen" if count.seen else f"attribute_not_exists({taken})")
        if count.seen:
            values[":seen"] = number(count.seen)
    drop = f" REMOVE {', '.join(stale.values())}" if stale else ""
    return {
        "TableName": table,
        "Key": quota_key(order.user_id, order.activity_id),
        "UpdateExpression": f"ADD {', '.join(f'{name} :one' for name in alias.values())}{drop}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {name: counter for counter, name in (alias | stale).items()},
        "ExpressionAttributeValues": values,
        **KEEP_OLD,
    }


def _take_unit(table: str, key: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET #left = #left - :one",
        "ConditionExpression": "#left > :zero",
        "ExpressionAttributeNames": {"#left": "left"},  # a reserved word
        "ExpressionAttributeValues": {":one": number(1), ":zero": number(0)},
        **KEEP_OLD,
    }
