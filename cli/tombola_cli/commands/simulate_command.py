"""The simulate command: it tells the results of a campaign before it runs."""

from pathlib import Path
from typing import Annotated

import typer

from tombola_cli.commands.options import Json
from tombola_cli.errors import TombolaError

DRAWS_MAX = 100_000_000  # two bytes each
USERS_MAX = 1_000_000_000
SEED_MAX = 2**63 - 1
SUFFIXES = (".svg", ".png")

File = Annotated[Path, typer.Argument(help="The activity as YAML, such as activities/100001.yaml.")]
Draws = Annotated[int, typer.Option(min=1, max=DRAWS_MAX, help="Recorded draws of all users together.")]
Users = Annotated[
    int, typer.Option(min=1, max=USERS_MAX, help="Who take turns; what counts is how often each has drawn.")
]
Seed = Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The same one again draws the same.")]
Plot = Annotated[Path | None, typer.Option(help="Write stock and wins as a picture, .svg or .png.")]


def simulate(
    file: File,
    draws: Draws = 1_000_000,
    users: Users = 1_000,
    seed: Seed = 1,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Tell what the activity in FILE will do: who wins what, and when it is sold out. Touches no stack.

    Only recorded draws are simulated, spread evenly over the window. A draw that a quota or the cap refuses is no
    draw, so that these only limit how many there can be. The wins expected are an average, calculated without chance.
    """
    if plot is not None and plot.suffix not in SUFFIXES:
        raise TombolaError(f"--plot {plot}: the file must end in {' or '.join(SUFFIXES)}")
    from tombola_cli.files.activity_file import read_activity
    from tombola_cli.screens import output, progress, simulation_sheets
    from tombola_cli.simulate import forecast, simulation

    activity = read_activity(file)
    possible, _ = simulation.within_limits(activity, draws, users)
    with progress.working(f"drawing {possible:,} times"):
        found = forecast.forecast(activity, draws, users, seed)
    if plot is not None:
        from tombola_cli.simulate import picture

        picture.write(plot, activity, found.result)
    told = simulation_sheets.plotted(None if plot is None else str(plot))
    output.show([*simulation_sheets.forecast(found), *told], as_json=as_json)
