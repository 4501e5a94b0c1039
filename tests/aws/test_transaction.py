"""Every way a draw's transaction can be cancelled, told apart. No emulator ever conflicts: answers are stubbed."""

from itertools import product
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from builders import an_order
from tombola.aws.items import number, order_item
from tombola.aws.ledger import DynamoLedger
from tombola.aws.transaction import MisconfiguredError
from tombola.rules.problem import BusyError
from tombola.rules.verdict import QuotaUsedUp, Repeat, ShardEmpty, Verdict

ROLES = ("order", "quota", "stock")
FINE, REFUSED, CONFLICT, THROTTLED, BROKEN = (
    "None",
    "ConditionalCheckFailed",
    "TransactionConflict",
    "ThrottlingError",
    "ValidationError",
)
OLD = {"order": order_item(an_order()), "quota": {"taken": number(10)}, "stock": {"left": number(0)}}


def cancelled(*codes: str, stock_exists: bool = True) -> Verdict:
    """Record an order while DynamoDB answers with these reasons."""
    dynamodb = boto3.client("dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    reasons: list[dict[str, Any]] = [{"Code": code} for code in codes]
    for role, reason in zip(ROLES, reasons, strict=True):
        if reason["Code"] == REFUSED and (role != "stock" or stock_exists):
            reason["Item"] = OLD[role]
    with Stubber(dynamodb) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": reasons},
        )
        return DynamoLedger(dynamodb, "table").record(an_order(), quota=10)


def expected(order: str, quota: str, stock: str) -> Verdict | type[Exception]:
    """Say it in the order of importance, independently of the code."""
    if order == REFUSED:
        return Repeat(an_order())
    if BROKEN in (order, quota, stock):
        return RuntimeError
    if order in (CONFLICT, THROTTLED):
        return BusyError
    if quota == REFUSED:
        return QuotaUsedUp()
    return ShardEmpty() if stock == REFUSED else BusyError


COMBINATIONS = [
    codes
    for codes in product((FINE, REFUSED, CONFLICT, THROTTLED, BROKEN), repeat=3)
    if set(codes) != {FINE}  # nothing was wrong: never cancelled
]


@pytest.mark.parametrize("codes", COMBINATIONS, ids="-".join)
def test_every_combination_of_reasons_is_told_apart(codes: tuple[str, str, str]) -> None:
    answer = expected(*codes)
    if isinstance(answer, type):
        with pytest.raises(answer):
            cancelled(*codes)
    else:
        assert cancelled(*codes) == answer


def test_an_absent_stock_item_is_a_mistake_and_not_sold_out() -> None:
    with pytest.raises(MisconfiguredError, match="shard 0"):
        cancelled(FINE, FINE, REFUSED, stock_exists=False)
