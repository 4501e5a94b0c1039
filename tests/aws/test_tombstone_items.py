"""A tombstone's item, and the writes that erase what stands beside an order."""

from dataclasses import replace
from typing import Any

import pytest

from builders import NOON, a_lost_order, an_award, an_order
from tombola.aws.code_items import used_key
from tombola.aws.coupon_calls import call_key
from tombola.aws.shipment_items import new_shipment_key, out_key
from tombola.aws.tombstone_items import delete_order, delete_shipment, disown_code, forget_call, tombstone_item
from tombola.rules.award_type import AWARD_TYPES, AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.tombstone import tombstone_of


def granted(award_type: AwardType, **changes: Any) -> Order:
    award = an_award(award_type=award_type, award_content="", source="shop")
    return an_order(award=award, grant_state=GrantState.GRANTED, grants=1, granted_at=NOON, due_at=None, **changes)


def test_a_tombstone_stands_under_its_activity_and_a_word_of_chance() -> None:
    found = tombstone_item(tombstone_of(granted(AwardType.CODE, content="CODE-1", cap_shard=2)), "chance")

    assert found == {
        "pk": {"S": "FORGOTTEN#100001"},
        "sk": {"S": "chance"},
        "outcome": {"S": "won"},
        "award_id": {"S": "3"},
        "award_type": {"N": "2"},
        "source": {"S": "shop"},
        "shard": {"N": "0"},
        "cap_shard": {"N": "2"},
        "grant_state": {"N": "1"},
        "grants": {"N": "1"},
    }


def test_a_tombstone_of_a_loss_has_no_award_and_no_unit() -> None:
    assert set(tombstone_item(tombstone_of(a_lost_order()), "chance")) == {
        "pk",
        "sk",
        "outcome",
        "grant_state",
        "grants",
    }


@pytest.mark.parametrize("batch", [None, "b1"])
def test_an_order_is_only_deleted_as_it_was_read(batch: str | None) -> None:
    found = delete_order("table", granted(AwardType.PHYSICAL, batch=batch))

    assert found["ConditionExpression"] == "grant_state = :state AND grants = :grants AND " + (
        "attribute_not_exists(#batch)" if batch is None else "#batch = :batch"
    )
    seen = {":state": {"N": "1"}, ":grants": {"N": "1"}} | ({} if batch is None else {":batch": {"S": "b1"}})
    assert found["ExpressionAttributeValues"] == seen


def test_only_an_order_that_has_a_code_disowns_one() -> None:
    order = granted(AwardType.CODE, content="CODE-1")

    found = disown_code("table", order)

    assert found is not None
    assert found["Key"] == used_key("shop", "CODE-1")
    others = [
        a_lost_order(),
        granted(AwardType.COUPON, content="C"),
        replace(order, content=None),
        granted(AwardType.TEXT),
    ]
    others += [replace(order, grant_state=state) for state in GrantState if state is not GrantState.GRANTED]
    assert [disown_code("table", other) for other in others] == [None] * len(others)


def test_a_parcel_is_looked_for_where_the_export_left_it() -> None:
    here, gone = granted(AwardType.PHYSICAL), granted(AwardType.PHYSICAL, batch="b1")

    found = [delete_shipment("table", order) for order in (here, gone)]

    assert [each and each["Key"] for each in found] == [new_shipment_key("100001", 7), out_key("100001", "b1", 7)]
    others = [a_lost_order(), granted(AwardType.TEXT), replace(here, grant_state=GrantState.WAITING)]
    assert [delete_shipment("table", other) for other in others] == [None] * len(others)


@pytest.mark.parametrize("award_type", AWARD_TYPES.values(), ids=repr)
def test_what_is_remembered_of_a_call_is_deleted_of_every_order_that_a_provider_was_asked_for(
    award_type: AwardType,
) -> None:
    found = forget_call("calls", granted(award_type), 7)

    assert (found is not None) == (award_type is AwardType.COUPON)
    if found is not None:
        assert (found["TableName"], found["Key"]) == ("calls", call_key("xiaofuge", 7))
    assert forget_call("calls", a_lost_order(), 7) is None
