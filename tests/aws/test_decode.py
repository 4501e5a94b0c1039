"""Whatever is in an item, reading it gives what it should be or says that it cannot be read: never an exception."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, WAITS, a_lost_order, a_share, an_activity, an_entry, an_order
from damage import damaged
from tombola.aws.activity_items import (
    activity_item,
    decode_activity,
    decode_entry,
    decode_tree,
    entry_item,
    stock_item,
    tree_item,
)
from tombola.aws.decode import totally
from tombola.aws.due_index import decode_item
from tombola.aws.invoices import read_invoice
from tombola.aws.items import (
    counters_from,
    decode_counters,
    decode_order,
    decode_units_left,
    number,
    order_item,
    quota_key,
)
from tombola.rules.activity import Activity, GrantType
from tombola.rules.answer import activity_answer, order_answer
from tombola.rules.facts import Operator
from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order, may_be_granted
from tombola.rules.remedy import choose_remedy
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.unreadable import Unreadable
from tombola.rules.window import due_at, next_action

TREE = Tree(
    tree_id="200",
    tree_name="tree",
    root="1",
    nodes=(
        Stem(node_id="1", fact="age", branches=(Branch(operator=Operator.LESS, values=("18",), to="2"),)),
        Leaf(node_id="2", activity_id="100001"),
    ),
)
QUOTA = quota_key("xiaofuge", "100001") | {"taken": number(1), "d2026-11-23": number(1), "m2026-11": number(1)}
ORDERS = [
    order_item(an_order(sent_at=NOON, failures=1, failed_because="down", claims=3, begun=1, tree_id="200")),
    order_item(an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON)),
    order_item(a_lost_order()),
]
ACTIVITY = activity_item(an_activity(a_share("1"), a_share("9", weight=0, stock=None), fallback="9"))
SOUND: dict[str, tuple[dict[str, Any], Callable[[Mapping[str, Any]], Any]]] = {
    **{f"order {number}": (item, decode_order) for number, item in enumerate(ORDERS)},
    "activity": (ACTIVITY, decode_activity),
    "entry": (entry_item("100001", an_entry()), decode_entry),
    "tree": (tree_item(TREE), decode_tree),
    "shard": (stock_item("100001", "3", 0, 5), decode_units_left),
    "counters": (QUOTA, decode_counters),
}


@pytest.mark.parametrize("kind", SOUND)
@given(data=st.data())
def test_an_item_is_what_it_should_be_or_unreadable_by_its_key(kind: str, data: st.DataObject) -> None:
    sound, decode = SOUND[kind]
    assert not isinstance(decode(sound), Unreadable)

    found = decode(data.draw(damaged(sound)))

    if isinstance(found, Unreadable):
        assert (found.pk, found.sk) == (sound["pk"]["S"], sound["sk"]["S"])
        assert "Code" not in found.because  # a prize


@pytest.mark.parametrize("item", ORDERS, ids=["won", "at a time", "lost"])
@given(data=st.data(), later=st.timedeltas(timedelta(), timedelta(days=2_000_000)))
def test_an_order_that_can_be_read_can_be_shown_repaired_and_sent(item: Any, data: st.DataObject, later: Any) -> None:
    order = decode_order(data.draw(damaged(item)))
    if isinstance(order, Unreadable):
        return
    now = NOON + later

    order_answer(order)
    may_be_granted(order, now)
    decision = choose_remedy(order, WAITS, now)
    if order.award is not None:
        assert read_invoice(invoice_json(order)).order_id == order.order_id
    assert decision.until.year < 9100


@given(damaged(ACTIVITY))
def test_an_activity_that_can_be_read_can_be_shown_and_moved(item: Any) -> None:
    activity = decode_activity(item)
    if isinstance(activity, Activity):
        activity_answer(activity, dict.fromkeys(activity.shards, 0))
        due_at(activity)
        next_action(activity, NOON)


@given(pk=st.text(), sk=st.text())
def test_any_key_at_all_is_an_order_an_activity_or_unreadable(pk: str, sk: str) -> None:
    for prefixes in (("", ""), ("USER#", "ORDER#"), ("ACTIVITY#", "CONFIG")):
        found = decode_item({**ORDERS[0], "pk": {"S": prefixes[0] + pk}, "sk": {"S": prefixes[1] + sk}})
        assert isinstance(found, Order | Activity | Unreadable)


@pytest.mark.parametrize("error", [KeyError, ValueError, OverflowError, TypeError, RecursionError, ZeroDivisionError])
def test_whatever_reading_an_item_raises_it_is_unreadable(error: type[Exception]) -> None:
    def decode(_: Mapping[str, Any]) -> None:
        raise error("Code")

    found = totally(decode)(ORDERS[0])

    assert isinstance(found, Unreadable)
    assert "Code" not in found.because


@pytest.mark.parametrize(
    ("attribute", "value", "because"),
    [
        ("due_at", {"N": "9" * 38}, "due_at cannot be read"),
        ("drawn_at", {"N": "253402300800000"}, "drawn_at cannot be read"),
        ("claims", {"N": "1.5"}, "claims cannot be read"),
        ("claims", {"N": "-1"}, "claims cannot be read"),
        ("proof", None, "proof is missing"),
        ("award", {"M": {}}, "award.award_id is missing"),
    ],
)
def test_the_attribute_that_is_damaged_is_named(attribute: str, value: Any, because: str) -> None:
    item = {**ORDERS[0], attribute: value}
    if value is None:
        del item[attribute]

    found = decode_order(item)

    assert isinstance(found, Unreadable)
    assert found.because == because


A_FACT = {"fact": {"S": "age"}, "operator": {"S": "in"}, "values": {"L": [{"S": "18"}]}}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("blocked", {"L": [{"L": [{"S": "eve"}]}]}),
        ("through", {"L": [{"M": {"tree": {"S": "7"}}}]}),
        ("admit", {"L": [{"M": {**A_FACT, "values": {"S": "18"}}}]}),
        ("admit", {"L": [{"M": {**A_FACT, "fact": {"L": [{"S": "age"}]}}}]}),
        ("admit", {"L": [{"M": {**A_FACT, "operator": {"S": "like"}}}]}),
    ],
)
def test_a_limit_on_who_may_draw_that_is_damaged_lets_nobody_in_by_another_one(attribute: str, value: Any) -> None:
    assert isinstance(decode_activity(activity_item(an_activity(blocked=("eve",)))), Activity)

    found = decode_activity({**activity_item(an_activity(blocked=("eve",))), attribute: value})

    assert isinstance(found, Unreadable)
    assert found.because == f"{attribute} cannot be read"


def test_what_newer_code_adds_to_a_quota_is_no_damage() -> None:
    assert counters_from({**QUOTA, "w2026-48": {"S": "new"}})["taken"] == 1


def test_an_activity_whose_blocked_users_are_lost_is_unreadable() -> None:
    found = decode_activity({name: value for name, value in ACTIVITY.items() if name != "blocked"})

    assert isinstance(found, Unreadable)
    assert found.because == "blocked is missing"
