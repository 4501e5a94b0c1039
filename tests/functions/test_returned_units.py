"""A unit that comes back from a void order is drawn again, once no function remembers that its award was sold out."""

from collections.abc import Iterator
from typing import Any

import pytest

from builders import SECOND, a_share, an_act
from cloud import Cloud, a_cloud
from tombola.aws.activity_cache import HINT
from tombola.flows.acts import void
from tombola.rules.activity import Cap
from tombola.rules.activity_states import Action
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, Order

BESIDE = a_share("4", weight=1, stock=None)


@pytest.fixture(params=list(StrategyMode), ids=lambda mode: mode.name)
def cloud(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """One unit of an award that nearly everybody wins, and a cap of ten draws."""
    share = a_share("3", weight=999_999, stock=1, shards=2)
    with a_cloud(monkeypatch, share, BESIDE, strategy_mode=request.param, cap=Cap(limit=10, shards=1)) as cloud:
        yield cloud


def order_of(cloud: Cloud, user_id: str) -> Order:
    (order,) = cloud.ledger.orders_of(user_id)
    return order


def parked(cloud: Cloud, user_id: str = "first") -> Order:
    """Let a user win the unit, and nobody be able to hand it over."""
    assert cloud.draw(user_id, user_id)[1]["award"]["award_id"] == "3"
    assert cloud.ledger.park(order_of(cloud, user_id), "nobody can make it", cloud.now)
    return order_of(cloud, user_id)


def award_of(cloud: Cloud, user_id: str) -> str | None:
    body = cloud.draw(user_id, user_id)[1]
    return str(body["award"]["award_id"]) if body["award"] else None


def test_the_unit_is_won_again_once_the_hints_have_ended(cloud: Cloud) -> None:
    order = parked(cloud)
    assert award_of(cloud, "second") != "3"

    assert void(order, "ann", "", cloud.ledger, cloud.now, not_issued=False) is None
    cloud.now += HINT
    assert award_of(cloud, "third") == "3"

    assert order_of(cloud, "second").proof.excluded == ("3",)
    assert order_of(cloud, "third").proof.excluded == ()
    assert cloud.ledger.stock_shown("100001", {"3": 2}) == {"3": 0}
    assert cloud.audit().breaches == ()


def test_a_function_that_remembers_may_call_it_sold_out_until_then_and_its_exclusion_is_in_order(cloud: Cloud) -> None:
    order = parked(cloud)
    award_of(cloud, "second")
    void(order, "ann", "", cloud.ledger, cloud.now, not_issued=False)
    cloud.now += HINT - SECOND

    assert award_of(cloud, "third") != "3"
    assert order_of(cloud, "third").proof.excluded == ("3",)
    assert cloud.audit().breaches == ()


def test_the_draw_that_is_void_still_counts_for_its_user_and_for_the_cap(cloud: Cloud) -> None:
    order = parked(cloud)
    counted = cloud.ledger.counters("first", "100001")

    void(order, "ann", "", cloud.ledger, cloud.now, not_issued=False)

    assert cloud.ledger.counters("first", "100001") == counted
    assert cloud.ledger.stock_left("100001", {"*": 1}) == {"*": (9,)}
    assert cloud.draw("first", "first")[1]["grant_state"] == GrantState.VOID  # asked again, it is the same draw


def test_the_books_balance_when_the_unit_comes_back_after_the_activity_was_closed(cloud: Cloud) -> None:
    order = parked(cloud)
    activity = cloud.ledger.activity("100001")
    assert activity is not None
    cloud.ledger.move(activity, Action.CLOSE, "ann", "", cloud.now)

    assert cloud.ledger.void(order, an_act(at=cloud.now, what="void"))

    assert cloud.ledger.stock_shown("100001", {"3": 2}) == {"3": 1}
    assert [entry.what for entry in cloud.ledger.log("100001", 0, 9)] == ["close", "return"]
    assert cloud.audit().breaches == ()


def test_late_messages_of_a_void_order_change_nothing(cloud: Cloud) -> None:
    order = parked(cloud)
    bodies = [message["Body"] for message in cloud.messages()]
    void(order, "ann", "", cloud.ledger, cloud.now, not_issued=False)
    voided = order_of(cloud, "first")

    assert cloud.distribute(bodies * 2) == set()
    cloud.compensate(60 * SECOND)

    assert order_of(cloud, "first") == voided
    assert cloud.audit().breaches == ()


def test_a_prize_that_is_tried_again_is_handed_over_by_a_late_message_or_by_compensation(cloud: Cloud) -> None:
    order = parked(cloud)
    bodies = [message["Body"] for message in cloud.messages()]
    assert cloud.distribute(bodies) == set()
    assert order_of(cloud, "first") == order  # parked: its message changes nothing

    assert cloud.ledger.retry(order, an_act(at=cloud.now))
    cloud.deliver()
    cloud.compensate()
    assert cloud.distribute(bodies) == set()

    granted = order_of(cloud, "first")
    assert (granted.grant_state, granted.grants, len(granted.acts)) == (GrantState.GRANTED, 1, 1)
    assert cloud.audit().breaches == ()
