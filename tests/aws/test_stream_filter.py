"""Which writes does a stream hand to distribution? The filter of the template: on recorded writes, on every change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from builders import a_lost_order, an_award, an_order
from changes import LATER, said_with
from emulated_aws import emulated_aws
from sam_template import Stack
from stream_filter import passes, patterns_of
from tables import TableLedger
from tombola.aws.items import order_item, order_key
from tombola.aws.order_update import update_of
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.order_life import CHANGES, Change, allows

RECORDS: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors/stream-records.json").read_text("utf-8")
)
# Recorded on MiniStack 1.5.33: what a write leaves in the stream, and which of it is handed over.
HANDED_OVER = {
    "insert-with-wake": [True],
    "insert-without-wake": [False],
    "update-sets-wake": [True],
    "update-removes-wake": [False],
    "update-keeps-wake": [True],  # so that each change has to take the mark away
    "update-wake-2": [False],
    "update-no-change": [],  # so that a claim has to change something
    "update-removes-missing-attribute": [],
    "put-same-item": [],
    "replace-put-drops-wake": [True, False],
    "transact-insert-and-update": [True, False],
    "delete-item-with-wake": [False],
    "delete-item-without-wake": [False],
    "delete-missing-item": [],
    "failed-condition": [],
}
PARCEL = an_award(award_type=AwardType.PHYSICAL)
# One of them at least may be changed by each row of the table, and each bears the mark.
MARKED = (
    an_order(wake=True, begun=1),
    an_order(wake=True, mq_state=MqState.FAILED),
    an_order(wake=True, grant_type=GrantType.BY_HAND),
    an_order(wake=True, grant_state=GrantState.PARKED),
    an_order(wake=True, grant_state=GrantState.GRANTED, award=PARCEL),
    an_order(wake=True, accept_by=LATER),
    an_order(wake=True, accept_by=LATER, award=PARCEL),
)


@pytest.fixture(scope="module")
def patterns() -> list[Any]:
    """Return the filter of the template."""
    mappings = Stack(Transport="streams").of_type("AWS::Lambda::EventSourceMapping")
    return patterns_of(mappings["OrdersFromStream"])


@pytest.fixture(scope="module")
def table() -> Iterator[TableLedger]:
    with pytest.MonkeyPatch.context() as patch, emulated_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        yield TableLedger(boto3.client("dynamodb", region_name="us-east-1"))


def test_there_is_a_filter(patterns: list[Any]) -> None:
    assert len(patterns) == 1


@pytest.mark.parametrize("write", RECORDS)
def test_a_write_is_handed_over_if_the_mark_stands_after_it(patterns: list[Any], write: str) -> None:
    assert [passes(patterns, record) for record in RECORDS[write]] == HANDED_OVER[write]


@pytest.mark.parametrize(
    ("order", "handed_over"),
    [
        (an_order(wake=True), True),  # rules/drawn_order.py marks the prizes that are granted at once
        (an_order(), False),
        (a_lost_order(7), False),
    ],
    ids=["granted at once", "granted later", "lost"],
)
def test_a_draw_is_handed_over_if_its_prize_is_granted_at_once(
    patterns: list[Any], order: Order, *, handed_over: bool
) -> None:
    assert passes(patterns, {"dynamodb": {"NewImage": order_item(order)}}) == handed_over


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_is_handed_over_if_its_row_says_so(patterns: list[Any], table: TableLedger, change: Change) -> None:
    orders = [order for order in MARKED if allows(change, order, order)]

    assert orders
    for order in orders:
        before = order_item(order)
        table.put_item(before)
        said = said_with(change)
        table.dynamodb.update_item(**update_of(table.table, order, change, said))
        key = order_key(order.user_id, order.order_id)
        after = table.dynamodb.get_item(TableName=table.table, Key=key)["Item"]
        assert after != before  # or there would be no record at all
        assert passes(patterns, {"dynamodb": {"Keys": key, "NewImage": after}}) == change.wakes
