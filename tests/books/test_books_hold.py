"""A book is worth keeping when it holds every state, limit and answer that its version knew."""

from books.reading import order_id_of, orders_in, type_of
from books.recording import DRAW, DRAW_BY_TREE, ORDER, ORDERS, Item, Recording

LANES_THEN = 128  # of every recorded version


def test_it_holds_an_order_in_every_state(book: Recording) -> None:
    orders = list(orders_in(book.items).values())
    won = [order for order in orders if "award" in order]
    attributes = {name for order in orders for name in order}

    assert {(order["mq_state"]["N"], order["grant_state"]["N"]) for order in won} >= {
        *(("0", "0"), ("1", "0"), ("2", "0"), ("1", "1"), ("1", "2"))
    }
    assert {order["outcome"]["S"] for order in orders} == {"won", "lost", "fallback"}
    assert {order["strategy_mode"]["N"] for order in orders} == {"1", "2"}
    assert {(order["grant_type"]["N"], order["grant_state"]["N"]) for order in won} >= {
        (grant_type, state) for grant_type in "123" for state in "01"
    }
    assert {type_of(order) for order in won} == {"1", "2", "3", "4"}
    assert {kind_of_lane(order) for order in orders} == {None, "new", "old", "by-hand", "parked", "unreadable"}
    assert attributes >= {"begun", "sent_at", "granted_at", "grant_at", "failed_because", "parked_because", "tree_id"}
    assert {order["claims"]["N"] > "0" for order in won if order["grant_state"]["N"] == "0"} == {True, False}
    assert any(order["failures"]["N"] > "0" for order in won if order["grant_state"]["N"] == "0")


def kind_of_lane(order: Item) -> str | None:
    """Return which lane order stands in, of the numbered ones whether it is its own or that of an older version."""
    lane: str | None = order.get("lane", {}).get("S")
    if lane is None or not lane.isdecimal():
        return lane
    return "new" if int(lane) == int(order_id_of(order)) % LANES_THEN else "old"


def test_it_holds_every_kind_of_limit_proof_and_answer(book: Recording) -> None:
    activities = [item for item in book.items if "sealed_seed" in item]
    proofs = [order["proof"]["M"] for order in orders_in(book.items).values()]
    initials = {name[:1] for item in book.items if item["sk"]["S"].startswith("QUOTA#") for name in item}

    assert {item["state"]["N"] for item in activities} == set("1245678")  # nothing leads to the third
    assert {name for item in activities for name in item["quotas"]["M"]} == {"activity", "month", "day"}
    assert {name for item in activities for name in item} >= {"cap", "fallback", "through", "admit", "grant_at", "seed"}
    assert any(proof["attempt"]["N"] > "0" for proof in proofs)
    assert {proof.get("taken", {}).get("N") for proof in proofs} >= {None, "0", "2"}
    assert initials == {"p", "s", "t", "m", "d"}  # the keys, and a counter of each period
    assert {(each.route, each.status) for each in book.shown} >= {
        *((DRAW, status) for status in (201, 400, 404, 409, 422, 500)),
        *((DRAW_BY_TREE, status) for status in (404, 409, 422)),
        *((ORDER, status) for status in (200, 404, 500)),
        (ORDERS, 200),
    }
    assert {each.status for each in book.answers} == {200, 201, 409}
