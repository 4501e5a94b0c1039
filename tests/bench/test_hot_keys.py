"""The model behind docs/hot-keys.md keeps its own rules, and bears out the sizing rule."""

import re
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest

import hot_keys
import index_model
from hot_key_model import FREE_UNITS, OTHER_UNITS, RECORDED_UNITS, Case, Event, Model, Shard
from tombola.aws.activity_cache import LOOK_FIRST
from tombola.rules.order import LANES
from tombola.rules.peak import WINS_OF_A_LANE, WINS_OF_A_NEW_INDEX
from tombola.rules.wins import WINS_OF_AN_INDEX_SHARD, win_shards_for
from tombola_cli.files.repository import ROOT

PAGE = (ROOT / "docs/hot-keys.md").read_text("utf-8")
LOCKS = [pytest.param(0.004, id="4ms"), pytest.param(0.008, id="8ms")]


def chance(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - the same seed, the same figures


def a_case(rate: float = 40, shards: int = 1, lock: float = 0.004, **others: Any) -> Case:
    return Case(rate=rate, shards=shards, lock=lock, **others)


def test_a_transaction_that_meets_a_prepared_item_is_rejected_and_takes_nothing() -> None:
    shard = Shard(left=2)

    met = [shard.meet(now, lock=0.004) for now in (1.0, 1.003, 1.005)]

    assert met == [Event.TAKEN, Event.CONFLICT, Event.TAKEN]
    assert shard.left == 0


def test_a_transaction_that_meets_an_empty_item_takes_nothing_and_prepares_nothing() -> None:
    shard = Shard(left=0)

    assert [shard.meet(now, lock=0.004) for now in (1.0, 1.001)] == [Event.EMPTY, Event.EMPTY]
    assert (shard.left, shard.shown(1.001)) == (0, 0)


def test_a_read_shows_a_unit_until_its_sale_commits() -> None:
    shard = Shard(left=1)

    shard.meet(1.0, lock=0.004)

    assert (shard.shown(1.003), shard.shown(1.005)) == (1, 0)


def test_a_partition_bears_its_burst_and_then_a_thousand_units_a_second() -> None:
    shard = Shard(left=1_000)

    met = [shard.meet(1 + number / 1e6, lock=0) for number in range(60)]
    later = shard.meet(1.1, lock=0)

    assert met == [Event.TAKEN] * 50 + [Event.THROTTLED] * 10
    assert later is Event.TAKEN


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("shards", [1, 10, 50])
def test_every_unit_is_sold_and_never_more_when_the_stock_runs_out(lock: float, shards: int) -> None:
    case = hot_keys.ending(a_case(lock=lock), shards)

    figures, run = hot_keys.exhaust(case, chance())

    assert figures["sold"] == figures["stock"] == 80 * shards
    assert [shard.left for shard in run.shards] == [0] * shards
    assert figures["503s"] == 0


def test_a_draw_in_an_environment_that_knows_the_award_is_sold_out_leaves_the_stock_alone() -> None:
    case = hot_keys.ending(a_case(environments=1), shards=10)

    _, run = hot_keys.exhaust(case, chance())

    hinted = run.at[Event.TAKEN][-1] + 0.1
    reads = zip(run.at[Event.READ], run._took[Event.READ], strict=True)
    assert run.count([Event.COME], hinted, hinted + 1.5) > 500
    assert [at for at, took in reads if hinted < at - took < hinted + 1.5] == []


def test_the_draws_of_an_empty_shard_spread_over_all_live_ones() -> None:
    model = Model(a_case(rate=200, shards=4, units=1_000, seconds=2.0), chance())
    model.shards[0].left = 0

    model.run()

    taken = [1_000 - shard.left for shard in model.shards[1:]]
    assert min(taken) > 0.7 * max(taken)


def test_a_draw_whose_item_never_gets_free_pauses_longer_and_longer() -> None:
    run = Model(a_case(rate=5, lock=100.0, seconds=60.0), chance()).run()

    assert 13 < len(run.at[Event.CONFLICT]) / len(run.at[Event.COME]) < 20


def test_a_draw_that_finds_no_free_item_in_time_is_answered_503_soon_after_the_deadline() -> None:
    run = Model(a_case(rate=1_000, lock=0.008, deadline=0.5, seconds=2.0), chance()).run()

    assert len(run.at[Event.BUSY]) > len(run.at[Event.WON])
    assert 500 < run.p99_ms([Event.BUSY], 0, 3) < 500 + 800 + 10  # the pause is not cut short
    assert run.p99_ms([Event.WON], 0, 3) < 520


@pytest.mark.parametrize("lock", LOCKS)
def test_more_shards_never_lower_goodput(lock: float) -> None:
    wins = [
        hot_keys.load(a_case(rate=3_000, shards=shards, lock=lock, deadline=1.0), chance())["wins/s"]
        for shards in (1, 2, 5, 10)
    ]

    assert wins == sorted(wins)


@pytest.mark.parametrize("lock", LOCKS)
def test_forty_draws_a_second_and_shard_need_about_half_a_retry_a_win_at_most(lock: float) -> None:
    figures = hot_keys.load(a_case(rate=400, shards=10, lock=lock), chance())

    assert figures["retries/win"] <= 0.55
    assert figures["ok %"] == 100


def test_the_same_seed_gives_the_same_figures() -> None:
    case = a_case(rate=500, shards=5)

    first, again, other = (hot_keys.load(case, chance(seed)) for seed in (1, 1, 2))

    assert first == again != other


@pytest.mark.parametrize("lock_ms", ["4", "8"])
def test_the_rule_in_the_page_is_the_rate_that_the_model_ends_the_stock_at(lock_ms: str) -> None:
    assert f"peak wins per second / {hot_keys.WINS_A_SHARD}" in PAGE
    assert f"\n| {lock_ms} | 1 | {hot_keys.WINS_A_SHARD} |" in PAGE


def an_attack(how: str, lock: float = 0.008, shards: int = 1, rate: float = hot_keys.ATTACK_RATE) -> Case:
    return hot_keys.attacks(a_case(lock=lock), shards, rate)[how]


@cache
def suffered(case: Case) -> hot_keys.Figures:
    """Return the effect of an attack, which takes seconds to reckon, once for all tests."""
    return hot_keys.suffer(case, chance)


def test_one_user_in_excess_took_a_third_of_the_draws_down_and_takes_none_now() -> None:
    before, now, calm = (suffered(an_attack(how)) for how in ("before", "now", "no attack"))

    assert before["ok %"] < 67
    assert now["ok %"] == calm["ok %"] == 100
    assert now["p99 ms"] < 1.25 * calm["p99 ms"]


def test_each_environment_tries_for_the_attacker_once_and_looks_from_then_on() -> None:
    run = Model(replace(an_attack("now"), environments=3, seconds=30.0), chance()).run()

    tried, looked = len(run.at[Event.ATTACK]), len(run.at[Event.LOOK])
    assert max(run.at[Event.ATTACK]) < 2
    assert looked > 0.98 * (looked + tried) > 0.98 * 0.9 * 30 * hot_keys.ATTACK_RATE


@pytest.mark.parametrize("pace", [0.3, 1, 3])
def test_no_pace_of_one_user_makes_more_tries_than_the_page_says(pace: float) -> None:
    """He who waits until environments forget him is seldom there: at best E / (e T) tries a second."""
    forget = 200 / LOOK_FIRST.total_seconds()
    case = replace(an_attack("now", rate=pace * forget), rate=0.01, seconds=3_600.0)

    tries = Model(case, chance()).run().count([Event.ATTACK], 600, 3_600) / 3_000

    assert tries < 1.3
    assert "1.2 transactions a second" in PAGE


@pytest.mark.parametrize(("how", "held"), [("before", [True, False, False, False]), ("secret shard", [True] * 4)])
def test_an_attacker_held_the_shard_that_he_aimed_at_and_cannot_aim_any_more(how: str, held: list[bool]) -> None:
    run = Model(replace(an_attack(how, shards=4), rate=1e-9, seconds=5.0), chance()).run()

    assert [shard.prepared_until > 0 for shard in run.shards] == held


def shown_below(heading: str) -> list[list[str]]:
    """Return the rows of the tables below a heading of the page."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|.*\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("| ").split("|")] for row in rows]


def test_a_lane_lies_in_one_partition_so_that_lanes_bound_what_an_index_bears() -> None:
    lane = index_model.borne(1, 1_000_000)

    assert lane.even == lane.middle == lane.safe == index_model.PARTITION_UNITS
    assert index_model.wins(lane.even) == WINS_OF_A_LANE


def test_lanes_by_chance_bear_less_than_lanes_spread_evenly_and_more_lanes_more() -> None:
    few, many = (index_model.borne(lanes, index_model.NEW_UNITS) for lanes in (16, 128))

    assert few.safe < few.middle < few.even == many.even == index_model.NEW_UNITS
    assert many.safe > few.safe


def test_the_rules_wins_are_what_a_new_index_of_todays_lanes_bears() -> None:
    bears = index_model.wins(index_model.borne(len(LANES), index_model.NEW_UNITS).safe)

    assert bears // 100 * 100 == WINS_OF_A_NEW_INDEX
    assert f"a new index bears some {WINS_OF_A_NEW_INDEX:,} wins a second" in PAGE


def test_a_win_writes_the_index_twice_and_a_claim_moves_its_entry() -> None:
    assert index_model.wins(1_000) == 500
    assert index_model.wins(1_000, claims=1) == 250


def test_the_page_shows_what_the_model_says_of_the_index() -> None:
    rows = hot_keys.index_rows()

    assert shown_below("The index of what is due")[0] == list(rows[0])
    assert shown_below("The index of what is due")[2:] == [hot_keys.cells(list(row.values())) for row in rows]


def test_a_win_writes_an_entry_in_each_index_and_a_mark_beside_its_transaction() -> None:
    assert FREE_UNITS + OTHER_UNITS + RECORDED_UNITS == 9
    assert "A win is 9: " in PAGE


def test_the_page_shows_what_the_model_says_of_the_index_of_wins() -> None:
    rows = hot_keys.wins_rows()

    assert shown_below("The index of wins")[0] == list(rows[0])
    assert shown_below("The index of wins")[2:] == [hot_keys.cells(list(row.values())) for row in rows]


def test_in_as_many_shards_as_they_ask_for_the_index_of_wins_bears_what_that_of_what_is_due_bears() -> None:
    for units in hot_keys.WARM_SHOWN:
        wins = int(index_model.wins(index_model.borne(len(LANES), units).safe)) // 100 * 100

        assert index_model.borne(win_shards_for(wins), units).safe >= wins
    assert f"peak wins per second / {WINS_OF_AN_INDEX_SHARD})" in PAGE


def test_the_page_shows_what_the_model_says_of_an_attack() -> None:
    shown = shown_below("Under attack")

    said = [
        hot_keys.cells([case.lock * 1000, case.shards, case.rate, how, *suffered(case).values()])
        for lock, shards in product((0.004, 0.008), (1, 10))
        for how, case in hot_keys.attacks(a_case(lock=lock), shards, hot_keys.ATTACK_RATE).items()
    ]

    assert shown[2:] == said
