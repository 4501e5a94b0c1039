"""How stock is dealt to shards: by examples, by its promises, and against dealing unit by unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.stock import SHARDS_MAX, WINS_A_SHARD, deal, shards_for

lefts = st.lists(st.integers(0, 30), min_size=1, max_size=12)


@st.composite
def deals(draw: st.DrawFn) -> tuple[list[int], int]:
    """Return what is left, and a change that is possible."""
    left = draw(lefts)
    return left, draw(st.integers(-sum(left), 200))


def unit_by_unit(left: list[int], change: int) -> list[int]:
    """Return what is left when each unit goes to the emptiest shard, or comes from the fullest."""
    after = list(left)
    for _ in range(abs(change)):
        shard = after.index(min(after) if change > 0 else max(after))
        after[shard] += 1 if change > 0 else -1
    return after


@pytest.mark.parametrize(
    ("left", "change", "gains"),
    [
        ([0], 7, [7]),
        ([0, 0, 0], 9, [3, 3, 3]),
        ([0, 0, 0], 10, [4, 3, 3]),
        ([5, 0, 1], 2, [0, 2, 0]),
        ([5, 0, 1], 3, [0, 2, 1]),
        ([5, 0, 1], 100, [30, 36, 34]),
        ([5, 5], 0, [0, 0]),
        ([5, 0], 0, [0, 0]),
        ([7], -7, [-7]),
        ([3, 3, 3], -3, [-1, -1, -1]),
        ([5, 0, 1], -2, [-2, 0, 0]),
        ([5, 0, 4], -3, [-2, 0, -1]),
        ([5, 0, 1], -6, [-5, 0, -1]),
    ],
)
def test_stock_is_dealt_to_the_emptiest_and_taken_from_the_fullest(
    left: list[int], change: int, gains: list[int]
) -> None:
    assert deal(left, change) == gains


@given(deals())
def test_shards_gain_together_what_the_stock_gains(dealt: tuple[list[int], int]) -> None:
    left, change = dealt

    gains = deal(left, change)

    assert len(gains) == len(left)
    assert sum(gains) == change


@given(deals())
def test_no_shard_gains_while_another_loses_and_none_falls_below_zero(dealt: tuple[list[int], int]) -> None:
    left, change = dealt

    gains = deal(left, change)

    assert all(gain * change >= 0 for gain in gains)
    assert all(units + gain >= 0 for units, gain in zip(left, gains, strict=True))


@given(deals())
def test_those_that_change_end_even_and_no_further_than_those_that_stay(dealt: tuple[list[int], int]) -> None:
    left, change = dealt

    gains = deal(left, change)

    after = [units + gain for units, gain in zip(left, gains, strict=True)]
    touched = [units for units, gain in zip(after, gains, strict=True) if gain]
    untouched = [units for units, gain in zip(after, gains, strict=True) if not gain]
    assert not touched or max(touched) - min(touched) <= 1
    if change > 0:
        assert all(level <= other + 1 for level in touched for other in untouched)
    else:
        assert all(level >= other - 1 for level in touched for other in untouched)


@given(deals())
def test_dealing_at_once_ends_as_even_as_unit_by_unit(dealt: tuple[list[int], int]) -> None:
    left, change = dealt

    after = [units + gain for units, gain in zip(left, deal(left, change), strict=True)]

    assert sorted(after) == sorted(unit_by_unit(left, change))


@given(st.integers(1, SHARDS_MAX), st.integers(0, 10**12))
def test_a_first_stock_is_spread_evenly(shards: int, units: int) -> None:
    gains = deal([0] * shards, units)

    assert sum(gains) == units
    assert max(gains) - min(gains) <= 1


@given(lefts, st.integers(1, 50))
def test_more_than_is_left_cannot_go(left: list[int], more: int) -> None:
    with pytest.raises(ValueError, match=f"^{sum(left) + more} units are to go and {sum(left)} are left$"):
        deal(left, -sum(left) - more)


@given(lefts)
def test_everything_that_is_left_can_go(left: list[int]) -> None:
    assert deal(left, -sum(left)) == [-units for units in left]


@pytest.mark.parametrize(
    ("peak", "shards"), [(0, 1), (1, 1), (39, 1), (40, 1), (41, 2), (80, 2), (81, 3), (3_961, 100), (4_000, 100)]
)
def test_a_shard_carries_forty_wins_a_second(peak: int, shards: int) -> None:
    assert shards_for(peak) == shards


@given(st.integers(0, SHARDS_MAX * WINS_A_SHARD))
def test_no_shard_carries_more_and_none_is_idle(peak: int) -> None:
    shards = shards_for(peak)

    assert 1 <= shards <= SHARDS_MAX
    assert peak <= shards * WINS_A_SHARD
    assert shards == 1 or peak > (shards - 1) * WINS_A_SHARD


def test_without_a_shard_there_is_nobody_to_deal_to() -> None:
    with pytest.raises(ValueError, match="no shard"):
        deal([], 5)
