"""P5: anybody can compute each draw again."""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tombola_cli.audit.books import (
    FALLBACK,
    LOST,
    TOTAL_MODE,
    WON,
    Books,
    Breach,
    Item,
    award_id_of,
)

ROUNDS_MAX = 128
CLOCKS_MS = 120_000  # a draw may take twenty seconds and remember for two what is sold out; the rest is for clocks
# What stands in an activity's item. Whatever else does may limit who draws, and nobody here could tell whether it did.
ITS_OWN = {
    *("pk", "sk", "lane", "due_at", "lane_before", "due_before"),
    *("activity_name", "activity_desc", "creator", "begin", "end", "time_zone"),
    *("strategy_mode", "awards", "fallback", "grant_type", "grant_at"),
    *("quotas", "cap", "through", "blocked", "admit", "win_shards"),
    *("state", "since", "approved", "version", "entries", "digest", "commitment", "sealed_seed", "seed"),
}
ENTRY_FIELDS = ("number", "at", "who", "what", "why", "state_from", "state_to", "version", "changes", "before")


def every_result_can_be_recomputed(books: Books, seeds: Mapping[str, bytes]) -> Iterator[Breach]:
    """P5: the seed is the committed one, and each order is what seed and recorded inputs make it."""
    for (_, order_id), order in books.orders.items():
        for what in _faults_of_proof(books.activities.get(order["activity_id"]), order):
            yield Breach("P5", order_id, what)
    for activity_id, activity in books.activities.items():
        seed = seeds.get(activity_id) or bytes.fromhex(activity.get("seed", ""))
        yield from _locks_were_kept(activity_id, activity, books)
        yield from _what_was_excluded_was_gone(activity_id, activity, books)
        yield from _commitment_breaches(activity_id, activity, books)
        yield from _drawn_by_no_way_in(activity_id, activity, books)
        for name in sorted(activity.keys() - ITS_OWN):
            yield Breach("P5", activity_id, f"its {name} is nothing that the auditor knows")
        if seed and hashlib.sha256(seed).hexdigest() != activity["commitment"]:
            yield Breach("P5", activity_id, "the seed is not the one committed to")
        if seed:
            yield from _recomputed(activity_id, activity, seed, books)


def the_log_is_whole(books: Books) -> Iterator[Breach]:
    """P5: each commitment stands in a log that nobody can change unseen."""
    for activity_id, entries in books.logs.items():
        before = "0" * 64
        for number, item in enumerate(entries, 1):
            entry = {"state_from": None, **item, "number": int(item["sk"].removeprefix("LOG#"))}
            if (entry["number"], entry["before"]) != (number, before):
                yield Breach("P5", activity_id, f"its log is broken at entry {number}")
                break
            fields = {name: entry[name] for name in ENTRY_FIELDS}
            before = _digest(fields)
        else:
            if before != books.activities.get(activity_id, {}).get("digest"):
                yield Breach("P5", activity_id, "its log is not the one it ends with")


def recompute(activity: Item, seed: bytes, user_id: str, order: Item) -> tuple[str, str | None]:
    """Return the outcome and award that seed and proof give."""
    award_id = _award_under(activity, seed, user_id, order)
    if award_id is not None:
        return WON, award_id
    fallback = activity.get("fallback")
    return (LOST, None) if fallback is None else (FALLBACK, fallback)


def _award_under(activity: Item, seed: bytes, user_id: str, order: Item) -> str | None:
    excluded = set(order["proof"]["excluded"])
    total_mode = order["strategy_mode"] == TOTAL_MODE
    table = [
        (award["award_id"], award["weight"])
        for award in activity["awards"]
        if not (total_mode and award["award_id"] in excluded)
    ]
    tickets = sum(weight for _, weight in table) if total_mode else 1_000_000
    if tickets == 0:
        return None
    order_id = order["sk"].removeprefix("ORDER#").lstrip("0") or "0"
    attempt = order["proof"]["attempt"] if total_mode else 0  # in single mode the first ticket stands
    ticket = ticket_of(seed, (order_id, user_id, str(attempt)), tickets)
    for award_id, weight in table:
        ticket -= weight
        if ticket < 0:
            return None if award_id in excluded else str(award_id)
    return None


def ticket_of(seed: bytes, inputs: tuple[str, ...], tickets: int) -> int:
    for chance in range(ROUNDS_MAX):
        message = b"".join(framed(part) for part in (*inputs, str(chance)))
        number = int.from_bytes(hmac.new(seed, message, hashlib.sha256).digest()[:8], "big")
        if number < (1 << 64) - (1 << 64) % tickets:
            return number % tickets
    raise ArithmeticError("no fair number in any round")


def framed(part: str) -> bytes:
    return str(len(part.encode())).encode() + b":" + part.encode() + b","


def _faults_of_proof(activity: Item | None, order: Item) -> Iterator[str]:
    proof = order["proof"]
    if activity is None:
        yield f"its activity {order['activity_id']} is not on record"
        return
    # Odds and mode stand from approval on, so that every later version has the same.
    if order["strategy_mode"] != activity["strategy_mode"] or not 1 <= proof["version"] <= activity["version"]:
        yield "drawn in another mode or version than its activity's"
    # Each new attempt has found one more award sold out; in single mode the first ticket stands.
    gone = set(proof["excluded"]) - _locked(activity, proof)
    if not 0 <= proof["attempt"] <= (len(gone) if order["strategy_mode"] == TOTAL_MODE else 0):
        yield "drawn anew without another exclusion"


def _recomputed(activity_id: str, activity: Item, seed: bytes, books: Books) -> Iterator[Breach]:
    for user_id, order_id, order in books.orders_of(activity_id):
        expected = recompute(activity, seed, user_id, order)
        if expected != (order["outcome"], award_id_of(order)):
            yield Breach("P5", order_id, f"recorded {award_id_of(order)}, recomputed {expected[1]}")


def _locks_were_kept(activity_id: str, activity: Item, books: Books) -> Iterator[Breach]:
    """Where awards are locked, a user's draws are numbered without a gap, and none could win what was locked then."""
    locks = {award["award_id"]: award["unlock_after"] for award in activity["awards"] if award.get("unlock_after")}
    if not locks:
        return
    takes: dict[str, list[int]] = defaultdict(list)
    for user_id, order_id, order in books.orders_of(activity_id):
        taken = order["proof"].get("taken", -1)
        takes[user_id].append(taken)
        if {award_id for award_id, after in locks.items() if after > taken} - set(order["proof"]["excluded"]):
            yield Breach("P5", order_id, "an award that was locked was not excluded")
    for user_id, numbers in takes.items():
        if not books.is_being_forgotten(user_id, activity_id) and sorted(numbers) != list(range(len(numbers))):
            yield Breach("P5", f"{activity_id} {user_id}", "the user's draws are not numbered one after the other")


def _what_was_excluded_was_gone(activity_id: str, activity: Item, books: Books) -> Iterator[Breach]:
    """Name the exclusions of awards that have units left, or were won later, and got none since: none was sold out."""
    awards = {award["award_id"]: award for award in activity["awards"]}
    orders = list(books.orders_of(activity_id))
    left: dict[str, int] = defaultdict(int)
    for (owner, award_id, _), item in books.stock.items():
        if owner == activity_id:
            left[award_id] += item["left"]
    refilled = {award_id for award_id in awards if _was_raised(books.changed(activity_id, f"award {award_id} stock"))}
    refilled |= {award_id for award_id in awards if books.returned(activity_id, award_id)}
    if books.has_more_changes(activity_id):
        refilled |= awards.keys()
    last_won: dict[str, int] = {}
    for _, _, order in orders:
        award_id = str(award_id_of(order))
        last_won[award_id] = max(order["drawn_at"], last_won.get(award_id, 0))
    for _, order_id, order in orders:
        for award_id in set(order["proof"]["excluded"]) - _locked(activity, order["proof"]):
            late = last_won.get(award_id, 0) > order["drawn_at"] + CLOCKS_MS
            limited = "stock" in awards.get(award_id, {})
            if not limited or (award_id not in refilled and (left[award_id] > 0 or late)):
                yield Breach("P5", order_id, f"award {award_id} was excluded and not sold out")


def _locked(activity: Item, proof: Item) -> set[str]:
    taken = proof.get("taken", 0)
    return {award["award_id"] for award in activity["awards"] if award.get("unlock_after", 0) > taken}


def _was_raised(changes: Sequence[tuple[str, str]]) -> bool:
    return any(int(after) > int(before) for before, after in changes)


def _commitment_breaches(activity_id: str, activity: Item, books: Books) -> Iterator[Breach]:
    """Compare the activity as it was committed to at its approval with the activity as it is now."""
    approval = books.approval(activity_id)
    if approval is None:
        return
    awards = [[award["award_id"], award["weight"], award.get("unlock_after", 0)] for award in activity["awards"]]
    odds = {"awards": awards, "fallback": activity.get("fallback"), "strategy_mode": activity["strategy_mode"]}
    if "through" in activity:
        odds["through"] = activity["through"]
    if "admit" in activity:
        odds["admit"] = [[each["fact"], each["operator"], each["values"]] for each in activity["admit"]]
    if claimed := [award for award in activity["awards"] if "claim_seconds" in award]:
        odds["claims"] = [[each["award_id"], each["claim_seconds"], "lapses" in each] for each in claimed]
    said = [f"commitment: {activity['commitment']}", f"odds: {_digest(odds)}"]
    if approval["changes"] != said:
        yield Breach("P5", activity_id, "its odds or commitment are not those of its approval")


def _drawn_by_no_way_in(activity_id: str, activity: Item, books: Books) -> Iterator[Breach]:
    """Name the draws that did not come through one of the trees that are the activity's only ways in."""
    for _, order_id, order in books.orders_of(activity_id):
        if "through" in activity and order.get("tree_id") not in activity["through"]:
            yield Breach("P5", order_id, "drawn by a way in that its activity does not have")


def _digest(value: Any) -> str:  # noqa: ANN401 - any JSON
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
