"""Which shard a draw goes to: against vectors computed by openssl, and against who would rather choose it himself."""

import hmac
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare  # type: ignore[import-untyped]

from builders import SEED
from tombola.rules.activity import CAP
from tombola.rules.stock import SHARDS_MAX, live_shard_of, shard_of
from tombola.rules.ticket import order_id_of, ticket_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/shards.json").read_text("utf-8"))["shards"]
DRAWS = 100_000
SURE = 0.001
OTHER_SEED = bytes(32)
ORDER_IDS = [order_id_of("100001", "xiaofuge", str(number)) for number in range(DRAWS)]

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def of_all(choose: Callable[[int], int | None]) -> Numbers:
    """Return what is chosen for each order."""
    return np.fromiter(map(choose, ORDER_IDS), np.int64, DRAWS)


@cache
def shards(stock: str, seed: bytes = SEED) -> Numbers:
    """Return the shard of ten that each order goes to."""
    return of_all(lambda order_id: shard_of(seed, order_id, stock, 10))


def together(some: Numbers, others: Numbers) -> float:
    """Return how likely two numbers of each order are at least so related, if neither says anything of the other."""
    table = np.zeros((some.max() + 1, others.max() + 1), np.int64)
    np.add.at(table, (some, others), 1)
    return float(chi2_contingency(table).pvalue)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_a_shard_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    found = shard_of(bytes.fromhex(vector["seed"]), int(vector["order_id"]), vector["stock"], vector["shards"])

    assert found == vector["shard"]


@given(st.binary(min_size=1), st.integers(0, 2**63 - 1), st.text(), st.integers(1, SHARDS_MAX))
def test_a_shard_is_always_one_there_is(seed: bytes, order_id: int, stock: str, shards: int) -> None:
    assert 0 <= shard_of(seed, order_id, stock, shards) < shards


def test_the_same_order_goes_to_another_shard_under_another_seed() -> None:
    assert together(shards("3"), shards("3", OTHER_SEED)) > SURE


@pytest.mark.parametrize("shards", [2, 7, 10, SHARDS_MAX])
@pytest.mark.parametrize("stock", ["3", CAP])
def test_draws_spread_evenly_over_all_shards(stock: str, shards: int) -> None:
    found = of_all(lambda order_id: shard_of(SEED, order_id, stock, shards))

    assert chisquare(np.bincount(found, minlength=shards)).pvalue > SURE


def test_what_everybody_can_compute_from_an_order_id_says_nothing_of_its_shard() -> None:
    public = np.array([order_id % 10 for order_id in ORDER_IDS])

    assert together(public, shards("3")) > SURE


@pytest.mark.parametrize("tickets", [10, 1_000_000])
def test_a_shard_says_nothing_of_the_ticket_nor_the_ticket_of_the_shard(tickets: int) -> None:
    """Or who knows how full the shards are would know who wins, and a shard would sell out with an award."""
    tenths = of_all(lambda order_id: ticket_of(SEED, order_id, "xiaofuge", 0, tickets) * 10 // tickets)

    assert together(tenths, shards("3")) > SURE


def test_the_shard_of_an_award_says_nothing_of_the_shard_of_the_cap() -> None:
    assert together(shards("3"), shards(CAP)) > SURE


def test_numbers_that_hang_together_are_seen_to() -> None:
    """One draw in fifty has the same number twice: the tests above can fail."""
    mostly_the_cap = of_all(lambda order_id: shard_of(SEED, order_id, CAP if order_id % 50 else "3", 10))

    assert together(shards("3"), mostly_the_cap) < SURE


@pytest.mark.parametrize("text", ["", "3", CAP, "5:shard,", "1:3,1:3,", "9" * 19])
def test_what_a_shard_is_made_of_is_never_what_a_ticket_is_made_of(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Both are hashed under one seed. The first value tells them apart: a word here, an order's number there."""
    made_of: list[bytes] = []

    def digest(_: bytes, message: bytes, __: str) -> bytes:
        made_of.append(message)
        return bytes(32)

    monkeypatch.setattr(hmac, "digest", digest)
    shard_of(SEED, 7, text, 10)
    live_shard_of(SEED, 7, text, [1])
    ticket_of(SEED, 7, text, 0, 10)

    assert [re.findall(rb"^\d+:(\w+),", message) for message in made_of] == [[b"shard"], [b"shard"], [b"7"]]


@pytest.mark.parametrize(
    ("live", "shards"),
    [([0, 1], 4), ([1, 3, 5, 7, 9], 10), (range(50), 100), ([0, 1, 2, 4, 5, 6], 7)],
    ids=["half of four", "half of ten", "half of a hundred", "all but one"],
)
def test_the_draws_of_an_empty_shard_spread_evenly_over_all_live_ones(live: Sequence[int], shards: int) -> None:
    left = [int(shard in live) for shard in range(shards)]
    empty = left.index(0)
    strays = [order_id for order_id in ORDER_IDS if shard_of(SEED, order_id, "3", shards) == empty]

    found = np.bincount([live_shard_of(SEED, order_id, "3", left) or 0 for order_id in strays], minlength=shards)

    assert found.sum() == found[list(live)].sum() > DRAWS // shards // 2
    assert chisquare(found[list(live)]).pvalue > SURE


def test_a_live_shard_is_as_secret_as_a_draw_s_own() -> None:
    def live(seed: bytes) -> Numbers:
        return of_all(lambda order_id: live_shard_of(seed, order_id, "3", [0, 1, 1, 1]) or 0)

    public = np.array([order_id // 4 % 3 for order_id in ORDER_IDS])

    assert together(live(SEED) - 1, live(OTHER_SEED) - 1) > SURE
    assert together(live(SEED) - 1, public) > SURE


def test_the_last_live_shard_is_found_and_where_none_is_live_none() -> None:
    assert [live_shard_of(SEED, 7, "3", left) for left in ([0, 0, 0], [0, 9, 0])] == [None, 1]
