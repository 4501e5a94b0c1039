"""The rules of pools: which codes there can be, where they stand, which may be handed over, and how many are left."""

from collections import Counter
from datetime import timedelta

import pytest

from builders import NOON
from tombola.rules.code_pool import (
    CODE_BYTES_MAX,
    CODE_MAX,
    EXPIRY_MARGIN,
    POOL_SHARDS,
    Choices,
    codes_left,
    fault_of_code,
    may_be_handed_over,
    must_outlive,
    no_code_left,
    shard_of_code,
    shards_for_order,
    too_many_expire,
)

MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize("code", ["A", "WELCOME-10", "兑换码", "two words", "x" * CODE_MAX, "#FREE", "😀" * 250])
def test_a_code_may_be_any_printable_text(code: str) -> None:
    assert fault_of_code(code) is None


@pytest.mark.parametrize(
    "code", ["", "x" * (CODE_MAX + 1), "😀" * 251, "\ud800", " A", "A ", "A\nB", "A\u200bB", "A\x00", "e\u0301"]
)
def test_what_a_reader_could_not_type_again_is_no_code_and_the_reason_does_not_hold_it(code: str) -> None:
    fault = fault_of_code(code)

    assert fault is not None
    assert len(code) < 2 or code not in fault


def test_the_key_of_the_longest_code_is_one_that_dynamodb_takes() -> None:
    assert len(b"FREE#") + CODE_BYTES_MAX <= 1_024


def test_codes_spread_evenly_over_the_shards_and_each_stays_where_it_is() -> None:
    codes = [f"CODE-{number}" for number in range(8_000)]

    counted = Counter(map(shard_of_code, codes))

    assert set(counted) == set(range(POOL_SHARDS))
    assert all(850 < number < 1_150 for number in counted.values())
    assert shard_of_code("WELCOME-10") == 7


@pytest.mark.parametrize("order_id", [0, 7, 13, 2**63 - 1])
def test_an_order_looks_at_every_shard_once_from_one_of_its_own(order_id: int) -> None:
    shards = [*shards_for_order(order_id)]

    assert shards[0] == order_id % POOL_SHARDS
    assert sorted(shards) == [*range(POOL_SHARDS)]


@pytest.mark.parametrize(
    ("expires_at", "good"),
    [(None, True), (NOON, False), (NOON + EXPIRY_MARGIN, False), (NOON + EXPIRY_MARGIN + MILLISECOND, True)],
)
def test_a_code_is_handed_over_only_while_its_winner_can_still_use_it(expires_at: None, good: bool) -> None:
    assert may_be_handed_over(expires_at, NOON) is good
    assert must_outlive(NOON) == NOON + EXPIRY_MARGIN


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        (Choices(("A", "B"), whole=True), 2 * POOL_SHARDS),
        (Choices((), whole=True), 0),
        (Choices(("A",) * 50, whole=False), None),
    ],
)
def test_a_shard_tells_about_how_many_codes_its_pool_has_left(choices: Choices, left: int | None) -> None:
    assert codes_left(choices) == left


def test_the_choices_do_not_show_their_codes_when_they_are_printed() -> None:
    assert "WELCOME-10" not in repr(Choices(("WELCOME-10",), whole=True))


def test_an_order_without_a_code_says_which_pool_is_empty() -> None:
    assert no_code_left("vouchers") == "pool vouchers has no code left that is good for another 24 hours"


def test_an_order_whose_codes_were_not_reached_says_so_in_words_that_find_both() -> None:
    reason = too_many_expire("vouchers")

    assert reason == "pool vouchers has no code left among those looked at: too many expire within 24 hours"
    assert len({no_code_left("vouchers"), reason}) == 2
    assert all("pool vouchers has no code left" in each for each in (no_code_left("vouchers"), reason))
