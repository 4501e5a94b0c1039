"""Hundreds of parcels, granted and readdressed while they are exported: each leaves once, with its address of then."""

import csv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

import boto3
import pytest

from addresses import an_address
from builders import NOON, WAITS
from conflicts import Clock, Conflicting, Held, PlayedStack
from emulated_aws import dynamodb_at, dynamodb_url, emulated_aws
from parcels import an_order_of_a_parcel
from tables import TableLedger
from tombola.aws.items import order_item
from tombola.aws.prizes import PhysicalPrizes
from tombola.flows.distribute import DistributePorts, distribute
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.verdict import Granted
from tombola_cli.audit.promise_shipments import each_parcel_is_sent_once
from tombola_cli.audit.snapshot import books_of
from tombola_cli.operate import shipment_export
from tombola_cli.operate.shipment_export import Exported, export_shipments

PARCELS = 400
THREADS = 8
FEWER = 40  # where the emulator can only be asked by one at a time
MOVES = 150  # until an export is killed
BATCH = 25  # items of one write
TRIES_MAX = 50


class Killed(BaseException):
    """The end of a process."""


class Mortal:
    """A client whose process ends after so many moves of parcels."""

    def __init__(self, client: Any, moves: int) -> None:
        self.client, self.left, self.lock = client, moves, Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def transact_write_items(self, **given: Any) -> Any:
        with self.lock:
            self.left -= "ConditionCheck" in given["TransactItems"][-1]
            if self.left < 0:
                raise Killed
        return self.client.transact_write_items(**given)


class Users:
    """The users of the orders: each gives one address after the other, and remembers the last that was taken."""

    def __init__(self, table: TableLedger, orders: Sequence[Order]) -> None:
        self.ledger = table
        self.orders = {order.order_id: order for order in orders}
        self.last = {order.order_id: street_of(order) for order in orders}
        self.changes = 0

    def change(self, order_id: int, street: str) -> None:
        """Change an address before the grant, or after it until the parcel has left."""
        order = self.orders[order_id]
        address = an_address(address=street)
        found = self.ledger.order(order.user_id, order_id)
        assert found is not None
        before = found.grant_state is not GrantState.GRANTED
        change = self.ledger.change_address if before else self.ledger.change_shipment
        if change(found, address):
            self.last[order_id] = street
            self.changes += 1


def street_of(order: Order) -> str:
    assert order.address is not None
    return order.address.address


def staged(table: TableLedger, count: int) -> list[Order]:
    """Put orders on record whose users have given an address."""
    orders = [
        an_order_of_a_parcel(
            Random(number).getrandbits(62),  # noqa: S311 - the same seed, the same ids
            user_id=f"user-{number}",
            shard=None,
            accepted_at=NOON,
            accept_by=NOON,
            address=an_address(address=f"{number} First Street"),
        )
        for number in range(count)
    ]
    for start in range(0, count, BATCH):
        batch: Any = [{"PutRequest": {"Item": order_item(order)}} for order in orders[start : start + BATCH]]
        table.dynamodb.batch_write_item(RequestItems={table.table: batch})
    return orders


def grant(order: Order, ledger: TableLedger) -> None:
    """Distribute an order as often as its message comes, until its prize is granted."""
    world = DistributePorts(ledger=ledger, prizes={AwardType.PHYSICAL: PhysicalPrizes(ledger)}, waits=WAITS)
    for _ in range(TRIES_MAX):
        found = ledger.order(order.user_id, order.order_id)
        assert found is not None
        if isinstance(distribute(found, world, NOON), Granted):
            return
    raise AssertionError("a prize that never was granted")


def export(table: TableLedger, client: Any, sts: Any, path: Path) -> Exported:
    clients = {"dynamodb": client, "sts": sts}
    return export_shipments("100001", path, PlayedStack.of(Clock(), clients, table_name=table.table))


def rows_of(*paths: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in paths:
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                rows += csv.DictReader(file)
    return rows


def assert_each_left_once_with_its_last_address(table: TableLedger, users: Users, rows: list[dict[str, str]]) -> None:
    assert {int(row["order_id"]): row["address"] for row in rows} == users.last
    assert len(rows) == len(users.last)
    on_record = table.orders([(order.user_id, order.order_id) for order in users.orders.values()])
    batches = {
        str(order.order_id): order.batch
        for order in on_record.values()
        if isinstance(order, Order) and order.grant_state is GrantState.GRANTED and order.grants == 1
    }
    assert batches == {row["order_id"]: row["batch"] for row in rows}
    items = table.items()
    assert [*each_parcel_is_sent_once(books_of(items))] == []
    keys = [item["sk"]["S"].partition("#")[0] for item in items if item["pk"]["S"].startswith("SHIPMENTS#")]
    assert (keys.count("OUT"), keys.count("NEW"), keys.count("GATE")) == (len(rows), 0, 0)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def aws(credentials: None) -> Iterator[None]:
    with emulated_aws():
        yield


def test_hundreds_of_parcels_granted_on_eight_threads_leave_once_each_with_the_address_of_then(
    emulator: Any, tmp_path: Path
) -> None:
    table = TableLedger(dynamodb_at(dynamodb_url()))
    orders, sts = staged(table, PARCELS), emulator.client("sts")
    users = Users(table, orders)
    paths = [tmp_path / f"{number}.csv" for number in range(4)]

    def change(part: int) -> None:
        for number in range(part, PARCELS, 2 * THREADS):
            users.change(orders[number].order_id, f"{number} Second Street")

    with ThreadPoolExecutor(THREADS) as distribution, ThreadPoolExecutor(2 * THREADS) as changing:
        granted = [distribution.submit(grant, order, table) for order in orders]
        for each in granted[: PARCELS // 2]:
            each.result()
        changed = [changing.submit(change, part) for part in range(THREADS)]
        with pytest.raises(Killed):
            export(table, Mortal(table.dynamodb, MOVES), sts, paths[0])
        two = [changing.submit(export, table, table.dynamodb, sts, path) for path in paths[1:3]]
        second, beside = (each.result() for each in two)
        for done in (*granted, *changed):
            done.result()
    third = export(table, table.dynamodb, sts, paths[3])

    assert not paths[0].exists()
    assert (second.continued, beside.continued, third.continued) == (True, True, False)
    assert second.written >= MOVES - THREADS
    assert (second.left, beside.left, third.left) == ([], [], [])
    assert rows_of(paths[1]) == rows_of(paths[2])
    assert users.changes > 0
    assert_each_left_once_with_its_last_address(table, users, rows_of(paths[1], paths[3]))


def test_the_same_holds_on_a_dynamodb_that_conflicts(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users change addresses between any two calls; two exports are killed, and two run beside each other."""
    monkeypatch.setattr(shipment_export, "GATES", 1)  # the clock is played for one after the other
    table, clock, sts = TableLedger(boto3.client("dynamodb")), Clock(), boto3.client("sts")
    orders, chance = staged(table, FEWER), Random(1)  # noqa: S311 - the same seed, the same run
    users = Users(table, orders)
    for order in orders[: FEWER // 2]:
        grant(order, table)
    later, streets = iter(orders[FEWER // 2 :]), iter(range(1_000_000))

    def meanwhile(operation: str, _: object) -> None:
        clock.ms += 2.0
        if operation == "TransactWriteItems":
            users.change(chance.choice(orders).order_id, f"{next(streets)} Later Street")
            if chance.random() < 0.1 and (order := next(later, None)) is not None:
                grant(order, table)

    def conflicting() -> Any:
        return Conflicting(table.dynamodb, Held(8.0, clock.now, others_every_ms=25.0), before=meanwhile)

    clients: list[Any] = [conflicting() for _ in range(4)]
    paths = [tmp_path / f"{number}.csv" for number in range(6)]
    for path, client, moves in zip(paths, clients, (5, 9), strict=False):
        with pytest.raises(Killed):
            export(table, Mortal(client, moves), sts, path)
    beside = beside_another(clients[2], lambda: export(table, clients[3], sts, paths[3]))
    one = export(table, beside, sts, paths[2])
    for order in later:
        grant(order, table)
    export(table, table.dynamodb, sts, paths[4])

    assert one.continued
    assert rows_of(paths[2]) == rows_of(paths[3]) != []
    assert sum(client.held.refused.total() for client in clients) > FEWER / 10
    assert users.changes > 0
    assert_each_left_once_with_its_last_address(table, users, rows_of(paths[2], paths[4]))


def beside_another(client: Any, other: Callable[[], object]) -> Any:
    """Return client, beside which another export runs from beginning to end before its third move."""

    class Beside(Mortal):
        def transact_write_items(self, **given: Any) -> Any:
            try:
                return super().transact_write_items(**given)
            except Killed:
                self.left = 1_000_000
                other()
                return super().transact_write_items(**given)

    return Beside(client, 2)
