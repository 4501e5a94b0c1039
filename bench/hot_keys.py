"""Hot keys: how many wins a second does a stock item bear, and what does it cost when the stock runs out?

A model of DynamoDB's transaction conflicts and partition limits, not a measurement. How long a transaction keeps an
item prepared is not published, so it is an option. Pauses, bounds and hints are the code's own.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from random import Random

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from rich.table import Table

import index_model
from hot_key_model import (
    DEADLINE,
    FREE_UNITS,
    OTHER_UNITS,
    RECORDED_UNITS,
    REFUSED_UNITS,
    Case,
    Event,
    Model,
    p99_ms,
)
from tombola.rules.wins import win_shards_for

RATES = (100, 300, 1_000, 3_000, 10_000, 20_000)  # draws a second
SHARDS = (1, 10, 50, 200)
LOCKS_MS = (4.0, 8.0)
QUICK_RATES = (100, 1_000)
QUICK_SHARDS = (1, 10)
RATES_OF_ONE = (20, 40, 60, 80, 100, 150, 200)  # draws a second on a single shard
SETTLING = 1.0  # longer than the longest pause: then every draw that came before the deadline has been answered
SAMPLE_RATE = 2_000.0  # draws a second of a steady stream that are played, the shards being fewer in proportion
SAMPLE_DRAWS = 10_000.0  # of a steady stream that are counted, beside SAMPLE_SECONDS
WINS_A_SHARD = 40  # a second, while the stock ends
STOCK_SECONDS = 2  # how long the stock lasts then
END_SECONDS = 6  # the whole run
ATTACK_RATE = 150.0  # draws a second of one user without quota
FIRST_SECONDS = 10.0  # the beginning of his attack
ATTACKS = {  # whether the attacker chooses the shard, and whether his draws look before they try
    "before": {"aimed": True, "looks": False},
    "secret shard": {"aimed": False, "looks": False},
    "now": {"aimed": False, "looks": True},
}
LANES_SHOWN = (16, 128)  # of the index
WARM_SHOWN = (4_000, 20_000, 40_000)  # write units a second that the index is warm for
WINS_SHOWN = ((4_000, 250), (4_000, 1_400), (20_000, 4_500), (40_000, 6_400))  # warm units, and wins a second
BINS = 120  # of the time line
LINES = ("-", "--", ":")  # of the lock times, in turn

REFUSED = (Event.CONFLICT, Event.THROTTLED, Event.EMPTY)
ANSWERED = (Event.WON, Event.SOLD_OUT, Event.BUSY)
Figures = dict[str, float]  # by their headings


def load(case: Case, chance: Random) -> Figures:
    """Return the results of a steady stream of winning draws, counted once the first draws have all been answered.

    A draw stays on its shard, so shards know nothing of each other: of many, some stand for all.
    """
    played = min(case.shards, math.ceil(SAMPLE_RATE * case.shards / case.rate))
    rate, start = case.rate * played / case.shards, case.deadline + SETTLING
    seconds = max(case.seconds, SAMPLE_DRAWS / rate)
    end = start + seconds
    model = Model(replace(case, rate=rate, shards=played, seconds=end), chance).run()
    won, throttled = model.count([Event.WON], start, end), model.count([Event.THROTTLED], start, end)
    refused, answered = model.count(REFUSED, start, end), model.count(ANSWERED, start, end)
    units = won * (FREE_UNITS + OTHER_UNITS + RECORDED_UNITS)
    units += refused * OTHER_UNITS + (refused - throttled) * REFUSED_UNITS
    return {
        "wins/s": won / seconds * case.shards / played,
        "ok %": 100 * won / answered,
        "p99 ms": model.p99_ms([Event.WON], start, end),
        "retries/win": refused / won,
        "units/draw": units / answered,
    }


def ending(base: Case, shards: int) -> Case:
    """Return a case whose stock ends, at the rate that the sizing rule has in mind."""
    units = WINS_A_SHARD * STOCK_SECONDS
    return replace(base, shards=shards, rate=WINS_A_SHARD * shards, units=units, seconds=END_SECONDS)


def exhaust(case: Case, chance: Random) -> tuple[Figures, Model]:
    """Return the results of draws in the second around the sale of the last unit, and the whole run."""
    model = Model(case, chance).run()
    last = model.at[Event.TAKEN][-1]
    start, end = last - 0.5, last + 0.5
    return {
        "stock": case.units * case.shards,
        "sold": len(model.at[Event.TAKEN]),
        "spread ms": max(0.0, last - model.at[Event.EMPTY][0]) * 1000,
        "extra/draw before": model.count(REFUSED, start - 1, start) / model.count([Event.COME], start - 1, start),
        "extra/draw": model.count(REFUSED, start, end) / model.count([Event.COME], start, end),
        "reads": model.count([Event.READ], start, end),
        "p99 ms": model.p99_ms(ANSWERED, start, end),
        "503s": len(model.at[Event.BUSY]),
    }, model


def attacks(base: Case, shards: int, rate: float) -> dict[str, Case]:
    """Return the cases of an attack, by the defence against it, on honest draws at the rate of the sizing rule."""
    calm = replace(base, shards=shards, rate=WINS_A_SHARD * shards)
    hows = {how: replace(calm, attack=rate, **fields) for how, fields in ATTACKS.items()}
    return {"no attack": calm, **{how: case for how, case in hows.items() if shards > 1 or how != "secret shard"}}


def suffer(case: Case, new_chance: Callable[[], Random]) -> Figures:
    """Return the effect of an attack on honest draws: in its first seconds, seen often enough, and ever after."""
    start = case.deadline + SETTLING
    end = start + max(case.seconds, SAMPLE_DRAWS / case.rate)
    first = replace(case, seconds=FIRST_SECONDS)
    chance = new_chance()
    firsts = [Model(first, chance).run() for _ in range(math.ceil(SAMPLE_DRAWS / case.rate / FIRST_SECONDS))]
    later = Model(replace(case, seconds=end), new_chance()).run()
    begun, lasting = _got(firsts, 0, FIRST_SECONDS), _got([later], start, end)
    return {f"first {name}": figure for name, figure in begun.items()} | lasting


def _got(models: Sequence[Model], start: float, end: float) -> Figures:
    """Return the results of honest draws in that time, and how often the attacker's draws held their items."""
    won = [took for model in models for took in model.took([Event.WON], start, end)]
    answered = sum(model.count(ANSWERED, start, end) for model in models)
    tried = sum(model.count([Event.ATTACK], start, end) for model in models)
    return {
        "tries/s": tried / len(models) / (end - start),
        "ok %": 100 * len(won) / answered,
        "p99 ms": p99_ms(won),
    }


def index_rows() -> list[Figures]:
    """Return the wins a second that the index of due orders bears, by its lanes and its warm throughput."""
    return [_index_row(lanes, units) for lanes, units in product(LANES_SHOWN, WARM_SHOWN)]


def _index_row(lanes: int, units: int) -> Figures:
    borne = index_model.borne(lanes, units)
    return {
        "lanes": lanes,
        "warm units/s": units,
        "wins/s, even": round(index_model.wins(borne.even)),
        "1 in 2 worse": round(index_model.wins(borne.middle)),
        "1 in 20 worse": round(index_model.wins(borne.safe)),
        "1 in 20, claimed once": round(index_model.wins(borne.safe, claims=1)),
    }


def wins_rows() -> list[Figures]:
    """Return the wins a second that the index of wins bears, in as many shards as they ask for."""
    return [_wins_row(units, wins) for units, wins in WINS_SHOWN]


def _wins_row(units: int, wins: int) -> Figures:
    shards = win_shards_for(wins)
    borne = index_model.borne(shards, units)
    return {
        "wins/s": wins,
        "shards": shards,
        "warm units/s": units,
        "even": round(borne.even / index_model.INSERT),
        "1 in 2 worse": round(borne.middle / index_model.INSERT),
        "1 in 20 worse": round(borne.safe / index_model.INSERT),
    }


def cells(values: Sequence[float | str]) -> list[str]:
    """Return values as the tables show them."""
    return [value if isinstance(value, str) else _figure(value) for value in values]


def _figure(value: float) -> str:
    is_whole = value == int(value)
    return f"{value:,.0f}" if is_whole or value >= 100 else f"{value:,.2f}"


def _show(title: str, rows: Mapping[Case, Mapping[str, float | str]]) -> None:
    table = Table("lock ms", "shards", "draws/s", *next(iter(rows.values())), title=title)
    for case, figures in rows.items():
        table.add_row(*cells([case.lock * 1000, case.shards, case.rate, *figures.values()]))
    Console(width=120).print(table)


def _show_index(title: str, rows: Sequence[Figures]) -> None:
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*cells(list(row.values())))
    Console(width=120).print(table)


def _plot(file: Path, loads: Mapping[Case, Figures], run: Model) -> None:
    mpl.rcParams.update({"svg.hashsalt": "hot keys", "svg.fonttype": "none"})  # the same figures, the same file
    figure = Figure(figsize=(15, 4.5), layout="constrained")
    wins, waits, line = figure.subplots(1, 3)
    _plot_loads(wins, loads, "wins/s")
    _plot_loads(waits, loads, "p99 ms")
    wins.legend(fontsize="x-small")
    seconds = run.case.seconds
    for event in (Event.COME, Event.TAKEN, Event.CONFLICT, Event.EMPTY, Event.READ):
        line.hist(run.at[event], BINS, range=(0, seconds), histtype="step", label=event.name.lower())
    line.set(title=f"{run.case.shards} shards sell out", xlabel="s", ylabel=f"in {seconds / BINS * 1000:g} ms")
    line.legend(fontsize="x-small")
    figure.savefig(file, format="svg", metadata={"Date": None})


def _plot_loads(axes: Axes, loads: Mapping[Case, Figures], heading: str) -> None:
    locks = list(dict.fromkeys(case.lock for case in loads))
    shards = list(dict.fromkeys(case.shards for case in loads))
    for lock, number in product(locks, shards):
        cases = [case for case in loads if (case.lock, case.shards) == (lock, number)]
        rates = [case.rate for case in cases]
        figures = [loads[case][heading] for case in cases]
        (drawn,) = axes.loglog(rates, figures, ".-", label=f"{number} x, lock {lock * 1000:g} ms")
        drawn.set(color=f"C{shards.index(number)}", linestyle=LINES[locks.index(lock) % len(LINES)])
    axes.set(title=heading, xlabel="draws/s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock-ms", type=float, nargs="+", default=LOCKS_MS, help="how long an item stays prepared")
    parser.add_argument("--deadline", type=float, default=DEADLINE, help="seconds until a draw is answered 503")
    parser.add_argument("--environments", type=int, default=200, help="how many remember what is sold out")
    parser.add_argument("--attack-rate", type=float, default=ATTACK_RATE, help="draws a second of one user in excess")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, as SVG")
    parser.add_argument("--quick", action="store_true", help="a small grid")
    return parser.parse_args()


def main() -> None:
    asked = _options()
    rates = QUICK_RATES if asked.quick else RATES
    shards = QUICK_SHARDS if asked.quick else SHARDS
    base_of = partial(Case, rate=1, shards=1, deadline=asked.deadline, environments=asked.environments)
    bases = [base_of(lock=lock_ms / 1000) for lock_ms in asked.lock_ms]
    chance = partial(Random, asked.seed)  # each case begins anew, so it depends on no other
    loads = _show_loads(bases, shards, rates, chance)
    run = _show_ends(bases, shards, chance)
    _show_attacks(bases, shards[:2], asked.attack_rate, chance)
    _show_index("the index of what is due", index_rows())
    _show_index("the index of wins", wins_rows())
    if asked.plot:
        _plot(asked.plot, loads, run)


def _show_loads(
    bases: Sequence[Case], shards: Sequence[int], rates: Sequence[int], chance: Callable[[], Random]
) -> dict[Case, Figures]:
    """Show steady loads of one shard and of whole awards; return the results of the awards."""
    one = [replace(base, rate=rate) for base, rate in product(bases, RATES_OF_ONE)]
    grid = [replace(base, shards=number, rate=rate) for base, number, rate in product(bases, shards, rates)]
    loads = {case: load(case, chance()) for case in track([*one, *grid], "steady load", transient=True)}
    of_awards = {case: loads[case] for case in grid}
    _show("one shard, steady load", {case: loads[case] for case in one})
    _show("steady load", of_awards)
    return of_awards


def _show_ends(bases: Sequence[Case], shards: Sequence[int], chance: Callable[[], Random]) -> Model:
    """Show the results of draws when the stock ends; return the run that the picture has."""
    ends = [ending(base, number) for base, number in product(bases, shards)]
    runs = {case: exhaust(case, chance()) for case in track(ends, "end of the stock", transient=True)}
    _show("the second around the last unit", {case: figures for case, (figures, _) in runs.items()})
    _, run = runs[ends[-2]]
    return run


def _show_attacks(bases: Sequence[Case], shards: Sequence[int], rate: float, chance: Callable[[], Random]) -> None:
    attacked = [attacks(base, number, rate) for base, number in product(bases, shards)]
    hows = {case: how for cases in attacked for how, case in cases.items()}
    suffered = {case: suffer(case, chance) for case in track(hows, "attack", transient=True)}
    _show("one user in excess", {case: {"": how, **suffered[case]} for case, how in hows.items()})


if __name__ == "__main__":
    main()
