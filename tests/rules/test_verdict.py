"""What can come of sending."""

from tombola.rules.verdict import Sent


def test_an_order_is_on_its_way_if_the_transport_took_it_or_its_own_write_carries_it() -> None:
    assert Sent(taken=frozenset({1}), refused=frozenset({2}), carried=frozenset({3})).gone == {1, 3}
