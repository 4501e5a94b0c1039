"""The simulation draws as the rules do, ticket by ticket, and the command tells what came of it."""

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from builders import a_share, an_activity
from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.quota import Quotas
from tombola_cli.commands.simulate_command import simulate
from tombola_cli.errors import TombolaError
from tombola_cli.screens.simulation_sheets import granting
from tombola_cli.simulate import simulation
from tombola_cli.simulate.simulation import Result, Tickets, expected, limits, random_tickets, run

USERS = 1_000
PLAIN = """\
activity_id: 100001
activity_name: 活动名
activity_desc: "yes"
time_zone: UTC
begin: 2026-01-01T00:00:00+00:00
end: 2026-01-11T00:00:00+00:00
strategy: {strategy}
quotas: {{ activity: 10 }}
{extra}
awards:
  - {{ award_id: 1, award_type: 1, award_name: "[b]$ax$", award_content: Code, rate: 0.5, stock: 10 }}
  - {{ award_id: _2, award_type: 1, award_name: 活动名, award_content: Code, rate: 0.25 }}
"""


def tickets(seed: int = 1) -> Tickets:
    return random_tickets(np.random.Generator(np.random.PCG64(seed)))


def tickets_at_edges(activity: Activity, seed: int) -> Tickets:
    """Return tickets of which half are where an award's tickets begin or end, some awards being out."""
    chance, weights = np.random.Generator(np.random.PCG64(seed)), [share.weight for share in activity.shares]

    def ticket() -> int:
        edge = sum(weight for weight in weights if chance.integers(2)) - int(chance.integers(2))
        return int(chance.integers(1 << 63)) if chance.integers(2) else max(0, edge)

    return lambda count: np.array([ticket() for _ in range(count)])


def by_hand(activity: Activity, draws: int, users: int, source: Tickets) -> list[int | None]:
    """Return the place that each draw wins by its own ticket, asked of the rules one draw after the other."""
    left = {share.award.award_id: share.stock for share in activity.shares if share.stock is not None}
    places: list[int | None] = []
    for number, raw in enumerate(source(draws).tolist()):
        sold_out = frozenset(award_id for award_id, units in left.items() if units == 0)
        excluded = sold_out | activity.locked(number // users)
        total = activity.odds.tickets(excluded)
        place = activity.odds.place_of(raw % total, excluded) if total else None
        if place is not None and activity.shares[place].stock is not None:
            left[activity.shares[place].award.award_id] -= 1
        places.append(place)
    return places


def simulated(result: Result) -> list[int | None]:
    return [None if place == result.nobody else place for place in result.places.tolist()]


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    mode = draw(st.sampled_from(StrategyMode))
    awards = draw(st.integers(1, 6))
    most = WHOLE // awards if mode is StrategyMode.SINGLE else WHOLE
    weights = draw(st.lists(st.sampled_from([0, 1, most // 10, most]), min_size=awards, max_size=awards).filter(any))
    stocks = st.none() | st.integers(0, 30)
    shares = [
        a_share(f"a{place}", weight=weight, stock=draw(stocks), unlock_after=draw(st.sampled_from([0, 0, 1, 2, 7])))
        for place, weight in enumerate(weights)
    ]
    endless = [share.award.award_id for share in shares if share.stock is None and not share.unlock_after]
    return an_activity(*shares, strategy_mode=mode, fallback=draw(st.sampled_from([None, *endless])))


@settings(max_examples=300)
@given(
    activity=activities(),
    draws=st.integers(1, 400),
    users=st.integers(1, 60),
    seed=st.integers(0, 2**32),
    block=st.sampled_from([7, 100, 1 << 18]),
    chunk=st.sampled_from([1, 64]),
)
def test_the_same_tickets_win_what_the_rules_say_one_by_one(
    activity: Activity, draws: int, users: int, seed: int, block: int, chunk: int
) -> None:
    with patch.object(simulation, "BLOCK", block), patch.object(simulation, "CHUNK_MIN", chunk):
        result = run(activity, draws, users, tickets_at_edges(activity, seed))

    places = by_hand(activity, draws, users, tickets_at_edges(activity, seed))
    wins = Counter(places)
    assert simulated(result) == places
    assert result.wins.tolist() == [*(wins[place] for place in range(len(activity.shares))), wins[None]]
    for place, share in enumerate(activity.shares):
        numbers = [number for number, won in enumerate(places, 1) if won == place]
        after = max(numbers, default=0) if share.stock == len(numbers) else None
        assert result.sold_out_after[place] == after


@given(activity=activities(), draws=st.integers(1, 2_000), users=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_no_award_is_won_or_expected_to_be_won_more_often_than_there_are_units(
    activity: Activity, draws: int, users: int, seed: int
) -> None:
    wins, means = run(activity, draws, users, tickets(seed)).wins, expected(activity, draws, users)

    assert wins.sum() == draws
    assert means.sum() == pytest.approx(draws)
    for share, won, mean in zip(activity.shares, wins, means, strict=False):
        assert share.stock is None or max(won, mean) <= share.stock


@pytest.mark.parametrize("fallback", [None, "3"])
def test_in_total_mode_nobody_loses_while_an_unlimited_award_is_there(fallback: str | None) -> None:
    shares = [a_share("1", weight=900_000, stock=50), a_share("2", weight=1, stock=None), a_share("3", stock=None)]

    result = run(an_activity(*shares, fallback=fallback), 100_000, USERS, tickets())

    assert result.wins[result.nobody] == 0
    assert result.wins[0] == 50


def test_where_no_stock_ends_simulated_wins_are_as_likely_as_those_expected() -> None:
    shares = [a_share(str(weight), weight=weight, stock=None) for weight in (500_000, 200_000, 50_000, 1_000)]
    activity = an_activity(*shares, strategy_mode=StrategyMode.SINGLE)

    wins, means = run(activity, 1_000_000, USERS, tickets()).wins, expected(activity, 1_000_000, USERS)

    assert means == pytest.approx([500_000, 200_000, 50_000, 1_000, 249_000])
    assert ((wins - means) ** 2 / means).sum() < 18.47  # chi-square of 4 degrees of freedom is above once in 1,000


@pytest.mark.parametrize("mode", StrategyMode)
def test_expected_wins_are_near_those_simulated_where_stocks_end_and_awards_unlock(mode: StrategyMode) -> None:
    activity = an_activity(
        a_share("1", weight=300_000, stock=20_000),
        a_share("2", weight=200_000, stock=100_000, unlock_after=100),
        a_share("3", weight=100_000, stock=None),
        a_share("4", weight=150_000, stock=None, unlock_after=500),
        a_share("5", weight=1_000, stock=5_000, unlock_after=2_000),
        strategy_mode=mode,
    )

    result, means = run(activity, 1_000_000, USERS, tickets()), expected(activity, 1_000_000, USERS)

    # Six standard deviations; after a stock's end it also counts when that was.
    assert (np.abs(result.wins - means) <= 6 * np.sqrt(means)).all()
    assert result.sold_out_after[0] is not None
    assert result.wins[4] == means[4] == 0


def test_expected_wins_are_those_of_a_calculation_by_hand() -> None:
    # 100 draws: 50 and 50. Then 1 is gone; 2 alone until 200; from there on 3 has a quarter, and 2 ends after 40 more.
    shares = [
        a_share("1", weight=300_000, stock=50),
        a_share("2", weight=300_000, stock=180),
        a_share("3", weight=100_000, stock=None, unlock_after=20),
    ]

    assert expected(an_activity(*shares), 300, 10) == pytest.approx([50, 180, 70, 0])


def test_the_same_seed_draws_the_same_and_another_one_something_else() -> None:
    activity = an_activity(*(a_share(str(place), weight=1_000, stock=40) for place in range(50)))

    first, again, other = (run(activity, 3_000, USERS, tickets(seed)) for seed in (1, 1, 2))

    assert simulated(first) == simulated(again) != simulated(other)
    assert first.sold_out_after == again.sold_out_after


def test_cumulative_wins_begin_with_the_first_draw_and_end_with_all() -> None:
    result = run(an_activity(a_share("1", weight=1, stock=100), a_share("2", stock=None)), 5_000, USERS, tickets())

    ends, won = result.cumulative(30)

    assert (ends[0], ends[-1]) == (1, 5_000)
    assert won.sum(axis=1).tolist() == ends.tolist()
    assert won[-1].tolist() == result.wins.tolist()


def test_quotas_and_cap_bound_the_draws_there_can_be_by_the_days_of_the_activitys_zone() -> None:
    activity = an_activity(
        begin=datetime(2026, 1, 30, 15, 59, tzinfo=UTC),  # a minute to midnight in Shanghai
        end=datetime(2026, 2, 1, 16, tzinfo=UTC),
        time_zone="Asia/Shanghai",
        quotas=Quotas(activity=9, day=2, month=4),
        cap=Cap(limit=50),
    )

    # Four days begin: 30 and 31 January, 1 and 2 February.
    assert sorted(limit for limit, _ in limits(activity, 100)) == [50, 800, 800, 900]
    assert not list(limits(an_activity(quotas=Quotas()), 100))


def command(tmp_path: Path, *options: str, strategy: str = "single", extra: str = "") -> str:
    """Return what the command prints, its spaces as one each."""
    app = typer.Typer()
    app.command()(simulate)
    path = tmp_path / "activity.yaml"
    path.write_text(PLAIN.format(strategy=strategy, extra=extra), "utf-8")
    result = CliRunner().invoke(app, [str(path), *options], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return re.sub(r" +", " ", result.stdout)


def test_the_command_tells_by_award_what_is_won_and_when_it_is_sold_out(tmp_path: Path) -> None:
    told = command(tmp_path, "--draws", "1000", "--users", "100")

    assert re.search(r"1 \[b\]\$ax\$ 50 % 10 10\.0 10 1\.0000 % (\d+) 2026-01-01 0\d:\d\d", told)
    assert re.search(r"_2 活动名 25 % unlimited 250\.0 2\d\d 2\d\.\d000 %", told)
    assert re.search(r"lost 740\.0 7\d\d 7\d\.\d000 %", told)
    assert re.search(r"1,000 draws of 100 users, seed 1, in .* s: [\d,]+ draws a second", told)
    assert "not" not in told


@pytest.mark.parametrize(
    ("extra", "granted"),
    [
        ("", r"\d+ at once"),
        ("grant: by-hand", r"\d+ by hand"),
        ("fallback: _2\ngrant: at-a-time", r"1,000 at 2026-01-11 00:00 \+0000"),
    ],
)
def test_the_command_tells_how_many_prizes_are_granted_when(tmp_path: Path, extra: str, granted: str) -> None:
    told = command(tmp_path, "--draws", "1000", "--users", "100", extra=extra)

    assert re.search(f"^granted: {granted}$", told, re.MULTILINE)


def test_each_award_counts_where_it_says_itself_that_it_is_granted_and_a_fallback_with_all_that_it_gives() -> None:
    shares = (
        a_share("1", weight=500_000, stock=None, grant_type=GrantType.BY_HAND),
        a_share("2", weight=200_000, stock=None),
    )
    activity = an_activity(*shares, strategy_mode=StrategyMode.SINGLE, fallback="2")
    result = run(activity, 100, 100, lambda count: np.arange(count) * (WHOLE // 100))

    assert granting(activity, result).fields == {
        "granted_at_once": 50,
        "granted_at_a_time": 0,
        "granted_by_hand": 50,
    }


def test_the_command_counts_who_would_lose_under_fallback(tmp_path: Path) -> None:
    told = command(tmp_path, "--draws", "1000", extra="fallback: _2")

    assert re.search(r"fallback 活动名 740\.0 7\d\d 7\d\.\d000 %", told)
    assert re.search(r"lost 0\.0 0 0\.0000 %", told)


@pytest.mark.parametrize(
    ("extra", "draws", "because"),
    [("", "1,000", "quotas.activity is 10 a user"), ("cap: { draws: 70 }", "70", "cap.draws is 70")],
)
def test_the_command_says_when_there_cannot_be_as_many_draws(
    tmp_path: Path, extra: str, draws: str, because: str
) -> None:
    told = command(tmp_path, "--users", "100", extra=extra)

    assert f"{draws} draws, not 1,000,000: 100 users can make no more, as {because}\n" in told
    assert f"{draws} draws of 100 users" in told


@pytest.mark.parametrize("suffix", [".svg", ".png"])
@pytest.mark.parametrize("draws", ["1", "900"])
def test_the_command_writes_the_same_plot_for_the_same_draws(tmp_path: Path, suffix: str, draws: str) -> None:
    first, again = tmp_path / f"first{suffix}", tmp_path / f"again{suffix}"

    for file in (first, again):
        command(tmp_path, "--draws", draws, "--plot", str(file), strategy="total")

    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes().startswith(b"\x89PNG" if suffix == ".png" else b"<?xml")


@pytest.mark.parametrize(("name", "why"), [("plot.pdf", "must end in .svg or .png"), ("no/plot.svg", "No such file")])
def test_a_plot_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(TombolaError, match=why):
        command(tmp_path, "--draws", "10", "--plot", str(tmp_path / name))


def test_other_commands_wait_for_neither_numpy_nor_matplotlib() -> None:
    program = "import sys, tombola_cli.simulate; print({'numpy', 'matplotlib'} & set(sys.modules))"

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"
