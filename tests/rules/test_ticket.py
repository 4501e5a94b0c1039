"""Ticket and order id: against vectors computed by openssl, and against the properties that make a draw fair."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.ticket import ROUNDS_MAX, netstring, order_id_of, ticket_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/tickets.json").read_text("utf-8"))
SEED = bytes(range(32))
LOTTERYS_ORDER = 1454347265400504320
# Few characters, and those of the framing itself, so that two lists have every chance to run together.
parts = st.lists(st.text("01:,", max_size=12) | st.text(max_size=3), max_size=5)


def unframe(data: bytes) -> list[str]:
    """Return the values in data, read as the definition of netstrings says."""
    values = []
    while data:
        length, _, rest = data.partition(b":")
        end = int(length)
        assert rest[end : end + 1] == b","
        values.append(rest[:end].decode())
        data = rest[end + 1 :]
    return values


@given(parts)
def test_what_is_framed_can_be_read_back_so_that_no_two_lists_frame_alike(values: list[str]) -> None:
    assert unframe(b"".join(map(netstring, values))) == values


@pytest.mark.parametrize(
    ("value", "framed"),
    [("", b"0:,"), ("hello world!", b"12:hello world!,"), ("抽", b"3:\xe6\x8a\xbd,"), (0, b"1:0,"), (120, b"3:120,")],
)
def test_a_netstring_counts_bytes(value: str | int, framed: bytes) -> None:
    assert netstring(value) == framed


@pytest.mark.parametrize("vector", VECTORS["orders"], ids=lambda vector: f"{vector['scope']}-{vector['user_id'][:9]}")
def test_an_order_id_is_that_of_the_vector(vector: dict[str, str]) -> None:
    found = order_id_of(vector["scope"], vector["user_id"], vector["idempotency_key"])

    assert found == int(vector["order_id"])


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=lambda vector: vector["why"])
def test_a_ticket_is_that_of_the_vector(vector: dict[str, str | int]) -> None:
    seed, user_id, total = bytes.fromhex(str(vector["seed"])), str(vector["user_id"]), int(vector["total"])

    found = ticket_of(seed, int(vector["order_id"]), user_id, int(vector["attempt"]), total)

    assert found == int(vector["ticket"])


def test_an_order_id_depends_on_the_scope() -> None:
    assert order_id_of("100001", "xiaofuge", "key") != order_id_of("100002", "xiaofuge", "key")


def test_an_order_id_depends_on_the_user() -> None:
    assert order_id_of("100001", "xiaofuge", "key") != order_id_of("100001", "fustack", "key")


def test_an_order_id_depends_on_the_key() -> None:
    assert order_id_of("100001", "xiaofuge", "key") != order_id_of("100001", "xiaofuge", "another")


@given(st.text(), st.text(), st.text())
def test_an_order_id_has_63_bits(scope: str, user_id: str, key: str) -> None:
    assert 0 <= order_id_of(scope, user_id, key) < 2**63


def test_order_ids_use_the_highest_bit_and_the_lowest() -> None:
    order_ids = [order_id_of("100001", "xiaofuge", str(number)) for number in range(64)]

    assert max(order_ids) >= 2**62
    assert {order_id % 2 for order_id in order_ids} == {0, 1}


@given(st.integers(0, 2**63 - 1), st.text(), st.integers(0, 99), st.integers(1, 2**64))
def test_a_ticket_is_always_in_range(order_id: int, user_id: str, attempt: int, total: int) -> None:
    assert 0 <= ticket_of(SEED, order_id, user_id, attempt, total) < total


def test_each_of_ten_tickets_is_drawn_sooner_or_later() -> None:
    assert {ticket_of(SEED, order_id, "xiaofuge", 0, 10) for order_id in range(200)} == set(range(10))


def test_when_every_round_is_rejected_no_ticket_is_made_up() -> None:
    more_tickets_than_numbers = 2**64 + 1

    with pytest.raises(ArithmeticError, match=f"order {LOTTERYS_ORDER}: {ROUNDS_MAX} rounds rejected"):
        ticket_of(SEED, LOTTERYS_ORDER, "xiaofuge", 0, more_tickets_than_numbers)
