"""Orders as items, and the keys of all: nothing is lost on the way there and back."""

from hypothesis import example, given

from any_items import orders
from builders import a_lost_order, an_activity, an_entry, an_order
from tombola.aws.activity_items import (
    activity_item,
    entry_item,
    stock_item,
    tree_item,
)
from tombola.aws.items import order_from, order_item, quota_key
from tombola.rules.activity_states import ActivityState
from tombola.rules.order import Order, Proof
from tombola.rules.tree import Leaf, Tree


@given(orders())
@example(an_order(0, shard=0))
@example(an_order(parked_because=""))
@example(a_lost_order(cap_shard=0))
@example(an_order(proof=Proof(attempt=0, excluded=(), version=1, taken=0)))
def test_an_order_is_read_back_as_it_was(order: Order) -> None:
    assert order_from(order_item(order)) == order


@given(orders())
def test_an_order_is_in_the_due_index_only_with_its_lane(order: Order) -> None:
    lane = order_item(order).get("lane")

    assert lane == (None if order.lane is None else {"S": order.lane})


def test_the_keys_are_those_of_the_design() -> None:
    order = order_item(an_order(7, user_id="a/b"))
    activity = activity_item(an_activity())
    stock = stock_item("100001", "3", 7, 50)
    entry = entry_item("100001", an_entry(12))
    tree = tree_item(Tree(tree_id="7", tree_name="", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),)))

    assert (order["pk"], order["sk"]) == ({"S": "USER#a/b"}, {"S": "ORDER#0000000000000000007"})
    assert (activity["pk"], activity["sk"]) == ({"S": "ACTIVITY#100001"}, {"S": "CONFIG"})
    assert (entry["pk"], entry["sk"]) == ({"S": "ACTIVITY#100001"}, {"S": "LOG#00000012"})
    assert (tree["pk"], tree["sk"]) == ({"S": "TREE#7"}, {"S": "CONFIG"})
    assert quota_key("a/b", "100001") == {"pk": {"S": "USER#a/b"}, "sk": {"S": "QUOTA#100001"}}
    assert stock == {
        "pk": {"S": "STOCK#100001#3#07"},
        "sk": {"S": "STOCK"},
        "initial": {"N": "50"},
        "left": {"N": "50"},
        "version": {"N": "1"},
    }


def test_order_keys_sort_as_order_ids_do() -> None:
    order_ids = [0, 9, 10, 2**62, 2**63 - 1]

    keys = [order_item(an_order(order_id))["sk"]["S"] for order_id in order_ids]

    assert keys == sorted(keys)


def test_what_there_is_not_takes_no_room() -> None:
    absent = {"award", "shard", "cap_shard", "tree_id", "sent_at", "granted_at", "grant_at", "due_at", "lane"}
    closed = an_activity(state=ActivityState.CLOSE)

    assert not (absent | {"parked_because"}) & set(order_item(a_lost_order()))
    assert "taken" not in order_item(a_lost_order())["proof"]["M"]
    optional = {"cap", "fallback", "seed", "grant_at", "lane", "due_at", "through", "admit"}
    assert not optional & set(activity_item(closed))
