"""The simulate command: what a campaign will do, before it runs."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tombola.rules.activity import Activity
from tombola.rules.choice import fallback_of
from tombola.rules.odds import WHOLE
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tombola_cli.simulate.simulation import Result

DRAWS_MAX = 100_000_000  # two bytes each
USERS_MAX = 1_000_000_000
SEED_MAX = 2**63 - 1
SUFFIXES = (".svg", ".png")
POINTS = 400  # of a curve
LEGEND_MAX = 10  # awards that are named in the plot, and have a colour of their own
WIDTH = 130  # of the table at least: figures that are cut are worse than long lines
PERCENT = 100

console = Console(highlight=False, soft_wrap=True)

File = Annotated[Path, typer.Argument(help="The activity as YAML, such as activities/100001.yaml.")]
Draws = Annotated[int, typer.Option(min=1, max=DRAWS_MAX, help="Recorded draws of all users together.")]
Users = Annotated[
    int, typer.Option(min=1, max=USERS_MAX, help="Who take turns; what counts is how often each has drawn.")
]
Seed = Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The same one again draws the same.")]
Plot = Annotated[Path | None, typer.Option(help="Write stock and wins as a picture, .svg or .png.")]


def simulate(file: File, draws: Draws = 1_000_000, users: Users = 1_000, seed: Seed = 1, plot: Plot = None) -> None:
    """Tell what the activity in FILE will do: who wins what, and when it is sold out. Touches no stack.

    Only recorded draws are simulated, spread evenly over the window. A draw that a quota or the cap refuses is no
    draw, so that these only limit how many there can be. The wins expected are an average, calculated without chance.
    """
    import numpy as np  # noqa: PLC0415 - slow to import, and no other command wants it

    from tombola_cli.simulate import simulation  # noqa: PLC0415 - imports numpy

    if plot is not None and plot.suffix not in SUFFIXES:
        raise TombolaError(f"--plot {plot}: the file must end in {' or '.join(SUFFIXES)}")
    console.width = max(console.width, WIDTH)
    activity = read_activity(file)
    asked = draws
    for limit, reason in simulation.limits(activity, users):
        if limit < draws:
            draws, because = limit, reason
    if draws < asked:
        console.print(f"{draws:,} draws, not {asked:,}: {users:,} users can make no more, as {because}", markup=False)
    chance = np.random.Generator(np.random.PCG64(seed))
    started = time.perf_counter()
    result = simulation.run(activity, draws, users, simulation.random_tickets(chance))
    seconds = time.perf_counter() - started
    console.print(_table(activity, result, simulation.expected(activity, draws, users).tolist()))
    pace = f"{draws / seconds:,.0f} draws a second"
    console.print(f"{draws:,} draws of {users:,} users, seed {seed}, in {seconds:.3g} s: {pace}")
    if plot is not None:
        _plot(plot, activity, result)
        console.print(f"plot: {plot}", markup=False)


def _table(activity: Activity, result: "Result", expected: Sequence[float]) -> Table:
    figures = ("rate", "stock", "expected wins", "simulated wins", "chance", "sold out after")
    columns = [Column(name, justify="right", no_wrap=True) for name in figures]
    at = Column(f"at ({activity.time_zone})", no_wrap=True)
    table = Table(Column("award", no_wrap=True), "name", *columns, at, box=SIMPLE)
    wins = result.wins.tolist()
    for place, share in enumerate(activity.shares):
        after = result.sold_out_after[place]
        table.add_row(
            share.award.award_id,
            escape(share.award.award_name),
            f"{PERCENT * share.weight / WHOLE:g} %",
            "unlimited" if share.stock is None else f"{share.stock:,}",
            *_wins(expected[place], wins[place], result),
            "" if after is None else f"{after:,}",
            "" if after is None else f"{_moment(activity, after, result):%Y-%m-%d %H:%M}",
        )
    table.add_section()
    fallback, unlucky = fallback_of(activity), _wins(expected[result.nobody], wins[result.nobody], result)
    if fallback is not None:
        table.add_row("fallback", escape(fallback.award.award_name), "", "", *unlucky)
    table.add_row("lost", "", "", "", *(_wins(0, 0, result) if fallback is not None else unlucky))
    return table


def _wins(expected: float, simulated: int, result: "Result") -> tuple[str, str, str]:
    return f"{expected:,.1f}", f"{simulated:,}", f"{PERCENT * simulated / result.draws:.4f} %"


def _moment(activity: Activity, after: int, result: "Result") -> datetime:
    """Return when that many draws are made, at an even pace."""
    window: timedelta = activity.end - activity.begin
    return (activity.begin + window * (after / result.draws)).astimezone(ZoneInfo(activity.time_zone))


def _plot(file: Path, activity: Activity, result: "Result") -> None:
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and only a plot wants it
    from matplotlib.figure import Figure  # noqa: PLC0415 - as matplotlib

    with mpl.rc_context({"svg.hashsalt": "simulate", "svg.fonttype": "none"}):  # the same draws, the same file
        figure = Figure(figsize=(12, 4.5), layout="constrained")
        stock, wins = figure.subplots(1, 2)
        _draw_curves(stock, wins, activity, result)
        try:
            figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
        except OSError as error:
            raise TombolaError(f"--plot {file}: {error.strerror}") from None


def _draw_curves(stock: "Axes", wins: "Axes", activity: Activity, result: "Result") -> None:
    ends, won = result.cumulative(POINTS)
    for place, share in enumerate(activity.shares):
        named = place < LEGEND_MAX
        color, width = (f"C{place}", 1.5) if named else ("0.8", 0.5)
        label = _label(share.award.award_id, share.award.award_name) if named else None
        wins.plot(ends, won[:, place], color=color, linewidth=width, label=label)
        if share.stock:
            stock.plot(ends, PERCENT * (1 - won[:, place] / share.stock), color=color, linewidth=width)
    wins.plot(ends, won[:, result.nobody], "k--", label="fallback" if activity.fallback else "lost")
    wins.set_yscale("symlog", linthresh=1)
    wins.set(title=f"wins of activity {activity.activity_id}", xlabel="draws", xscale="log", ylim=(0, None))
    stock.set(title="stock left, %", xlabel="draws", xscale="log", ylim=(0, PERCENT))
    wins.legend(fontsize="x-small")


def _label(award_id: str, name: str) -> str:
    """Return what the font has signs for, and what is no formula."""
    dollar = r"\$"
    return f"award {award_id}" + (f": {name.replace('$', dollar)}" if name.isascii() else "")
