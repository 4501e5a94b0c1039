"""A bound on messages without effect parks an order with its reason; a queue that merely stands still parks nobody."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, an_order
from cloud import FAILURES_MAX, Cloud, a_cloud
from tombola.aws.prizes import TextPrizes
from tombola.rules.order import GrantState, Order
from tombola.rules.remedy import CLAIMS_TRUSTED

pytestmark = pytest.mark.usefixtures("few_lanes")
HOUR = timedelta(hours=1)
HOURS_MAX = 30


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def order_of(cloud: Cloud, order_id: int) -> Order:
    order = cloud.ledger.order("xiaofuge", order_id)
    assert order is not None
    return order


def break_grants(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the grant of order 7 end so, whenever it is tried."""
    grant = TextPrizes.grant

    def broken(self: TextPrizes, order: Order, now: Any) -> Any:
        if order.order_id == 7:
            raise error
        return grant(self, order, now)

    monkeypatch.setattr(TextPrizes, "grant", broken)


def hours_until_parked(cloud: Cloud) -> int:
    """Let compensation send, and the queue deliver, until order 7 is parked; return how many hours that took."""
    for hours in range(HOURS_MAX):
        if order_of(cloud, 7).grant_state is GrantState.PARKED:
            return hours
        cloud.compensate(HOUR)
        with suppress(KilledError):  # the batch comes back
            cloud.deliver()
    raise AssertionError(f"not parked within {HOURS_MAX} hours")


def test_an_order_whose_grant_always_raises_is_parked_and_its_neighbours_are_granted(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_grants(monkeypatch, RuntimeError("Code"))
    for order_id in (7, 23):
        cloud.ledger.put(an_order(order_id, due_at=NOON))

    assert hours_until_parked(cloud) == FAILURES_MAX + 1
    assert order_of(cloud, 7).parked_because == f"{FAILURES_MAX} grants failed, the last: RuntimeError"
    assert order_of(cloud, 23).grant_state is GrantState.GRANTED
    assert cloud.messages() == []


def test_an_order_whose_grant_kills_the_function_is_parked_in_the_end(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_grants(monkeypatch, KilledError())
    cloud.ledger.put(an_order(7, due_at=NOON))

    assert hours_until_parked(cloud) > CLAIMS_TRUSTED
    assert order_of(cloud, 7).parked_because == f"{FAILURES_MAX} grants were begun, and none ended"


def test_a_queue_that_stands_still_for_a_day_parks_nobody_and_delivers_in_the_end(cloud: Cloud) -> None:
    cloud.ledger.put(an_order(7, due_at=NOON))
    for _ in range(24):
        cloud.compensate(HOUR)
    assert order_of(cloud, 7).claims > CLAIMS_TRUSTED

    while cloud.deliver():
        pass

    order = order_of(cloud, 7)
    assert (order.grant_state, order.grants, order.failures) == (GrantState.GRANTED, 1, 0)
