"""How a change of an order is written: a row of its life as an update that DynamoDB makes only where it is legal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.aws.address_items import address_map
from tombola.aws.items import act_map, moment, number, order_key, text
from tombola.rules.order import Act, Order
from tombola.rules.order_life import WITHOUT, Change, Said, changed, states_of, values_of
from tombola.rules.shipping_address import ShippingAddress

ONE = {":one": number(1)}
ZERO = {":zero": number(0)}
RESERVED = frozenset({"batch"})  # attributes that DynamoDB takes for words of its own, so that they stand behind a #


def update_of(table: str, order: Order, change: Change, said: Mapping[str, Said]) -> Any:  # noqa: ANN401 - a request
    """Return the update of order's item in table that makes change on its condition; order is as it was read."""
    sets, removes, values = _expression(order, change, said)
    condition, condition_values = _condition(order, change)
    remove = f" REMOVE {', '.join(removes)}" if removes else ""
    reserved = RESERVED & {*change.as_seen, *(name for name, _ in change.sets)}
    return {
        "TableName": table,
        "Key": order_key(order.user_id, order.order_id),
        "UpdateExpression": f"SET {', '.join(sets)}{remove}",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values | condition_values,
        **({"ExpressionAttributeNames": {f"#{name}": name for name in reserved}} if reserved else {}),
    }


def _named(name: str) -> str:
    return f"#{name}" if name in RESERVED else name


def _expression(order: Order, change: Change, said: Mapping[str, Said]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Return what is set, what is removed, and the values of both."""
    sets_to = values_of(change, said) | dict.fromkeys(change.restarts, 0) | states_of(change)
    values = {name: attribute(value) for name, value in sets_to.items()}
    removes = list(change.removes)
    if change.wakes:
        values["wake"] = number(1)
    else:
        removes.append("wake")
    if change.new_lane:
        lane = changed(order, change, **said).lane
        if lane is None:
            removes.append("lane")
        else:
            values["lane"] = text(lane)
    sets = [f"{_named(name)} = :{name}" for name in values]
    named: dict[str, Any] = {f":{name}": value for name, value in values.items()}
    for name in change.counts:  # doubled by a second try of the SDK? its condition does not hold any more
        absent = name in WITHOUT
        sets.append(f"{name} = if_not_exists({name}, :zero) + :one" if absent else f"{name} = {name} + :one")
        named |= ONE | ZERO if absent else ONE
    for name in change.uncounts:
        sets.append(f"{name} = {name} - :one")
        named |= ONE
    if change.by_act:
        sets.append("acts = list_append(if_not_exists(acts, :none), :act)")
        named |= {":none": {"L": []}, ":act": {"L": [attribute(said["act"])]}}
    return sets, removes, named


def _condition(order: Order, change: Change) -> tuple[str, dict[str, dict[str, str]]]:
    """Return the condition under which change may be made by somebody who has read order, and its values."""
    conditions, values = ["attribute_exists(award)"], dict[str, dict[str, str]]()
    for name, states in (("grant_state", change.grant_from), ("mq_state", change.mq_from)):
        allowed = {f":{name}_{state.name.lower()}": number(state) for state in states}
        conditions.append(f"{name} IN ({', '.join(allowed)})")
        values |= allowed
    if change.lane_from is not None:
        conditions.append("lane = :lane_from")
        values[":lane_from"] = text(change.lane_from)
    for name in change.as_seen:
        seen = getattr(order, name)
        if name in WITHOUT and seen == WITHOUT[name]:  # it may have been counted back to that
            conditions.append(f"(attribute_not_exists({name}) OR {name} = :zero)")
            values |= ZERO
        elif seen is None:
            conditions.append(f"attribute_not_exists({_named(name)})")
        else:
            conditions.append(f"{_named(name)} = :{name}_seen")
            values[f":{name}_seen"] = attribute(seen)
    for name in change.uncounts:
        conditions.append(f"{name} > :zero")
        values |= ZERO
    return " AND ".join(conditions), values


def attribute(value: Said | int) -> dict[str, Any]:
    """Return value as an attribute of an item."""
    if isinstance(value, Act):
        return {"M": act_map(value)}
    if isinstance(value, ShippingAddress):
        return {"M": address_map(value)}
    if isinstance(value, datetime):
        return moment(value)
    return number(value) if isinstance(value, int) else text(value)
