"""A code is its owner's alone: whatever becomes of its order, nothing but the owner's answer shows it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import distribute_handler
from builders import NOON
from cloud import Cloud, a_cloud
from code_pools import POOL, an_order_of_a_code, fill, pool_of
from tombola.aws.code_ledger import DynamoCodePool
from tombola.rules.code_pool import POOL_SHARDS, Taken
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order

SECRET = "SECRET"  # noqa: S105 - what is looked for
CODES = tuple(f"{SECRET}-{number}" for number in range(4))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("CODES_LOW", str(40 * POOL_SHARDS))  # so that each grant tells of its pool
    with a_cloud(monkeypatch) as cloud:
        fill(pool_of(cloud.ledger), CODES)
        yield cloud


def waiting(cloud: Cloud, number: int) -> Order:
    order = an_order_of_a_code(number, drawn_at=NOON)
    cloud.ledger.put(order)
    return order


def on_record(cloud: Cloud, order: Order) -> Order:
    found = cloud.ledger.order(order.user_id, order.order_id)
    assert isinstance(found, Order)
    return found


def refused_with_the_code(*_: object, **__: object) -> Any:
    """Answer as a table might that repeats what it was asked."""
    answer: Any = {"Error": {"Code": "ValidationException", "Message": f"no such item {CODES[0]}"}}
    raise ClientError(answer, "TransactWriteItems")


def unanswered_with_the_code(*_: object, **__: object) -> Any:
    answer: Any = {"Error": {"Code": "ThrottlingException", "Message": f"too much for {CODES[0]}"}}
    raise ClientError(answer, "TransactWriteItems")


def test_the_owner_is_the_only_one_who_sees_a_granted_code(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    orders = [waiting(cloud, number) for number in range(len(CODES) + 1)]
    bodies = [invoice_json(order) for order in orders]

    assert cloud.distribute(bodies + bodies) == set()  # doubled, and one more than there are codes
    cloud.compensate()
    after = [on_record(cloud, order) for order in orders]

    assert {order.content for order in after} == {*CODES, None}
    assert [order.grant_state for order in after].count(GrantState.PARKED) == 1
    out, err = capsys.readouterr()
    told = {line.get("message") for line in map(json.loads, out.splitlines())}
    assert {"granted", "not granted", "settled before", "pool low"} <= told
    for shown in (out, err, repr(after), str(after), *map(invoice_json, after), repr(cloud.messages())):
        assert SECRET not in shown
    assert SECRET not in repr([order.parked_because for order in after])


@pytest.mark.parametrize("fault", [refused_with_the_code, unanswered_with_the_code])
def test_an_error_that_repeats_the_code_is_told_and_recorded_without_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Any
) -> None:
    order = waiting(cloud, 1)
    monkeypatch.setattr(cloud.ledger.dynamodb, "transact_write_items", fault)

    cloud.distribute([invoice_json(order)])

    out, err = capsys.readouterr()
    kept = on_record(cloud, order)
    assert out.splitlines()  # something is told
    assert kept.content is None
    for shown in (out, err, repr(kept), str(kept.failed_because)):
        assert SECRET not in shown


def test_a_claim_that_meets_others_for_ever_is_told_without_the_codes_it_tried(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = waiting(cloud, 1)
    monkeypatch.setattr(DynamoCodePool, "take", lambda *_: Taken.GONE)

    assert cloud.distribute([invoice_json(order)]) == {0}

    assert SECRET not in "".join(capsys.readouterr())


def test_what_the_function_is_made_of_prints_no_code(cloud: Cloud) -> None:
    order = waiting(cloud, 1)
    cloud.distribute([invoice_json(order)])

    assert SECRET not in repr(distribute_handler.wire())
    assert SECRET not in repr(pool_of(cloud.ledger).choices(POOL, 0, NOON))
    assert SECRET in str(on_record(cloud, order).content)
    assert SECRET not in repr(replace(on_record(cloud, order)))
