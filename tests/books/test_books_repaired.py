"""What an earlier version left under way is granted and repaired by today's code, each prize once."""

import json
from datetime import UTC, datetime, timedelta

from books.reading import (
    GRANTED,
    PARKED,
    TEXT,
    audited,
    is_for_anybody_to_grant,
    order_id_of,
    orders_in,
    type_of,
    unreadable_then,
)
from books.recording import Item, Recording
from cloud import RECEIVE_MAX, Cloud
from tombola.aws.items import number

DAY = timedelta(days=1)
DAYS_UNTIL_GRANTED = 10  # the last prize of the campaign is granted in December
BATCHES_MAX = 20  # of a run's messages
AFTER_ALL = datetime(2027, 1, 1, tzinfo=UTC)
AT_REST = {1, 2, 6, 7}  # states of activities that do nothing by themselves


def test_every_recorded_message_grants_once_what_waits_for_it_and_changes_nothing_else(
    book: Recording, cloud: Cloud
) -> None:
    before = cloud.ledger.items()
    due = named_by_messages(book, {name for name, each in orders_in(before).items() if waits(each, book)})

    failed = distributed(cloud, book.messages)
    after = cloud.ledger.items()

    assert failed == [body for body in book.messages if names_one_of(body, unreadable_then(book))]
    moved = {name: each for name, each in orders_in(after).items() if each != orders_in(before)[name]}
    assert moved.keys() == due
    for name, order in moved.items():
        granted = type_of(order) == TEXT
        assert order["grant_state"] == number(GRANTED if granted else PARKED), name
        assert order["grants"] == number(int(granted)), name
    assert others(after) == others(before)
    assert audited(book, cloud).breaches == ()
    assert distributed(cloud, book.messages) == failed
    assert sorted_items(cloud.ledger.items()) == sorted_items(after)


def waits(order: Item, book: Recording) -> bool:
    return is_for_anybody_to_grant(order, book.moment) and order_id_of(order) not in unreadable_then(book)


def named_by_messages(book: Recording, orders: set[str]) -> set[str]:
    return orders & {str(json.loads(body)["orderId"]) for body in book.messages}


def names_one_of(body: str, orders: set[str]) -> bool:
    return str(json.loads(body)["orderId"]) in orders


def distributed(cloud: Cloud, bodies: list[str]) -> list[str]:
    """Hand the messages to distribution, a batch at a time; return those that it reports as failed."""
    batches = [bodies[start : start + RECEIVE_MAX] for start in range(0, len(bodies), RECEIVE_MAX)]
    return [batch[place] for batch in batches for place in sorted(cloud.distribute(batch))]


def others(items: list[Item]) -> list[Item]:
    return sorted_items([each for each in items if not each["sk"]["S"].startswith("ORDER#")])


def sorted_items(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def test_compensation_repairs_whatever_is_not_granted_and_moves_every_activity(book: Recording, cloud: Cloud) -> None:
    for _ in range(DAYS_UNTIL_GRANTED):
        cloud.compensate(DAY)
        assert any(not cloud.deliver() for _ in range(BATCHES_MAX)), "a message comes back for ever"

    for name, order in orders_in(cloud.ledger.items()).items():
        before = orders_in(book.items)[name]
        assert order["grant_state"] == number(state_in_the_end(name, before, book, cloud.now)), name
        assert order["grants"] == number(int(order["grant_state"] == number(GRANTED))), name
    assert audited(book, cloud).breaches == ()
    cloud.compensate(AFTER_ALL - cloud.now)
    states = {int(item["state"]["N"]) for item in cloud.ledger.items() if "sealed_seed" in item}
    assert states == AT_REST


def state_in_the_end(name: str, before: Item, book: Recording, now: datetime) -> int:
    """Return the state that an order of the book comes to when nothing disturbs repair any more."""
    if name in unreadable_then(book) or not is_for_anybody_to_grant(before, now):
        return int(before["grant_state"]["N"])
    return GRANTED if type_of(before) == TEXT else PARKED
