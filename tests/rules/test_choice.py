"""Which award a draw wins: the one under its own ticket, and the fallback of who would lose."""

from collections import Counter
from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare  # type: ignore[import-untyped]

from builders import SEED, a_share, an_activity
from tombola.rules.activity import Activity
from tombola.rules.choice import choose, fallback_of
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.ticket import order_id_of, ticket_of

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL
LOTTERYS = (50_000, 150_000, 200_000, 250_000, 350_000)  # the sample's rates: 0.05, 0.15, 0.20, 0.25, 0.35
LOSING_TENTH = (50_000, 150_000, 200_000, 250_000, 250_000)

excluded_awards = st.frozensets(st.integers(0, 5).map(str))


def campaign(mode: StrategyMode, parts: Sequence[int]) -> Activity:
    """Return an activity with awards 0, 1, 2… of these weights."""
    shares = [a_share(str(number), weight=weight) for number, weight in enumerate(parts)]
    return an_activity(*shares, strategy_mode=mode)


@pytest.mark.parametrize("excluded", [{"0", "2"}, {"0", "1", "2"}])
@pytest.mark.parametrize("mode", StrategyMode)
def test_nothing_left_loses(mode: StrategyMode, excluded: Collection[str]) -> None:
    activity = campaign(mode, (1, 0, 2))

    assert choose(activity, SEED, 7, "xiaofuge", 0, frozenset(excluded)) is None


@given(
    st.sampled_from(StrategyMode), st.integers(0, 2**63 - 1), st.text(max_size=3), st.integers(0, 9), excluded_awards
)
def test_the_choice_is_the_share_under_the_orders_own_ticket(
    mode: StrategyMode, order_id: int, user_id: str, attempt: int, excluded: frozenset[str]
) -> None:
    activity = campaign(mode, LOSING_TENTH)
    live = [weight for number, weight in enumerate(LOSING_TENTH) if str(number) not in excluded]
    tickets = WHOLE if mode is SINGLE else sum(live)

    chosen = choose(activity, SEED, order_id, user_id, attempt, excluded)

    ticket = ticket_of(SEED, order_id, user_id, attempt, tickets) if tickets else 0
    place = activity.odds.place_of(ticket, excluded)
    assert chosen == (None if place is None else activity.shares[place])


@given(st.sampled_from(StrategyMode), st.integers(0, 2**63 - 1), excluded_awards)
def test_an_excluded_award_is_never_chosen(mode: StrategyMode, order_id: int, excluded: frozenset[str]) -> None:
    chosen = choose(campaign(mode, LOSING_TENTH), SEED, order_id, "xiaofuge", 0, excluded)

    assert chosen is None or chosen.award.award_id not in excluded


@given(st.integers(0, 2**63 - 1), excluded_awards)
def test_in_total_mode_nobody_loses_while_anything_is_left(order_id: int, excluded: frozenset[str]) -> None:
    chosen = choose(campaign(TOTAL, LOSING_TENTH), SEED, order_id, "xiaofuge", 0, excluded)

    assert (chosen is None) == (excluded >= {"0", "1", "2", "3", "4"})


@pytest.mark.parametrize("mode", StrategyMode)
def test_each_attempt_draws_anew(mode: StrategyMode) -> None:
    activity = campaign(mode, LOTTERYS)

    chosen = [choose(activity, SEED, 7, "xiaofuge", attempt, frozenset()) for attempt in range(40)]

    assert {share.award.award_id for share in chosen if share is not None} == {"0", "1", "2", "3", "4"}


@pytest.mark.parametrize(("fallback", "award_id"), [(None, None), ("1", "1"), ("2", "2")])
def test_who_would_lose_gets_the_fallback(fallback: str | None, award_id: str | None) -> None:
    shares = a_share("1", weight=1, stock=None), a_share("2", weight=0, stock=None)

    share = fallback_of(an_activity(*shares, fallback=fallback))

    assert (None if share is None else share.award.award_id) == award_id


@pytest.mark.parametrize(
    ("mode", "parts", "excluded", "expected"),
    [
        (TOTAL, LOTTERYS, (), LOTTERYS),
        (TOTAL, (100_000, *LOTTERYS), {"0"}, (0, *LOTTERYS)),
        (SINGLE, LOSING_TENTH, (), (*LOSING_TENTH, 100_000)),
        (SINGLE, LOSING_TENTH, {"4"}, (50_000, 150_000, 200_000, 250_000, 0, 350_000)),
    ],
)
def test_twenty_thousand_whole_draws_fit_the_odds(
    mode: StrategyMode, parts: Sequence[int], excluded: Collection[str], expected: Sequence[int]
) -> None:
    activity, draws = campaign(mode, parts), 20_000

    chosen = Counter(_place(activity, number, excluded) for number in range(draws))

    odds = {place: part / WHOLE for place, part in enumerate(expected) if part}
    assert set(chosen) == set(odds)
    assert chisquare([chosen[place] for place in odds], [draws * share for share in odds.values()]).pvalue > 0.001


def _place(activity: Activity, number: int, excluded: Collection[str]) -> int:
    """Return which award draw number wins; a loss stands behind the last."""
    user_id = f"user-{number}"
    share = choose(activity, SEED, order_id_of("100001", user_id, "key"), user_id, 0, frozenset(excluded))
    return len(activity.shares) if share is None else int(share.award.award_id)
