"""What a user has is told by activity; what nobody can read keeps the activity that it may belong to."""

from builders import an_order
from tombola.aws.belongings import belongings_of
from tombola.aws.items import number, order_item, quota_key

USER = "xiaofuge"


def test_orders_and_quota_stand_together_by_their_activity() -> None:
    first, second, other = (an_order(each, activity_id=where) for each, where in ((1, "a"), (2, "a"), (3, "b")))
    quota = quota_key(USER, "a") | {"taken": number(2)}

    found = belongings_of(USER, [*map(order_item, (first, second, other)), quota])

    assert {name: (unit.orders, unit.quota) for name, unit in found.units.items()} == {
        "a": ([first, second], quota),
        "b": ([other], None),
    }
    assert found.unreadable == []


def test_an_order_that_cannot_be_read_keeps_the_activity_that_it_names() -> None:
    hurt = order_item(an_order(1, activity_id="a")) | {"outcome": {"S": "jackpot"}}

    found = belongings_of(USER, [hurt, order_item(an_order(2, activity_id="b"))])

    assert found.why_kept("a") == "ORDER#0000000000000000001 cannot be read: outcome cannot be read"
    assert found.why_kept("b") is None


def test_an_item_that_names_no_activity_keeps_them_all() -> None:
    strange = {"pk": {"S": f"USER#{USER}"}, "sk": {"S": "WISH#1"}}

    found = belongings_of(USER, [strange, order_item(an_order(2, activity_id="b"))])

    assert str(found.why_kept("b")).startswith("WISH#1 cannot be read: ")


def test_a_quota_may_be_all_that_is_left() -> None:
    found = belongings_of(USER, [quota_key(USER, "a") | {"taken": number(2), "forgetting": number(1)}])

    assert found.units["a"].orders == []
    assert found.units["a"].quota is not None
