"""What stands in a recorded book, in the words of its version and not of today's code."""

from datetime import datetime
from typing import Any

from books.recording import ORDER, ORDERS, SAFE, Item, Recording
from cloud import Cloud
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import books_of

WAITING = 0
GRANTED = 1
PARKED = 2
BY_HAND = "3"
TEXT = "1"  # the one type of award that a version before codes hands over
OK = 200
CREATED = 201
UNREADABLE = 500


def audited(book: Recording, cloud: Cloud) -> Audit:
    seeds = {activity_id_of(item): seed_of(item) for item in book.items if "sealed_seed" in item}
    answers = [
        Answer(
            activity_id=each.answer["activity_id"],
            user_id=each.answer["user_id"],
            idempotency_key=str(each.key),
            order=each.answer,
            tree_id=each.names.get("tree_id"),
        )
        for each in book.answers
        if each.status in (OK, CREATED)
    ]
    return audit(books_of(cloud.ledger.items()), seeds, answers)


def seed_of(item: Item) -> bytes:
    context = {"activity_id": activity_id_of(item)}
    return bytes(SAFE.decrypt(CiphertextBlob=item["sealed_seed"]["B"], EncryptionContext=context)["Plaintext"])


def activity_id_of(item: Item) -> str:
    return str(item["pk"]["S"].removeprefix("ACTIVITY#"))


def order_id_of(item: Item) -> str:
    return str(int(item["sk"]["S"].removeprefix("ORDER#")))


def orders_in(items: list[Item]) -> dict[str, Item]:
    """Return the orders by their ids."""
    return {order_id_of(each): each for each in items if each["sk"]["S"].startswith("ORDER#")}


def unreadable_then(book: Recording) -> set[str]:
    """Return the orders that the version which recorded the book could not read itself."""
    return {each.names["order_id"] for each in book.shown if each.route == ORDER and each.status == UNREADABLE}


def draws_shown(book: Recording) -> dict[str, Any]:
    """Return what the lists of all users showed, by order."""
    lists = [each.answer for each in book.shown if each.route == ORDERS]
    return {draw["order_id"]: draw for each in lists for draw in each["draws"]}


def is_won(order: Item) -> bool:
    return "award" in order


def is_for_anybody_to_grant(order: Item, now: datetime) -> bool:
    """Return whether order waits for nothing but a message: not for a time, nor for a hand."""
    if not is_won(order) or order["grant_state"] != {"N": str(WAITING)}:
        return False
    if "grant_at" in order:
        return int(order["grant_at"]["N"]) <= round(now.timestamp() * 1000)
    return str(order["grant_type"]["N"]) != BY_HAND


def type_of(order: Item) -> str:
    return str(order["award"]["M"]["award_type"]["N"])
