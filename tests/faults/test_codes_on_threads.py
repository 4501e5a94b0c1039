"""A thousand wins on a pool of a thousand codes: each order has a code of its own, whatever is delivered and how."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import boto3
import pytest

from builders import NOON, WAITS
from code_pools import POOL, an_order_of_a_code, free_in, used_in
from conflicts import Clock, Conflicting, Held
from emulated_aws import dynamodb_at, dynamodb_url, emulated_aws
from tables import TableLedger
from tombola.aws.code_items import free_item
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.code_prizes import CodePrizes
from tombola.aws.items import order_item
from tombola.flows.distribute import DistributePorts, distribute
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Granted, Refused

WINS = 1_000
THREADS = 16
DELIVERIES_MAX = 50  # of one message, until its order is granted
BATCH = 25  # items of one write
FEWER = 60  # wins where the emulator can only be asked by one at a time


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def aws(credentials: None) -> Iterator[None]:
    with emulated_aws():
        yield


def put_all(table: TableLedger, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), BATCH):
        batch: Any = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
        table.dynamodb.batch_write_item(RequestItems={table.table: batch})


def staged(table: TableLedger, wins: int, codes: int) -> tuple[list[Order], set[str]]:
    orders = [an_order_of_a_code(number, user_id=f"user-{number}") for number in range(wins)]
    pool = {f"CODE-{number:04d}" for number in range(codes)}
    put_all(table, [order_item(order) for order in orders])
    put_all(table, [free_item(POOL, code, None) for code in pool])
    return orders, pool


def hand_over(order: Order, ledger: TableLedger, prizes: CodePrizes) -> str:
    """Deliver an order's message until the table takes it; return what came of it."""
    world = DistributePorts(ledger=ledger, prizes={AwardType.CODE: prizes}, waits=WAITS)
    for _ in range(DELIVERIES_MAX):
        try:
            return type(distribute(order, world, NOON)).__name__
        except BusyError:
            continue
    raise AssertionError("a message that never got through")


def assert_each_has_one_of_its_own(table: TableLedger, orders: list[Order], codes: set[str]) -> None:
    pool = DynamoCodePool(table.dynamodb, table.table)
    used = used_in(pool)
    on_record = table.orders([(order.user_id, order.order_id) for order in orders])
    granted = {
        key: order.content
        for key, order in on_record.items()
        if isinstance(order, Order) and order.grant_state is GrantState.GRANTED and order.grants == 1
    }
    assert len(granted) == len(orders)
    assert {code: key for key, code in granted.items()} == used
    assert set(used) | free_in(pool) == codes
    assert len(free_in(pool)) == len(codes) - len(orders)


def test_a_thousand_wins_on_sixteen_threads_get_a_thousand_codes() -> None:
    table = TableLedger(dynamodb_at(dynamodb_url()))
    orders, codes = staged(table, WINS, WINS)
    prizes = CodePrizes(
        pool=DynamoCodePool(table.dynamodb, table.table),
        low=0,
        tell_low=lambda *_: None,
        chance=Random(1).randrange,  # noqa: S311 - the same seed, the same choices
    )
    messages = orders + orders[: WINS // 4]  # doubled …
    Random(2).shuffle(messages)  # noqa: S311 - … and in another order

    with ThreadPoolExecutor(THREADS) as threads:
        counted = Counter(threads.map(lambda order: hand_over(order, table, prizes), messages))

    assert counted == {"Granted": WINS, "Unchanged": WINS // 4}
    assert_each_has_one_of_its_own(table, orders, codes)


def test_the_same_holds_on_a_dynamodb_that_conflicts(aws: None) -> None:
    """Others hold everything again and again; a message that meets them for too long is delivered again."""
    table, clock = TableLedger(boto3.client("dynamodb")), Clock()
    orders, codes = staged(table, FEWER, FEWER)

    def before(*_: object) -> None:
        clock.ms += 2.0

    client: Any = Conflicting(table.dynamodb, Held(8.0, clock.now, others_every_ms=25.0), before=before)
    pool = DynamoCodePool(client, table.table, lambda: clock.deadline_in(0.25))
    chance = Random(1)  # noqa: S311 - as above
    prizes = CodePrizes(
        pool=pool,
        low=0,
        tell_low=lambda *_: None,
        chance=chance.randrange,
        patience=lambda: clock.deadline_in(0.25),
    )
    messages = orders * 2
    chance.shuffle(messages)

    counted = Counter(hand_over(order, table, prizes) for order in messages)

    assert counted == {"Granted": FEWER, "Unchanged": FEWER}
    assert client.held.refused.total() > FEWER / 10
    assert_each_has_one_of_its_own(table, orders, codes)


def test_wins_beyond_the_pool_are_parked_with_its_name_and_nobody_gets_a_code_twice(aws: None) -> None:
    table = TableLedger(boto3.client("dynamodb"))
    orders, codes = staged(table, 50, 40)
    prizes = CodePrizes(pool=DynamoCodePool(table.dynamodb, table.table), low=0, tell_low=lambda *_: None)

    counted = Counter(hand_over(order, table, prizes) for order in orders)

    assert counted == {Granted.__name__: 40, Refused.__name__: 10}
    on_record = table.orders([(order.user_id, order.order_id) for order in orders]).values()
    parked = [order for order in on_record if isinstance(order, Order) and order.grant_state is GrantState.PARKED]
    assert {order.parked_because for order in parked} == {
        "pool vouchers has no code left that is good for another 24 hours"
    }
    assert set(used_in(DynamoCodePool(table.dynamodb, table.table))) == codes
    assert len(parked) == 10
