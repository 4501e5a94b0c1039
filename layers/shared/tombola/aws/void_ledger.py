"""DynamoDB as the ledger of prizes that are given up: order, unit of stock and log move in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tombola.aws.activity_items import activity_key, entry_item
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import number, stock_key, text
from tombola.aws.ledger import CANCELED, DynamoLedger
from tombola.aws.order_update import update_of
from tombola.aws.transaction import CONDITION_FAILED
from tombola.rules.activity import Activity
from tombola.rules.activity_life import stock_returned
from tombola.rules.order import Act, Order
from tombola.rules.order_life import LAPSE, MISS, Change, Said
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable

OVERTAKEN_MAX = 20  # tries of one order that others overtook who wrote to the activity's log


class VoidLedger(DynamoLedger):
    """The ledger with the changes that end a user's time for a claim; an operator's ledger gives prizes up likewise."""

    def lapse(self, order: Order, act: Act) -> bool:
        return self._give_up(order, LAPSE, act)

    def miss(self, order: Order, because: str, act: Act) -> bool:
        return self._act(order, MISS, act, because=because, now=act.at)

    def _give_up(self, order: Order, change: Change, act: Act) -> bool:
        for _ in range(OVERTAKEN_MAX):
            codes = self._transact(self._writes(order, change, act))
            if CONDITION_FAILED not in codes.values():
                return True
            if codes["order"] == CONDITION_FAILED:
                return self._is_on_record(order, act)
            if codes["stock"] == CONDITION_FAILED and codes["order"] == codes["log"] == "None":
                where = f"shard {order.shard} of its award's stock"
                raise ValueError(f"order {order.order_id}: {where} is not there, or no unit of it is gone: audit it")
        raise BusyError(f"activity {order.activity_id}: others wrote to its log at each of {OVERTAKEN_MAX} tries")

    def _writes(self, order: Order, change: Change, act: Act) -> dict[str, Any]:
        update = {"order": {"Update": update_of(self._table, order, change, {"act": act})}}
        return update | self._writes_of_return(order, act.who, act.at)

    def _writes_of_return(self, order: Order, who: str, now: datetime) -> dict[str, Any]:
        """Return the writes by role that put order's unit back; a prize of unlimited stock has none."""
        award, shard = order.award, order.shard
        if award is None or shard is None:
            return {}
        found = DynamoActivityLedger(self._dynamodb, self._table, self._patience).activity(order.activity_id)
        if found is None or isinstance(found, Unreadable):
            because = "it is not on record" if found is None else found.because
            raise ValueError(f"order {order.order_id}: its activity {order.activity_id} cannot tell it: {because}")
        after, entry = stock_returned(found, award.award_id, who, now)
        put = {"Item": entry_item(found.activity_id, entry), "ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "stock": {"Update": _return_unit(self._table, stock_key(order.activity_id, award.award_id, shard))},
            "log": {"Update": _lengthen_log(self._table, found, after)},
            "entry": {"Put": {"TableName": self._table, **put}},
        }

    def _transact(self, writes: Mapping[str, Any]) -> dict[str, str]:
        """Make writes, all or none; return what each was refused for, by role, `None` for a write that was not."""
        transact = partial(self._dynamodb.transact_write_items, TransactItems=list(writes.values()))
        try:
            with busy_when_unanswered():
                try_again(transact, self._patience())
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELED:
                raise
            refusal: Any = error.response
            codes = {role: reason["Code"] for role, reason in zip(writes, refusal["CancellationReasons"], strict=True)}
            if CONDITION_FAILED in codes.values():
                return codes
            raise BusyError(f"held by other transactions: {sorted(codes.values())}") from error
        return {}

    def _act(self, order: Order, change: Change, act: Act, **said: Said) -> bool:
        return self._change(order, change, act=act, **said) or self._is_on_record(order, act)

    def _is_on_record(self, order: Order, act: Act) -> bool:
        """Return whether act was made by a call whose answer was lost.

        It reads as compensation may: that function's role gets no single item but an activity's.
        """
        key = order.user_id, order.order_id
        found = self.orders([key]).get(key)
        return isinstance(found, Order) and act in found.acts


def _return_unit(table: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the update by which a shard gets a unit back that was taken of it; as a draw, it leaves the version."""
    return {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET #left = #left + :one",
        "ConditionExpression": "#left < initial",
        "ExpressionAttributeNames": {"#left": "left"},
        "ExpressionAttributeValues": {":one": number(1)},
    }


def _lengthen_log(table: str, before: Activity, after: Activity) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": activity_key(before.activity_id),
        "UpdateExpression": "SET entries = :next, digest = :digest",
        "ConditionExpression": "entries = :entries",
        "ExpressionAttributeValues": {
            ":entries": number(before.entries),
            ":next": number(after.entries),
            ":digest": text(after.digest),
        },
    }
