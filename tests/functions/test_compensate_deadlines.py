"""The three functions keep deadlines: what is claimed in time is granted, the rest ends as promised, and is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from builders import SECOND, a_share
from cloud import Cloud, a_cloud
from tombola.aws.activity_cache import HINT
from tombola.aws.items import order_key
from tombola.rules.acceptance import GRACE
from tombola.rules.activity_life import logged
from tombola.rules.commitment import odds_digest
from tombola.rules.order import GrantState, Order
from user_deadlines import CLAIM_WITHIN, LAPSES, MS, PARKS, an_award_of


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud in which everybody wins one of two units, whose deadlines end them in two ways; one by one."""
    parks = an_award_of(PARKS, weight=500_000, stock=1)
    lapses = an_award_of(LAPSES, weight=500_000, stock=1, lapses=True)
    with a_cloud(monkeypatch, parks, lapses) as cloud:
        approve(cloud)
        yield cloud


def approve(cloud: Cloud) -> None:
    """Let the activity be committed to, so that the auditor compares its deadlines."""
    found = cloud.ledger.activity("100001")
    assert found is not None
    committed = [f"commitment: {found.commitment}", f"odds: {odds_digest(found)}"]
    after, entry = logged(found, found, "approve", "ops", "", cloud.now, committed)
    assert cloud.ledger.write(found, after, entry)


def won(cloud: Cloud, user_id: str) -> str | None:
    """Return the award that a new draw of the user wins."""
    body = cloud.draw(f"key-of-{user_id}", user_id)[1]
    return str(body["award"]["award_id"]) if body["award"] else None


def first_two(cloud: Cloud) -> dict[str, Order]:
    """Return the orders of the first two draws, by the award that each has won."""
    return {str(won(cloud, user_id)): order_of(cloud, user_id) for user_id in ("first", "second")}


def order_of(cloud: Cloud, user_id: str) -> Order:
    (order,) = cloud.ledger.orders_of(user_id)
    return order


def claim(cloud: Cloud, order: Order) -> tuple[int, dict[str, Any]]:
    return cloud.send("claim", pathParameters={"user_id": order.user_id, "order_id": str(order.order_id)})


def at(cloud: Cloud, order: Order, later: Any) -> None:
    """Let it be that long after the deadline of order."""
    assert order.accept_by is not None
    cloud.now = order.accept_by + later


def logged_lines(capsys: pytest.CaptureFixture[str], message: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("message") == message]


def test_what_is_claimed_a_millisecond_before_is_granted_and_stays(cloud: Cloud) -> None:
    orders = first_two(cloud)
    assert cloud.messages() == []  # nobody is told of a prize that waits for its user

    at(cloud, orders[LAPSES], -MS)
    for order in orders.values():
        assert claim(cloud, order)[0] == 200
    cloud.deliver()
    cloud.compensate(GRACE + CLAIM_WITHIN)

    assert {order_of(cloud, order.user_id).grant_state for order in orders.values()} == {GrantState.GRANTED}
    assert cloud.audit().breaches == ()


def test_a_millisecond_after_it_is_parked_or_void_and_the_unit_that_comes_back_is_won_again(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = first_two(cloud)
    assert won(cloud, "third") is None

    at(cloud, orders[LAPSES], MS)
    assert claim(cloud, orders[LAPSES])[0] == 409
    assert claim(cloud, orders[PARKS])[0] == 409
    cloud.now += GRACE
    assert cloud.compensate()["parked"] == 1

    assert [line["order_id"] for line in logged_lines(capsys, "lapsed")] == [str(orders[LAPSES].order_id)]
    assert order_of(cloud, orders[PARKS].user_id).grant_state is GrantState.PARKED
    assert order_of(cloud, orders[LAPSES].user_id).grant_state is GrantState.VOID
    cloud.now += HINT
    assert won(cloud, "fourth") == LAPSES
    assert claim(cloud, order_of(cloud, "fourth"))[0] == 200
    cloud.deliver()
    assert order_of(cloud, "fourth").grant_state is GrantState.GRANTED
    verdict = cloud.audit()
    assert (verdict.breaches, verdict.void, verdict.parked) == ((), 1, 1)


def test_an_early_or_late_message_grants_nothing_that_nobody_has_claimed(cloud: Cloud) -> None:
    order = first_two(cloud)[LAPSES]
    body = json.dumps({"awardType": 1, "orderId": order.order_id, "uId": order.user_id})
    award = order.award
    assert award is not None
    fields = {"awardId": award.award_id, "awardName": award.award_name, "awardContent": award.award_content}
    message = json.dumps({**json.loads(body), **fields})

    assert cloud.distribute([message]) == set()
    assert order_of(cloud, order.user_id) == order
    at(cloud, order, GRACE + MS)
    cloud.compensate()
    assert cloud.distribute([message]) == set()

    assert order_of(cloud, order.user_id).grant_state is GrantState.VOID
    assert cloud.audit().breaches == ()


def test_an_order_that_cannot_be_read_is_set_aside_and_keeps_nobody_elses_deadline(cloud: Cloud) -> None:
    orders = first_two(cloud)
    item = next(
        item
        for item in cloud.ledger.items()
        if order_key(orders[PARKS].user_id, orders[PARKS].order_id).items() <= item.items()
    )
    cloud.ledger.put_item({**item, "claims": {"S": "many"}})

    at(cloud, orders[LAPSES], GRACE + SECOND)
    cloud.compensate()

    assert order_of(cloud, orders[LAPSES].user_id).grant_state is GrantState.VOID
    assert [entry.lane for entry in cloud.ledger.due("unreadable", cloud.now + CLAIM_WITHIN * 999, 9).entries] == [
        "unreadable"
    ]


def test_runs_beside_each_other_end_a_deadline_once(cloud: Cloud) -> None:
    order = first_two(cloud)[LAPSES]
    at(cloud, order, GRACE + MS)

    for _ in range(3):
        cloud.compensate()

    assert [entry.what for entry in cloud.ledger.log("100001", 0, 9)].count("return") == 1
    assert len(order_of(cloud, order.user_id).acts) == 1
    assert cloud.ledger.stock_shown("100001", {LAPSES: 1}) == {LAPSES: 1}


def test_the_unit_of_a_prize_without_limit_is_none_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    free = replace(an_award_of(LAPSES, weight=1_000_000, lapses=True), stock=None)
    with a_cloud(monkeypatch, free, a_share("9", weight=0)) as cloud:
        approve(cloud)
        won(cloud, "first")
        at(cloud, order_of(cloud, "first"), GRACE + MS)
        cloud.compensate()

        assert order_of(cloud, "first").grant_state is GrantState.VOID
        assert [entry.what for entry in cloud.ledger.log("100001", 0, 9)] == ["approve"]
        assert cloud.audit().breaches == ()
