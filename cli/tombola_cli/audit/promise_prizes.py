"""P3: a promised prize is granted exactly once, or stands where somebody sees it."""

from collections.abc import Iterable, Iterator

from tombola_cli.audit.books import (
    BY_HAND,
    GRANTED,
    LOST,
    PARKED,
    PHYSICAL,
    VOID,
    WAITING,
    Books,
    Breach,
    Item,
    name_of,
    waits_for_its_user,
)

TYPES = frozenset({1, 2, 3, PHYSICAL})  # of awards
HANDED_OVER = frozenset({1, 2, 3, PHYSICAL})  # an order of another type is parked
OWN_FROM = 100  # types of the stack's owner, of which the books alone cannot tell what they are
NUMBERED_LANES = frozenset(str(lane) for lane in range(128))
ENDS = frozenset({"void", "lapse"})  # acts after which an order is void: an operator's, and the deadline's
ASIDE = "unreadable"  # where an operator sees the items that compensation could not read


def every_prize_is_granted_once_or_seen(books: Books) -> Iterator[Breach]:
    """P3: a prize is granted exactly once, or its order stands in a lane; a loser has nothing to grant."""
    for (_, order_id), order in books.orders.items():
        for what in (*_faults(order), *_granted_otherwise(order, books)):
            yield Breach("P3", order_id, what)
    for tombstone in books.tombstones:
        for what in _unfinished(tombstone):
            yield Breach("P3", name_of(tombstone), what)
    for order_id in unseen(order for order in books.orders.values() if order["outcome"] != LOST):
        yield Breach("P3", order_id, "not granted, and in no lane where anybody would find it")


def _unfinished(tombstone: Item) -> Iterator[str]:
    """Tell of a draw that was erased while something was to be done for it, or granted otherwise than once."""
    state, lost = tombstone["grant_state"], tombstone["outcome"] == LOST
    if state not in ((WAITING,) if lost else (GRANTED, VOID)) or lost == ("award_id" in tombstone):
        yield f"forgotten in grant_state {state}, {tombstone['outcome']}"
    if tombstone["grants"] != (1 if state == GRANTED else 0):
        yield f"{tombstone['grants']} grants in grant_state {state}"


def unseen(won: Iterable[Item]) -> list[str]:
    """Return the orders that nobody would find: not granted, not void, and in no lane with a time."""
    found = []
    for order in won:
        lanes = {WAITING: _lanes_of_waiting(order), PARKED: {"parked", ASIDE}}.get(order["grant_state"])
        if lanes is not None and (order.get("lane") not in lanes or "due_at" not in order):
            found.append(order["sk"].removeprefix("ORDER#"))
    return found


def _faults(order: Item) -> Iterator[str]:
    state, lane, lost = order["grant_state"], order.get("lane"), order["outcome"] == LOST
    if not lost and not _knows(order["award"]["award_type"], HANDED_OVER if state == GRANTED else TYPES):
        yield f"an award of type {order['award']['award_type']}, and the auditor does not know how one is handed over"
    if order["grants"] != (1 if state == GRANTED else 0):
        yield f"{order['grants']} grants in grant_state {state}"
    if state == GRANTED and (order["mq_state"] != 1 or "granted_at" not in order):
        yield "granted, but not marked as received"
    if state == GRANTED and order.get("granted_at", 0) < order.get("grant_at", 0):
        yield "granted before its time"
    if state == GRANTED and order["grant_type"] == BY_HAND and "grant_at" not in order:
        yield "granted, and nobody had released it"
    if state == VOID and order.get("acts", [{"what": None}])[-1]["what"] not in ENDS:
        yield "void, and no act says so"
    if lost and (state != WAITING or lane is not None or "award" in order):
        yield "lost, but something is to be done"
    if not lost and state in (GRANTED, VOID) and (lane is not None or "due_at" in order):
        yield f"finished, but still in lane {lane}"


def _knows(award_type: int, tombolas: frozenset[int]) -> bool:
    return award_type in tombolas or award_type >= OWN_FROM


def _granted_otherwise(order: Item, books: Books) -> Iterator[str]:
    """Tell of a grant type that is not order's award's, or else its activity's, which stands from approval on."""
    activity, award = books.activities.get(order["activity_id"], {}), order.get("award", {})
    for share in activity.get("awards", []):
        promised = share.get("grant_type", activity["grant_type"])
        if share["award_id"] == award.get("award_id") and order["grant_type"] != promised:
            yield f"grant_type {order['grant_type']}, and its award is promised with {promised}"


def _lanes_of_waiting(order: Item) -> frozenset[str]:
    if waits_for_its_user(order):
        return frozenset({"no-address" if order["award"]["award_type"] == PHYSICAL else "unclaimed", ASIDE})
    by_hand = order["grant_type"] == BY_HAND and "grant_at" not in order
    return frozenset({"by-hand", ASIDE}) if by_hand else NUMBERED_LANES | {ASIDE}
