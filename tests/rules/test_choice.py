"""Which award a ticket wins: tables at the edges, exact counts over all tickets, and a look at the draws themselves."""

from collections import Counter
from collections.abc import Collection, Sequence
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import SEED, a_share, an_activity
from tombola.rules.activity import WHOLE, Activity, StrategyMode
from tombola.rules.choice import choose, share_under, total_weight
from tombola.rules.ticket import order_id_of, ticket_of

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL
LOTTERYS = (50_000, 150_000, 200_000, 250_000, 350_000)  # the sample's rates: 0.05, 0.15, 0.20, 0.25, 0.35
LOSING_TENTH = (50_000, 150_000, 200_000, 250_000, 250_000)
# Upper critical values of chi-square at 0.001, by degrees of freedom: NIST/SEMATECH e-Handbook, table 1.3.6.7.4.
CRITICAL = {4: 18.467, 5: 20.515}

weights = st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any)
excluded_awards = st.sets(st.integers(0, 5).map(str))


def campaign(mode: StrategyMode, parts: Sequence[int]) -> Activity:
    """Return an activity with awards 0, 1, 2… of these weights."""
    shares = [a_share(str(number), weight=weight) for number, weight in enumerate(parts)]
    return an_activity(*shares, strategy_mode=mode)


def winner(activity: Activity, ticket: int, excluded: Collection[str]) -> str | None:
    share = share_under(activity, ticket, excluded)
    return None if share is None else share.award.award_id


def winners(activity: Activity, tickets: range, excluded: Collection[str] = ()) -> Counter[str | None]:
    return Counter(winner(activity, ticket, excluded) for ticket in tickets)


@pytest.mark.parametrize(
    ("ticket", "excluded", "award_id"),
    [
        (0, (), "0"),
        (9, (), "0"),
        (10, (), "2"),  # award 1 has weight zero
        (29, (), "2"),
        (30, (), "3"),
        (59, (), "3"),
        (60, (), None),
        (WHOLE - 1, (), None),
        (9, {"2"}, "0"),
        (10, {"2"}, None),  # the excluded award's own tickets lose …
        (29, {"2"}, None),
        (30, {"2"}, "3"),  # … and nobody else's move
        (59, {"2"}, "3"),
        (60, {"2"}, None),
        (0, {"0", "2", "3"}, None),
        (59, {"0", "2", "3"}, None),
        (10, {"no such award"}, "2"),
    ],
)
def test_in_single_mode_a_ticket_wins(ticket: int, excluded: Collection[str], award_id: str | None) -> None:
    assert winner(campaign(SINGLE, (10, 0, 20, 30)), ticket, excluded) == award_id


@pytest.mark.parametrize(
    ("ticket", "excluded", "award_id"),
    [
        (0, (), "0"),
        (9, (), "0"),
        (10, (), "2"),
        (29, (), "2"),
        (30, (), "3"),
        (59, (), "3"),
        (9, {"2"}, "0"),
        (10, {"2"}, "3"),  # the excluded award has no tickets
        (39, {"2"}, "3"),
        (0, {"0"}, "2"),
        (0, {"0", "2"}, "3"),
        (0, {"0", "2", "3"}, None),
    ],
)
def test_in_total_mode_a_ticket_wins(ticket: int, excluded: Collection[str], award_id: str | None) -> None:
    assert winner(campaign(TOTAL, (10, 0, 20, 30)), ticket, excluded) == award_id


@pytest.mark.parametrize(
    ("mode", "excluded", "tickets"),
    [(SINGLE, (), WHOLE), (SINGLE, {"2"}, WHOLE), (TOTAL, (), 60), (TOTAL, {"2"}, 40), (TOTAL, {"0", "2", "3"}, 0)],
)
def test_the_tickets_are_the_whole_or_what_live_awards_share(
    mode: StrategyMode, excluded: Collection[str], tickets: int
) -> None:
    assert total_weight(campaign(mode, (10, 0, 20, 30)), excluded) == tickets


@given(weights, excluded_awards)
def test_in_single_mode_each_award_has_its_share_whatever_is_excluded(parts: list[int], excluded: set[str]) -> None:
    found = winners(campaign(SINGLE, parts), range(sum(parts) + 1), excluded)

    live = Counter[str | None]({str(n): part for n, part in enumerate(parts) if str(n) not in excluded})
    assert found == live + Counter({None: sum(parts) + 1 - live.total()})


@given(weights, excluded_awards)
def test_in_single_mode_excluding_changes_nobody_elses_tickets(parts: list[int], excluded: set[str]) -> None:
    activity = campaign(SINGLE, parts)

    for ticket in range(sum(parts) + 1):
        before = winner(activity, ticket, ())
        assert winner(activity, ticket, excluded) == (None if before in excluded else before)


@given(weights, excluded_awards)
def test_in_total_mode_the_live_awards_share_all_tickets_exactly(parts: list[int], excluded: set[str]) -> None:
    activity = campaign(TOTAL, parts)

    found = winners(activity, range(total_weight(activity, excluded)), excluded)

    assert found == {str(number): part for number, part in enumerate(parts) if part and str(number) not in excluded}


@pytest.mark.parametrize("mode", StrategyMode)
def test_lotterys_sample_has_exactly_its_odds(mode: StrategyMode) -> None:
    assert winners(campaign(mode, LOTTERYS), range(WHOLE)) == {str(n): part for n, part in enumerate(LOTTERYS)}


def test_in_total_mode_what_is_left_of_lotterys_sample_keeps_its_proportions() -> None:
    found = winners(campaign(TOTAL, LOTTERYS), range(600_000), {"0", "4"})

    assert found == {"1": 150_000, "2": 200_000, "3": 250_000}


def test_in_total_mode_nothing_left_loses() -> None:
    assert choose(campaign(TOTAL, (1, 0, 2)), SEED, 7, "xiaofuge", 0, {"0", "2"}) is None


def test_only_zero_weights_left_lose() -> None:
    assert choose(campaign(TOTAL, (1, 0)), SEED, 7, "xiaofuge", 0, {"0"}) is None


@given(st.integers(0, 2**63 - 1), st.text(max_size=3), st.integers(0, 9), excluded_awards)
def test_the_choice_is_the_share_under_the_orders_own_ticket(
    order_id: int, user_id: str, attempt: int, excluded: set[str]
) -> None:
    activity = campaign(TOTAL, LOTTERYS)
    left = sum(weight for number, weight in enumerate(LOTTERYS) if str(number) not in excluded)

    chosen = choose(activity, SEED, order_id, user_id, attempt, excluded)

    ticket = ticket_of(SEED, order_id, user_id, attempt, left) if left else 0
    assert chosen == share_under(activity, ticket, excluded)


@pytest.mark.parametrize(
    ("mode", "parts", "excluded", "expected"),
    [
        (TOTAL, LOTTERYS, (), LOTTERYS),
        (TOTAL, (100_000, *LOTTERYS), {"0"}, (0, *LOTTERYS)),
        (SINGLE, LOSING_TENTH, (), (*LOSING_TENTH, 100_000)),
        (SINGLE, LOSING_TENTH, {"4"}, (50_000, 150_000, 200_000, 250_000, 0, 350_000)),
    ],
)
def test_twenty_thousand_draws_fit_the_odds(
    mode: StrategyMode, parts: Sequence[int], excluded: Collection[str], expected: Sequence[int]
) -> None:
    activity, draws = campaign(mode, parts), 20_000

    chosen = Counter(_index(activity, number, excluded) for number in range(draws))

    odds = {index: part / WHOLE for index, part in enumerate(expected) if part}
    assert isclose(sum(odds.values()), 1)
    assert set(chosen) == set(odds)
    chi_square = sum((chosen[index] - draws * share) ** 2 / (draws * share) for index, share in odds.items())
    assert chi_square < CRITICAL[len(odds) - 1]


def _index(activity: Activity, number: int, excluded: Collection[str]) -> int:
    """Return which award draw number wins; a loss stands behind the last."""
    user_id = f"user-{number}"
    share = choose(activity, SEED, order_id_of("100001", user_id, "key"), user_id, 0, excluded)
    return len(activity.shares) if share is None else int(share.award.award_id)
