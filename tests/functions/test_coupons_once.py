"""Goal: whatever a provider does, and wherever the function dies, an order gets one coupon or waits for an operator.

Method: the sample provider on a real socket with every fault at random, the real handlers, and the time moved on.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from botocore.client import BaseClient

from builders import NOON
from cloud import Cloud, Context, a_cloud
from coupon_desk import a_coupon_order, define, make_calls_table, remember_by, remembered, serving
from tombola.aws import clock
from tombola.rules.coupon import RETRY_AFTER_MAX
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order
from tombola_cli.local.sample_provider import Desk, Faults, SampleProvider
from tombola_cli.operate.order_lists import read_orders

pytestmark = pytest.mark.usefixtures("few_lanes")
ORDERS = 200
SEED = 11
BATCH = 10
KEY = "a key of the tests"
ROUNDS_MAX = 12
EVERY_FAULT = Faults(slow=0.03, failing=0.2, lying=0.05, refusing=0.1, down=0.1)
TIMEOUT_SECONDS = 0.3


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        make_calls_table()
        remember_by(lambda: cloud.now, monkeypatch)
        clock.begin_invocation(Context())
        yield cloud


@pytest.fixture
def provider(cloud: Cloud) -> Iterator[SampleProvider]:
    desk = Desk(KEY, Random(SEED), slow_seconds=TIMEOUT_SECONDS * 2)  # noqa: S311 - faults, the same each time
    with serving(desk, clock=lambda: cloud.now.timestamp()) as provider:  # noqa: PLW0108 - cloud's time moves
        define(url=provider.url, key=KEY, timeout_seconds=TIMEOUT_SECONDS)
        yield provider


def on_record(cloud: Cloud) -> list[Order]:
    orders = read_orders(cloud.ledger.dynamodb, cloud.ledger.table)
    return sorted(orders, key=lambda order: order.order_id)


def distribute_what_waits(cloud: Cloud) -> None:
    """Hand every order that waits to the function, in batches, one message of each batch twice."""
    waiting = [order for order in on_record(cloud) if order.grant_state is GrantState.WAITING]
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        cloud.distribute([invoice_json(order) for order in [*batch, batch[0]]])


def park_the_hopeless(cloud: Cloud) -> None:
    """Do what compensation does with orders that failed too often."""
    for order in on_record(cloud):
        if order.grant_state is GrantState.WAITING and order.failures >= 3:
            cloud.ledger.park(order, f"{order.failures} grants failed, the last: {order.failed_because}", cloud.now)


def test_with_every_fault_at_random_an_order_gets_one_coupon_or_is_parked_and_in_the_end_all_are_granted(
    cloud: Cloud, provider: SampleProvider
) -> None:
    provider.desk.faults = EVERY_FAULT
    for order_id in range(ORDERS):
        cloud.ledger.put(a_coupon_order(order_id))

    for _ in range(ROUNDS_MAX):
        distribute_what_waits(cloud)
        park_the_hopeless(cloud)
        cloud.now += RETRY_AFTER_MAX

    orders = on_record(cloud)
    parked = [order for order in orders if order.grant_state is GrantState.PARKED]
    assert {order.grant_state for order in orders} == {GrantState.GRANTED, GrantState.PARKED}
    assert all(order.parked_because for order in parked)
    assert 0 < len(parked) < ORDERS / 2
    each_has_its_own(orders, provider)

    provider.desk.faults = Faults()
    for order in parked:  # as `orders retry` does
        cloud.ledger.put(replace(order, grant_state=GrantState.WAITING, failures=0, begun=0, due_at=cloud.now))
    distribute_what_waits(cloud)

    orders = on_record(cloud)
    assert [order.grant_state for order in orders] == [GrantState.GRANTED] * ORDERS
    assert [order.grants for order in orders] == [1] * ORDERS
    each_has_its_own(orders, provider)
    assert len(provider.desk.given) == ORDERS


def each_has_its_own(orders: list[Order], provider: SampleProvider) -> None:
    """Check that each granted order has the one coupon that was made for it, and no other order has it."""
    coupons = [order.content for order in orders if order.grant_state is GrantState.GRANTED]
    assert None not in coupons
    assert len(set(coupons)) == len(coupons)
    assert set(coupons) <= set(provider.desk.given.values())


KILLS = {
    "before the call is remembered": ("PutItem", "before", 0),
    "before the provider is asked": ("GetSecretValue", "before", 0),
    "between the provider's answer and its memory": ("UpdateItem", "before", 1),
    "between the memory and the grant": ("UpdateItem", "after", 1),
    "between the grant and the acknowledgement": ("UpdateItem", "after the grant", 1),
}


@pytest.mark.parametrize("case", KILLS)
def test_a_function_that_is_killed_leaves_one_coupon_which_is_granted(
    cloud: Cloud, provider: SampleProvider, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    operation, when, given = KILLS[case]
    cloud.ledger.put(a_coupon_order(due_at=NOON))
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    kills: list[str] = []

    def call(self: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        table = arguments.get("TableName")
        here = name == operation and not kills and (table == cloud.ledger.table) == (when == "after the grant")
        if here and when == "before":
            kills.append(name)
            raise KilledError
        answer = original(self, name, arguments)
        if here:
            kills.append(name)
            raise KilledError
        return answer

    with monkeypatch.context() as patch, suppress(KilledError):
        patch.setattr(BaseClient, "_make_api_call", call)
        cloud.distribute([invoice_json(a_coupon_order())])
    assert (len(kills), len(provider.desk.given)) == (1, given)

    twin = cloud.distribute([invoice_json(a_coupon_order())])  # while the dead call still counts as under way
    assert twin == set()
    for _ in range(3):
        cloud.compensate(timedelta(minutes=20))
        cloud.deliver()
    (order,) = on_record(cloud)
    assert (order.grant_state, order.grants, order.failures) == (GrantState.GRANTED, 1, 0)
    assert list(provider.desk.given.values()) == [order.content]
    assert len(remembered()) == 1


def test_an_order_that_is_parked_while_its_call_is_under_way_ends_granted(
    cloud: Cloud, provider: SampleProvider
) -> None:
    cloud.ledger.put(a_coupon_order())
    provider.desk.faults = Faults(slow=1)
    provider.sleep = lambda _: parked.append(cloud.ledger.park(a_coupon_order(), "3 grants failed", cloud.now))
    parked: list[bool] = []

    assert cloud.distribute([invoice_json(a_coupon_order())]) == set()
    (order,) = on_record(cloud)
    assert parked == [True]
    assert (order.grant_state, order.grants, order.lane) == (GrantState.GRANTED, 1, None)
    assert [order.content] == list(provider.desk.given.values())


@pytest.mark.parametrize(
    "change",
    [
        {"grant_state": GrantState.PARKED, "parked_because": "down"},
        {"grant_state": GrantState.VOID},
        {"grant_at": NOON + timedelta(hours=1)},
    ],
    ids=["parked", "void", "not yet due"],
)
def test_a_late_message_calls_nobody(cloud: Cloud, provider: SampleProvider, change: dict[str, Any]) -> None:
    order = a_coupon_order(**change)
    cloud.ledger.put(order)

    assert cloud.distribute([invoice_json(order)]) == set()
    assert (on_record(cloud), provider.desk.asked) == ([order], 0)


def test_nothing_that_is_written_or_told_holds_a_coupon_or_the_key(
    cloud: Cloud, provider: SampleProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.desk.faults = EVERY_FAULT
    for order_id in range(40):
        cloud.ledger.put(a_coupon_order(order_id))
    for _ in range(6):
        distribute_what_waits(cloud)
        cloud.compensate(RETRY_AFTER_MAX)

    told = capsys.readouterr().out
    for order in on_record(cloud):
        told += f"{order!r}{order.failed_because}{order.parked_because}{invoice_json(order)}"
    for secret in (KEY, *provider.desk.given.values(), "/coupons"):
        assert secret not in told
