"""Where the index of wins lists a win: in a shard of the activity that no client can choose."""

import pytest

from builders import SEED
from tombola.rules.activity import CAP
from tombola.rules.stock import SHARDS_MAX, shard_of
from tombola.rules.wins import WINS, WINS_OF_AN_INDEX_SHARD, win_key, win_of, win_shards_for

SHARDS = 8


@pytest.mark.parametrize(("wins", "shards"), [(0, 1), (1, 1), (250, 1), (251, 2), (500, 2), (25_000, 100)])
def test_a_shard_lists_two_hundred_and_fifty_wins_a_second(wins: int, shards: int) -> None:
    assert win_shards_for(wins) == shards


def test_there_are_never_more_shards_than_two_digits_tell() -> None:
    assert win_shards_for(10**9) == SHARDS_MAX
    assert WINS_OF_AN_INDEX_SHARD * SHARDS_MAX == 25_000


def test_an_activity_of_one_shard_lists_all_its_wins_there() -> None:
    assert {win_of("100001", SEED, order_id, 1) for order_id in range(50)} == {"100001#00"}


def test_wins_are_spread_over_all_shards() -> None:
    found = [win_of("100001", SEED, order_id, SHARDS) for order_id in range(1_000)]

    assert set(found) == {win_key("100001", shard) for shard in range(SHARDS)}
    assert max(found.count(key) for key in set(found)) < 2 * 1_000 / SHARDS


def test_without_the_seed_nobody_can_tell_the_shard() -> None:
    """A client chooses keys, and so order ids: by those alone all wins could be made to meet on one shard."""
    meeting = [order_id for order_id in range(1_000) if win_of("1", SEED, order_id, SHARDS) == "1#00"]

    assert len({win_of("1", bytes(32), order_id, SHARDS) for order_id in meeting}) == SHARDS


def test_the_shard_of_a_win_tells_nothing_of_the_shards_of_stock_and_cap() -> None:
    assert WINS not in (CAP, "1")
    same = [shard_of(SEED, number, CAP, SHARDS) == shard_of(SEED, number, WINS, SHARDS) for number in range(800)]

    assert 50 < sum(same) < 150
