"""The auditor: do the books keep the five promises? Pure predicates over a snapshot of the table.

It shares no code with what it audits, so that a mistake there is not repeated here; an import contract sees to it.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Item = Mapping[str, Any]
WON, LOST = "won", "lost"
WAITING, GRANTED, PARKED, VOID = 0, 1, 2, 3
NUMBERED_LANES = frozenset(str(lane) for lane in range(16))
ROUNDS_MAX = 128


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise, and where."""

    promise: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client was told: the request that it made, and the order in the answer."""

    activity_id: str
    user_id: str
    idempotency_key: str
    order: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Books:
    """A snapshot of the table by kind of item."""

    activities: dict[str, Item]
    orders: dict[tuple[str, str], Item]  # user_id, order_id
    stock: dict[tuple[str, str, int], Item]  # activity_id, award_id, shard
    quotas: dict[tuple[str, str], Item]  # user_id, activity_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The verdict: every breach, and the figures that sum the books up."""

    breaches: tuple[Breach, ...]
    draws: int
    won: int
    lost: int
    granted: int
    parked: int
    waiting: int
    oversold: int
    granted_twice: int
    unaccounted: int

    @property
    def balanced(self) -> bool:
        return not self.breaches


def audit(books: Books, seeds: Mapping[str, bytes], answers: Sequence[Answer] = ()) -> Audit:
    """Return the verdict on books; seeds (by activity) allow P5, answers are what clients saw."""
    orders = books.orders.values()
    won = [order for order in orders if order["outcome"] != LOST]
    breaches = [
        *one_draw_has_one_answer(books, answers),
        *stock_adds_up(books),
        *stock_is_what_the_file_says(books),
        *every_prize_is_granted_once_or_seen(books),
        *nobody_is_past_a_quota(books),
        *every_result_can_be_recomputed(books, seeds),
    ]
    states = Counter(order["grant_state"] for order in won)
    return Audit(
        breaches=tuple(breaches),
        draws=len(books.orders),
        won=len(won),
        lost=len(books.orders) - len(won),
        granted=states[GRANTED],
        parked=states[PARKED],
        waiting=states[WAITING],
        oversold=_oversold(books),
        granted_twice=sum(max(0, order["grants"] - 1) for order in orders),
        unaccounted=sum(abs(leak) for leak in _leaks(books).values())
        + len(_unseen(won))
        + len(_untold(books, answers)),
    )


def one_draw_has_one_answer(books: Books, answers: Sequence[Answer]) -> Iterator[Breach]:
    """P1: an order's id is the hash of its key, and every answer for a key is the order on record."""
    for (user_id, order_id), order in books.orders.items():
        if order_id != order_id_of(order["activity_id"], user_id, order["idempotency_key"]):
            yield Breach("P1", order_id, "its id is not the hash of its activity, user and key")
    for answer in _untold(books, answers):
        yield Breach("P1", answer.order["order_id"], "the answer is not the order of its key on record")


def stock_adds_up(books: Books) -> Iterator[Breach]:
    """P2: in each shard, what is gone is what was won, and nothing is below zero."""
    for (activity_id, award_id, shard), item in books.stock.items():
        if not 0 <= item["left"] <= item["initial"]:
            yield Breach("P2", f"{activity_id}/{award_id}/{shard}", f"left {item['left']} of {item['initial']}")
    for place, leak in _leaks(books).items():
        if leak:
            yield Breach("P2", "/".join(map(str, place)), f"{leak:+d} units gone without a winner")
    limited = {(activity_id, award_id) for activity_id, award_id, _ in books.stock}
    for (_, order_id), order in books.orders.items():
        if "shard" not in order and (order["activity_id"], _award_id(order)) in limited:
            yield Breach("P2", order_id, "it won a limited award and took no unit")


def stock_is_what_the_file_says(books: Books) -> Iterator[Breach]:
    """P2: all the units of an award's file were dealt over its shards, and no more."""
    dealt: Counter[tuple[str, str]] = Counter()
    for (activity_id, award_id, _), item in books.stock.items():
        dealt[activity_id, award_id] += item["initial"]
    for activity_id, activity in books.activities.items():
        for award in activity["awards"]:
            units, stock = dealt[activity_id, award["award_id"]], award.get("stock", 0)
            if units != stock:
                yield Breach("P2", f"{activity_id}/{award['award_id']}", f"{units} units dealt, {stock} in its file")


def every_prize_is_granted_once_or_seen(books: Books) -> Iterator[Breach]:
    """P3: a prize is granted exactly once, or its order stands in a lane; a loser has nothing to grant."""
    for (_, order_id), order in books.orders.items():
        state, lane = order["grant_state"], order.get("lane")
        if order["grants"] != (1 if state == GRANTED else 0):
            yield Breach("P3", order_id, f"{order['grants']} grants in grant_state {state}")
        if state == GRANTED and (order["mq_state"] != 1 or "granted_at" not in order):
            yield Breach("P3", order_id, "granted, but not marked as received")
        if order["outcome"] == LOST and (state != WAITING or lane is not None or "award" in order):
            yield Breach("P3", order_id, "lost, but something is to be done")
        if order["outcome"] != LOST and state in (GRANTED, VOID) and (lane is not None or "due_at" in order):
            yield Breach("P3", order_id, f"finished, but still in lane {lane}")
    for order_id in _unseen(order for order in books.orders.values() if order["outcome"] != LOST):
        yield Breach("P3", order_id, "not granted, and in no lane where anybody would find it")


def nobody_is_past_a_quota(books: Books) -> Iterator[Breach]:
    """P4: a user's draws are counted, each once, and never more than the activity allows."""
    drawn = Counter((order["pk"].removeprefix("USER#"), order["activity_id"]) for order in books.orders.values())
    for (user_id, activity_id), draws in drawn.items():
        quota = books.activities.get(activity_id, {}).get("quota")
        taken = books.quotas.get((user_id, activity_id), {}).get("taken", 0)
        if quota is not None and draws > quota:
            yield Breach("P4", f"{activity_id} {user_id}", f"{draws} draws of {quota}")
        if quota is not None and taken != draws:
            yield Breach("P4", f"{activity_id} {user_id}", f"{draws} draws, {taken} counted")
    for user_id, activity_id in set(books.quotas) - set(drawn):
        yield Breach("P4", f"{activity_id} {user_id}", "draws counted that nobody made")


def every_result_can_be_recomputed(books: Books, seeds: Mapping[str, bytes]) -> Iterator[Breach]:
    """P5: the seed is the committed one, and each order is what seed and recorded inputs make it."""
    for (_, order_id), order in books.orders.items():
        activity = books.activities.get(order["activity_id"])
        if activity is None:
            yield Breach("P5", order_id, f"its activity {order['activity_id']} is not on record")
        elif (order["strategy_mode"], order["proof"]["version"]) != (activity["strategy_mode"], activity["version"]):
            yield Breach("P5", order_id, "drawn in another mode or version than its activity's")
        if order["proof"]["attempt"] > len(order["proof"]["excluded"]):
            yield Breach("P5", order_id, "drawn anew without another exclusion")
    for activity_id, seed in seeds.items():
        if (
            activity_id in books.activities
            and hashlib.sha256(seed).hexdigest() != books.activities[activity_id]["commitment"]
        ):
            yield Breach("P5", activity_id, "the seed is not the one committed to")
    for (user_id, order_id), order in books.orders.items():
        activity_id = order["activity_id"]
        if activity_id in seeds and activity_id in books.activities:
            expected = recompute(books.activities[activity_id], seeds[activity_id], user_id, order)
            if expected != _award_id(order):
                yield Breach("P5", order_id, f"recorded {_award_id(order)}, recomputed {expected}")


def order_id_of(scope: str, user_id: str, key: str) -> str:
    """Return the id that the design gives this draw."""
    framed = b"".join(_framed(part) for part in (scope, user_id, key))
    return str(int.from_bytes(hashlib.sha256(framed).digest()[:8], "big") // 2)


def recompute(activity: Item, seed: bytes, user_id: str, order: Item) -> str | None:
    """Return the award that seed and proof give, None for a loss."""
    excluded = set(order["proof"]["excluded"])
    total_mode = order["strategy_mode"] == 2  # noqa: PLR2004 - Lottery's number
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
    ticket = _ticket(seed, (order_id, user_id, str(attempt)), tickets)
    for award_id, weight in table:
        ticket -= weight
        if ticket < 0:
            return None if award_id in excluded else str(award_id)
    return None


def _ticket(seed: bytes, inputs: tuple[str, ...], tickets: int) -> int:
    for chance in range(ROUNDS_MAX):
        message = b"".join(_framed(part) for part in (*inputs, str(chance)))
        number = int.from_bytes(hmac.new(seed, message, hashlib.sha256).digest()[:8], "big")
        if number < (1 << 64) - (1 << 64) % tickets:
            return number % tickets
    raise ArithmeticError("no fair number in any round")


def _framed(part: str) -> bytes:
    return str(len(part.encode())).encode() + b":" + part.encode() + b","


def _leaks(books: Books) -> dict[tuple[str, str, int], int]:
    """Return units gone minus units won, by shard."""
    leaks = {place: item["initial"] - item["left"] for place, item in books.stock.items()}
    won = Counter(
        (order["activity_id"], str(_award_id(order)), order["shard"])
        for order in books.orders.values()
        if "shard" in order and order["grant_state"] != VOID
    )
    return {place: leaks.get(place, 0) - won[place] for place in {*leaks, *won}}


def _oversold(books: Books) -> int:
    initial: dict[tuple[str, str], int] = defaultdict(int)
    for (activity_id, award_id, _), item in books.stock.items():
        initial[activity_id, award_id] += item["initial"]
    won = Counter(
        (order["activity_id"], order["award"]["award_id"])
        for order in books.orders.values()
        if "award" in order and order["grant_state"] != VOID
    )
    return sum(max(0, won[place] - units) for place, units in initial.items())


def _unseen(won: Iterable[Item]) -> list[str]:
    """Return the orders that nobody would find: not granted, not void, and in no lane with a time."""
    unseen = []
    for order in won:
        lanes = {WAITING: NUMBERED_LANES, PARKED: {"parked"}}.get(order["grant_state"])
        if lanes is not None and (order.get("lane") not in lanes or "due_at" not in order):
            unseen.append(order["sk"].removeprefix("ORDER#"))
    return unseen


def _untold(books: Books, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers that the books do not bear out."""
    return [answer for answer in answers if not _is_borne_out(books, answer)]


def _is_borne_out(books: Books, answer: Answer) -> bool:
    told = answer.order
    order_id = order_id_of(answer.activity_id, answer.user_id, answer.idempotency_key)
    order = books.orders.get((answer.user_id, order_id))
    return order is not None and (
        (told["order_id"], told["activity_id"], told["user_id"]) == (order_id, answer.activity_id, answer.user_id)
        and (told["award"], told["outcome"]) == (order.get("award"), order["outcome"])
        and (told["strategy_mode"], told["proof"]) == (order["strategy_mode"], order["proof"])
        and datetime.fromisoformat(told["drawn_at"]).timestamp() * 1000 == order["drawn_at"]
    )


def _award_id(order: Item) -> str | None:
    return order["award"]["award_id"] if "award" in order else None
