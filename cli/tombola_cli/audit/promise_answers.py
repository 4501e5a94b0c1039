"""P1: one draw has one answer, for ever."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tombola_cli.audit.books import Answer, Books, Breach, Item
from tombola_cli.audit.promise_forgotten import without_a_tombstone
from tombola_cli.audit.promise_results import framed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def one_draw_has_one_answer(books: Books, answers: Sequence[Answer]) -> Iterator[Breach]:
    """P1: an order's id is the hash of its key, and every answer for a key is the order on record."""
    for (user_id, order_id), order in books.orders.items():
        if order_id != order_id_of(
            _scope(order["activity_id"], order.get("tree_id")), user_id, order["idempotency_key"]
        ):
            yield Breach("P1", order_id, "its id is not the hash of its activity, user and key")
    for answer in untold(books, answers):
        yield Breach("P1", answer.order["order_id"], "the answer is not the order of its key on record")


def order_id_of(scope: str, user_id: str, key: str) -> str:
    """Return the id that the design gives this draw."""
    inputs = b"".join(framed(part) for part in (scope, user_id, key))
    return str(int.from_bytes(hashlib.sha256(inputs).digest()[:8], "big") // 2)


def untold(books: Books, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers that the books do not bear out."""
    erased: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    found = []
    for answer in answers:
        order_id = _order_id_asked(answer)
        if (answer.user_id, order_id) not in books.orders and answer.order["order_id"] == order_id:
            erased[answer.user_id, order_id].append(answer)
        elif not _is_borne_out(books, answer):
            found.append(answer)
    return [*found, *without_a_tombstone(books, erased.values())]


def _order_id_asked(answer: Answer) -> str:
    return order_id_of(_scope(answer.activity_id, answer.tree_id), answer.user_id, answer.idempotency_key)


def _scope(activity_id: str, tree_id: str | None) -> str:
    return activity_id if tree_id is None else f"TREE#{tree_id}"


def _is_borne_out(books: Books, answer: Answer) -> bool:
    told = answer.order
    order_id = _order_id_asked(answer)
    order = books.orders.get((answer.user_id, order_id))
    return order is not None and (
        (told["order_id"], told["user_id"]) == (order_id, answer.user_id)
        and told["activity_id"] == order["activity_id"]
        and (answer.tree_id is not None or told["activity_id"] == answer.activity_id)
        and (told["outcome"], told["idempotency_key"]) == (order["outcome"], order["idempotency_key"])
        and _same_award(told["award"], order)
        and (told["strategy_mode"], _said(told["proof"])) == (order["strategy_mode"], order["proof"])
        and _milliseconds(told["drawn_at"]) == order["drawn_at"]
        and _same_claim(told, order)
    )


def _same_claim(told: Item, order: Item) -> bool:
    """Compare deadline and claim; older answers tell neither, and the deadline may be later by now."""
    until, claimed = (_milliseconds(told.get(name)) for name in ("claim_by", "claimed_at"))
    if until is None or "accept_by" not in order:
        return until is None and ("claim_by" not in told or "accept_by" not in order)
    return bool(until <= order["accept_by"]) and claimed in (None, order.get("accepted_at"))


def _milliseconds(moment: str | None) -> int | None:
    return None if moment is None else (datetime.fromisoformat(moment) - EPOCH) // timedelta(milliseconds=1)


def _same_award(told: Item | None, order: Item) -> bool:
    """Compare awards; the content of one that was not granted yet need not be told, and its source never is."""
    if told is None or "award" not in order:
        return told is None and "award" not in order
    award = {name: value for name, value in order["award"].items() if name != "source"}
    if "source" in order["award"]:
        award["award_content"] = order.get("content")
    return all(told.get(name) == value for name, value in award.items() if told.get(name, "") is not None)


def _said(proof: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in proof.items() if value is not None}
