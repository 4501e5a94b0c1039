"""P3 for deadlines: a prize waits for its user as long as was promised, and ends after that only as was promised.

A deadline that has passed and that nobody has looked at yet is no breach: compensation may be late.
"""

from collections.abc import Iterator

from tombola_cli.audit.books import GRANTED, PARKED, WAITING, Books, Breach, Item, waits_for_its_user

DEADLINE = "deadline"  # who an act is by that no person made
MISS, LAPSE = "miss", "lapse"  # acts of the deadline: an operator sees the order, or it is void
MORE_TIME = "retry_unclaimed"  # an operator's
SECOND = 1000  # milliseconds
ASIDE = "unreadable"  # a lane with times of its own


def every_deadline_is_kept(books: Books) -> Iterator[Breach]:
    """P3: nobody is hurried, nobody is late, and a prize is void after its deadline only where that was promised."""
    for (_, order_id), order in books.orders.items():
        activity = books.activities.get(order["activity_id"])
        share: Item = {} if activity is None else _share_of(order, activity)
        promised = None if not share else _promised(order, share)
        faults = [*_faults_of_claim(order), *_faults_of_end(order, share, promised)]
        if activity is not None:
            faults += _otherwise_than_promised(order, share, promised)
        yield from (Breach("P3", order_id, what) for what in faults)


def _share_of(order: Item, activity: Item) -> Item:
    award_id = order.get("award", {}).get("award_id")
    return next((share for share in activity["awards"] if share["award_id"] == award_id), {})


def _promised(order: Item, share: Item) -> int | None:
    """Return the first deadline of order, in milliseconds, by its award in the activity; None: it has none."""
    return order["drawn_at"] + share["claim_seconds"] * SECOND if "claim_seconds" in share else None


def _otherwise_than_promised(order: Item, share: Item, promised: int | None) -> Iterator[str]:
    until, acts = order.get("accept_by"), [act["what"] for act in order.get("acts", [])]
    if (until is None) != (promised is None):
        yield "it has no deadline, and one was promised" if until is None else "it has a deadline that nobody promised"
    elif until is not None and promised is not None and until < promised:
        yield "its deadline is earlier than promised"
    elif until != promised and MORE_TIME not in acts:
        yield "its deadline is later than promised, and no operator's act says so"
    if bool(order.get("lapses")) != bool(share.get("lapses")):
        yield "it is not promised to end after its deadline as it says"


def _faults_of_claim(order: Item) -> Iterator[str]:
    state, until, claimed = order["grant_state"], order.get("accept_by"), order.get("accepted_at")
    if claimed is not None and until is None:
        yield "claimed, and it had no deadline"
    elif claimed is not None and claimed > until:
        yield "claimed after its deadline"
    if state == GRANTED and waits_for_its_user(order):
        yield "granted, and its user had not claimed it"
    stands = state == WAITING and waits_for_its_user(order) and order.get("lane") != ASIDE
    if stands and order.get("due_at", until) != until:
        yield "its deadline passes at another time than it is due"


def _faults_of_end(order: Item, share: Item, promised: int | None) -> Iterator[str]:
    """Tell of an order that its deadline has ended before its time, or otherwise than it says."""
    acts = order.get("acts", [])
    last = acts[-1]["what"] if acts else None
    if order["grant_state"] == PARKED and waits_for_its_user(order) and last != MISS:
        yield "parked while its user could claim it"
    if last == LAPSE and not (order.get("lapses") or share.get("lapses")):
        yield "void after its deadline, and nobody had promised that"
    if last in (MISS, LAPSE) and "accepted_at" in order:
        yield "its deadline ended it, and its user had claimed it"
    for number, act in enumerate(acts, 1):
        if act["what"] not in (MISS, LAPSE):
            if act["who"] == DEADLINE:
                yield f"{act['what']} by an operator, in the deadline's name"
            continue
        given_more = MORE_TIME in [later["what"] for later in acts[number:]]
        until = promised if given_more else order.get("accept_by")
        if act["who"] != DEADLINE:
            yield f"ended by {act['who']} as if its deadline had"
        if until is not None and act["at"] <= until:
            yield "its deadline ended it before its time"
