"""On which award each ticket falls: at the edges, ticket by ticket, and against Lottery's own tables."""

from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.odds import TABLES_MAX, WHOLE, Odds, StrategyMode

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL
HUNDREDTH = WHOLE // 100
LOTTERYS = (50_000, 150_000, 200_000, 250_000, 350_000)  # the sample's rates: 0.05, 0.15, 0.20, 0.25, 0.35

weights = st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any)
excluded_awards = st.frozensets(st.integers(0, 5).map(str))


def odds_of(mode: StrategyMode, parts: Sequence[int]) -> Odds:
    """Return the odds of awards 0, 1, 2… of these weights."""
    return Odds(mode, [(str(place), weight) for place, weight in enumerate(parts)])


def places(odds: Odds, tickets: range, excluded: Collection[str] = ()) -> Counter[int | None]:
    gone = frozenset(excluded)
    return Counter(odds.place_of(ticket, gone) for ticket in tickets)


def place_by_hand(mode: StrategyMode, parts: Sequence[int], ticket: int, excluded: Collection[str]) -> int | None:
    """Return what a ticket falls on as the design says it, with one list entry a ticket."""
    live = [place for place in range(len(parts)) if str(place) not in excluded]
    if mode is TOTAL:
        return [place for place in live for _ in range(parts[place])][ticket]
    tickets = [place for place, weight in enumerate(parts) for _ in range(weight)]
    found = tickets[ticket] if ticket < len(tickets) else None
    return found if found in live else None


def lotterys_single(rates: Sequence[int], v: int, excluded: Collection[str]) -> int | None:
    """Return the place that Lottery's SingleRateRandomDrawAlgorithm finds for v: a table of 128 by a hash of v."""

    def slot(value: int) -> int:
        return (value * 0x61C88647 + 0x61C88647) & 127

    table: list[int | None] = [None] * 128
    filled = 0
    for place, rate in enumerate(rates):
        for value in range(filled + 1, filled + rate + 1):
            table[slot(value)] = place
        filled += rate
    found = table[slot(v)]
    return None if str(found) in excluded else found


def lotterys_total(rates: Sequence[int], excluded: Collection[str]) -> Counter[int]:
    """Return how many of 100 numbers each place gets by Lottery's EntiretyRateRandomDrawAlgorithm: shares round up."""
    live = [place for place in range(len(rates)) if str(place) not in excluded]
    whole = sum(rates[place] for place in live)
    found: Counter[int] = Counter()
    for v in range(1, 101):
        cursor = 0
        for place in live:
            cursor += -(-rates[place] * 100 // whole)
            if v <= cursor:
                found[place] += 1
                break
    return found


@pytest.mark.parametrize(
    ("ticket", "excluded", "place"),
    [
        (0, (), 0),
        (9, (), 0),
        (10, (), 2),  # award 1 has weight zero
        (29, (), 2),
        (30, (), 3),
        (59, (), 3),
        (60, (), None),
        (WHOLE - 1, (), None),
        (9, {"2"}, 0),
        (10, {"2"}, None),  # the excluded award's own tickets lose …
        (29, {"2"}, None),
        (30, {"2"}, 3),  # … and nobody else's move
        (59, {"2"}, 3),
        (60, {"2"}, None),
        (0, {"0", "2", "3"}, None),
        (59, {"0", "2", "3"}, None),
        (10, {"no such award"}, 2),
    ],
)
def test_in_single_mode_a_ticket_falls_on(ticket: int, excluded: Collection[str], place: int | None) -> None:
    assert odds_of(SINGLE, (10, 0, 20, 30)).place_of(ticket, frozenset(excluded)) == place


@pytest.mark.parametrize(
    ("ticket", "excluded", "place"),
    [
        (0, (), 0),
        (9, (), 0),
        (10, (), 2),
        (29, (), 2),
        (30, (), 3),
        (59, (), 3),
        (9, {"2"}, 0),
        (10, {"2"}, 3),  # the excluded award has no tickets
        (39, {"2"}, 3),
        (0, {"0"}, 2),
        (0, {"0", "2"}, 3),
        (0, {"0", "2", "3"}, None),
    ],
)
def test_in_total_mode_a_ticket_falls_on(ticket: int, excluded: Collection[str], place: int | None) -> None:
    assert odds_of(TOTAL, (10, 0, 20, 30)).place_of(ticket, frozenset(excluded)) == place


@pytest.mark.parametrize(
    ("mode", "excluded", "tickets"),
    [
        (SINGLE, (), WHOLE),
        (SINGLE, {"2"}, WHOLE),
        (SINGLE, {"0", "1", "2", "3"}, WHOLE),
        (TOTAL, (), 60),
        (TOTAL, {"2"}, 40),
        (TOTAL, {"no such award"}, 60),
        (TOTAL, {"0", "2", "3"}, 0),
        (TOTAL, {"0", "1", "2", "3"}, 0),
    ],
)
def test_the_tickets_are_the_whole_or_what_live_awards_share(
    mode: StrategyMode, excluded: Collection[str], tickets: int
) -> None:
    assert odds_of(mode, (10, 0, 20, 30)).tickets(frozenset(excluded)) == tickets


@given(st.sampled_from(StrategyMode), weights, excluded_awards)
def test_every_ticket_falls_where_it_does_by_hand(
    mode: StrategyMode, parts: list[int], excluded: frozenset[str]
) -> None:
    odds = odds_of(mode, parts)
    tickets = range(odds.tickets(excluded) if mode is TOTAL else sum(parts) + 1)

    assert [odds.place_of(ticket, excluded) for ticket in tickets] == [
        place_by_hand(mode, parts, ticket, excluded) for ticket in tickets
    ]


@given(weights, excluded_awards)
def test_in_single_mode_each_award_has_its_share_whatever_is_excluded(
    parts: list[int], excluded: frozenset[str]
) -> None:
    found = places(odds_of(SINGLE, parts), range(sum(parts) + 1), excluded)

    live = Counter[int | None]({place: part for place, part in enumerate(parts) if str(place) not in excluded})
    assert found == live + Counter({None: sum(parts) + 1 - live.total()})


@given(weights, excluded_awards)
def test_in_single_mode_excluding_changes_nobody_elses_tickets(parts: list[int], excluded: frozenset[str]) -> None:
    odds = odds_of(SINGLE, parts)

    for ticket in range(sum(parts) + 1):
        before = odds.place_of(ticket, frozenset())
        assert odds.place_of(ticket, excluded) == (None if str(before) in excluded else before)


@given(weights, excluded_awards)
def test_in_total_mode_the_live_awards_share_all_tickets_exactly(parts: list[int], excluded: frozenset[str]) -> None:
    odds = odds_of(TOTAL, parts)

    found = places(odds, range(odds.tickets(excluded)), excluded)

    assert found == {place: part for place, part in enumerate(parts) if part and str(place) not in excluded}


@pytest.mark.parametrize("mode", StrategyMode)
def test_lotterys_sample_has_exactly_its_odds(mode: StrategyMode) -> None:
    assert places(odds_of(mode, LOTTERYS), range(WHOLE)) == dict(enumerate(LOTTERYS))


@pytest.mark.parametrize("excluded", [(), {"0"}, {"1", "4"}, {"0", "1", "2", "3", "4"}])
def test_in_single_mode_each_of_lotterys_hundred_numbers_is_ten_thousand_tickets(excluded: Collection[str]) -> None:
    odds, gone = odds_of(SINGLE, LOTTERYS), frozenset(excluded)
    rates = [weight // HUNDREDTH for weight in LOTTERYS]

    for v in range(1, 101):
        ends = [(v - 1) * HUNDREDTH, v * HUNDREDTH - 1]
        assert {odds.place_of(ticket, gone) for ticket in ends} == {lotterys_single(rates, v, excluded)}


def test_in_total_mode_each_of_lotterys_hundred_numbers_is_ten_thousand_tickets_while_nothing_is_out() -> None:
    odds = odds_of(TOTAL, LOTTERYS)

    found = Counter(odds.place_of(v * HUNDREDTH, frozenset()) for v in range(100))

    assert found == lotterys_total([5, 15, 20, 25, 35], ()) == {0: 5, 1: 15, 2: 20, 3: 25, 4: 35}


# What Lottery's rounding up gives of 100, as its own code was seen to, and what is right.
ROUNDED = [
    pytest.param(
        (5, 15, 20, 25, 35),
        {"0"},
        {1: 16, 2: 22, 3: 27, 4: 35},
        {place: Fraction(part, 95) for place, part in ((1, 15), (2, 20), (3, 25), (4, 35))},
        id="sample, IMac out",
    ),
    pytest.param(
        (5, 15, 20, 25, 35),
        {"0", "1"},
        {2: 25, 3: 32, 4: 43},
        {2: Fraction(1, 4), 3: Fraction(5, 16), 4: Fraction(7, 16)},
        id="sample, IMac and iphone out",
    ),
    pytest.param((1, 1, 1), (), {0: 34, 1: 34, 2: 32}, dict.fromkeys(range(3), Fraction(1, 3)), id="three at 0.01"),
    pytest.param(
        (*[1] * 99, 50),
        (),
        {**dict.fromkeys(range(99), 1), 99: 1},
        {**dict.fromkeys(range(99), Fraction(1, 149)), 99: Fraction(50, 149)},
        id="99 at 0.01 and one at 0.50",
    ),
]


@pytest.mark.parametrize(("rates", "excluded", "lotterys", "exact"), ROUNDED)
def test_where_lotterys_rounding_favours_some_the_live_awards_share_exactly(
    rates: Sequence[int], excluded: Collection[str], lotterys: dict[int, int], exact: dict[int, Fraction]
) -> None:
    odds = odds_of(TOTAL, [rate * HUNDREDTH for rate in rates])
    tickets = odds.tickets(frozenset(excluded))

    found = places(odds, range(tickets), excluded)

    assert {place: Fraction(count, tickets) for place, count in found.items()} == exact
    assert lotterys_total(rates, excluded) == lotterys
    assert {place: Fraction(of_100, 100) for place, of_100 in lotterys.items()} != exact


def test_the_sample_without_its_first_award_has_the_percentages_of_the_design() -> None:
    odds = odds_of(TOTAL, LOTTERYS)

    found = places(odds, range(0, 950_000, 10_000), {"0"})

    assert {place: round(100 * count / 95, 1) for place, count in found.items()} == {1: 15.8, 2: 21.1, 3: 26.3, 4: 36.8}


@pytest.mark.parametrize("mode", StrategyMode)
def test_that_tables_are_forgotten_and_made_again_changes_nothing(mode: StrategyMode) -> None:
    parts = (3, 1, 0, 4, 1, 5, 9, 2)
    subsets = [frozenset(map(str, gone)) for size in range(9) for gone in combinations(range(8), size)]
    assert len(subsets) > 2 * TABLES_MAX
    remembering = odds_of(mode, parts)

    for excluded in [*subsets, *subsets[::-1], *subsets[::3]]:
        fresh = odds_of(mode, parts)
        tickets = range(sum(parts) + 1)
        assert remembering.tickets(excluded) == fresh.tickets(excluded)
        assert [remembering.place_of(ticket, excluded) for ticket in tickets] == [
            fresh.place_of(ticket, excluded) for ticket in tickets
        ]
        assert len(remembering._tables) <= TABLES_MAX
