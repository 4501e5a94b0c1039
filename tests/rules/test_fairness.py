"""A million draws of each kind fit their odds, and would not if the tables were a little off.

The tickets are real ones, of a fixed seed, so that the test says the same each time. Drawing them is what takes long:
activities that have the same number of tickets share them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare  # type: ignore[import-untyped]

from builders import SEED, a_share, an_activity
from tombola.rules.activity import Activity
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.ticket import ticket_of

DRAWS = 10**6
SURE = 0.001
LIVE = 700_001  # tickets that the live awards share in total mode: no power of two, no multiple of anything
SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL

Numbers = np.ndarray[Any, np.dtype[np.int64]]


def weights_of(mode: StrategyMode, live: int) -> tuple[tuple[int, ...], frozenset[str]]:
    """Return so many live awards and, between them, every fifth or so that is out.

    In single mode they leave some tickets to who loses; in total mode the live ones share LIVE.
    """
    number = live * 5 // 4 + (live < 4)
    out = range(1, number, 5) if live >= 4 else range(1, 2)
    base = WHOLE // (2 * number) if mode is SINGLE else LIVE * 4 // (5 * number)
    weights = [base + base * place // number for place in range(number)]
    if mode is TOTAL:
        weights[-1] += LIVE - sum(weight for place, weight in enumerate(weights) if place not in out)
    return tuple(weights), frozenset(map(str, out))


def campaign(mode: StrategyMode, weights: Sequence[int]) -> Activity:
    shares = [a_share(str(place), weight=weight) for place, weight in enumerate(weights)]
    return an_activity(*shares, strategy_mode=mode)


@cache
def drawn(tickets: int) -> Numbers:
    """Return a million tickets as draws get them, each of another order."""
    found = (ticket_of(SEED, order_id, "xiaofuge", 0, tickets) for order_id in range(DRAWS))
    return np.fromiter(found, np.int64, DRAWS)


def counted(activity: Activity, excluded: frozenset[str]) -> Numbers:
    """Return how many draws each award wins, and behind the last how many lose."""
    lost, odds = len(activity.shares), activity.odds
    tickets = drawn(odds.tickets(excluded)).tolist()
    places = (lost if (place := odds.place_of(ticket, excluded)) is None else place for ticket in tickets)
    return np.bincount(np.fromiter(places, np.int64, DRAWS), minlength=lost + 1)


def expected(mode: StrategyMode, weights: Sequence[int], excluded: frozenset[str]) -> Numbers:
    """Return the tickets that each award has by its weight alone, and behind the last those that lose."""
    live = [0 if str(place) in excluded else weight for place, weight in enumerate(weights)]
    return np.array([*live, WHOLE - sum(live) if mode is SINGLE else 0])


def chance(found: Numbers, tickets: Numbers) -> float:
    """Return how likely the draws are at least so far from the odds, if they follow them."""
    possible = tickets > 0
    assert not found[~possible].any()
    odds = tickets[possible] / tickets.sum()
    return float(chisquare(found[possible], DRAWS * odds).pvalue)


@pytest.mark.parametrize("live", [2, 1_000])
@pytest.mark.parametrize("mode", StrategyMode)
def test_a_million_draws_fit_the_odds(mode: StrategyMode, live: int) -> None:
    weights, excluded = weights_of(mode, live)
    activity = campaign(mode, weights)
    assert len(weights) - len(excluded) == live
    assert activity.odds.tickets(excluded) == (WHOLE if mode is SINGLE else LIVE)

    found = counted(activity, excluded)

    assert found.sum() == DRAWS
    assert chance(found, expected(mode, weights, excluded)) > SURE


@pytest.mark.parametrize("live", [2, 1_000])
@pytest.mark.parametrize("mode", StrategyMode)
def test_a_million_draws_from_a_table_that_is_a_little_off_do_not(mode: StrategyMode, live: int) -> None:
    """Each second live award holds one in thirty of the tickets of the one before it: this test can fail."""
    weights, excluded = weights_of(mode, live)
    biased = list(weights)
    places = [place for place in range(len(weights)) if str(place) not in excluded]
    for loser, gainer in zip(places[::2], places[1::2], strict=True):
        biased[loser] -= weights[loser] // 30
        biased[gainer] += weights[loser] // 30

    found = counted(campaign(mode, biased), excluded)

    assert chance(found, expected(mode, weights, excluded)) < SURE
