"""P3 for codes and coupons: each is one order's, and was granted to it. No breach holds one."""

from collections import Counter
from collections.abc import Iterator

from tombola_cli.audit.books import GRANTED, Books, Breach, Item

CODE, COUPON = 2, 3  # types of awards whose content is made or found for one order
OWN_FROM = 100  # types of the stack's owner, whose content may be made for one order, or not


def each_code_is_one_orders(books: Books) -> Iterator[Breach]:
    """P3: a used code is on the one order that it names, and what was granted is on record."""
    for (pool, _), used in books.used.items():
        if "forgotten" not in used:
            for what in _misused(used, books):
                yield Breach("P3", str(used["order_id"]), f"a used code of pool {pool}: {what}")
    yield from _nobodys(books)
    for (_, order_id), order in books.orders.items():
        for what in _content_faults(order, books):
            yield Breach("P3", order_id, what)


def _nobodys(books: Books) -> Iterator[Breach]:
    """Compare the used codes that are nobody's any more with the users who were forgotten, pool by pool."""
    codes = Counter(pool for (pool, _), used in books.used.items() if "forgotten" in used)
    granted = Counter(
        str(tombstone.get("source"))
        for tombstone in books.tombstones
        if tombstone.get("award_type") == CODE and tombstone["grant_state"] == GRANTED
    )
    for pool in sorted(codes.keys() | granted.keys()):
        if codes[pool] != granted[pool]:
            what = f"{codes[pool]} used codes are nobody's, and {granted[pool]} forgotten orders had one"
            yield Breach("P3", f"pool {pool}", what)


def _misused(used: Item, books: Books) -> Iterator[str]:
    order = books.orders.get((used["user_id"], str(used["order_id"])))
    if order is None:
        yield "its order is not on record"
    elif order["grant_state"] != GRANTED or order.get("content") != used["sk"].removeprefix("USED#"):
        yield "its order was not granted with it"


def _content_faults(order: Item, books: Books) -> Iterator[str]:
    award_type = order["award"]["award_type"] if "award" in order else None
    granted = order["grant_state"] == GRANTED
    expected = granted and award_type in (CODE, COUPON)
    if expected and "content" not in order:
        yield "granted without its code or coupon"
    if not expected and "content" in order and not (granted and award_type is not None and award_type >= OWN_FROM):
        yield "it has a code or a coupon, and should have none"
    if expected and award_type == CODE and "content" in order:
        used = books.used.get((order["award"].get("source"), order["content"]))
        if used is None or (used["user_id"], used["order_id"]) != _key_of(order):
            yield "its code is not used, or another order's"


def _key_of(order: Item) -> tuple[str, int]:
    return order["pk"].removeprefix("USER#"), int(order["sk"].removeprefix("ORDER#"))
