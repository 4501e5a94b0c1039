"""The picture of a simulation: stock and wins over the draws."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tombola.rules.activity import Activity
from tombola_cli.errors import TombolaError
from tombola_cli.simulate.colours import SERIES
from tombola_cli.simulate.simulation import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".svg", ".png")
POINTS = 400  # of a curve
LEGEND_MAX = len(SERIES)  # awards that are named in the plot, and have a colour of their own
DASHES = ("-", "--", ":")  # beside the colours, for whom they are alike
PERCENT = 100


def write(file: Path, activity: Activity, result: Result) -> None:
    with mpl.rc_context({"svg.hashsalt": "simulate", "svg.fonttype": "none"}):  # the same draws, the same file
        figure = Figure(figsize=(12, 4.5), layout="constrained")
        stock, wins = figure.subplots(1, 2)
        _draw_curves(stock, wins, activity, result)
        try:
            figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
        except OSError as error:
            raise TombolaError(f"--plot {file}: {error.strerror}") from None


def _draw_curves(stock: "Axes", wins: "Axes", activity: Activity, result: Result) -> None:
    ends, won = result.cumulative(POINTS)
    for place, share in enumerate(activity.shares):
        named = place < LEGEND_MAX
        color, width = (SERIES[place], 1.5) if named else ("0.8", 0.5)
        line: dict[str, Any] = {
            "color": color,
            "linewidth": width,
            "linestyle": DASHES[place % len(DASHES)] if named else "-",
        }
        label = _label(share.award.award_id, share.award.award_name) if named else None
        wins.plot(ends, won[:, place], label=label, **line)
        if share.stock:
            stock.plot(ends, PERCENT * (1 - won[:, place] / share.stock), **line)
    wins.plot(ends, won[:, result.nobody], "k-.", label="fallback" if activity.fallback else "lost")
    wins.set_yscale("symlog", linthresh=1)
    wins.set(title=f"wins of activity {activity.activity_id}", xlabel="draws", xscale="log", ylim=(0, None))
    stock.set(title="stock left, %", xlabel="draws", xscale="log", ylim=(0, PERCENT))
    wins.legend(fontsize="x-small")


def _label(award_id: str, name: str) -> str:
    """Return a label in signs that the font has, and without formulas."""
    dollar = r"\$"
    return f"award {award_id}" + (f": {name.replace('$', dollar)}" if name.isascii() else "")
