"""The tombola command: one line for each of its commands, and one place where errors end."""

import sys
from typing import NoReturn

import typer

from tombola.rules.problem import BusyError
from tombola_cli import activities, commands, demo, draws, simulate, trees
from tombola_cli.doctor import command as doctor
from tombola_cli.errors import TombolaError

app = typer.Typer(
    help="Prize draws on AWS without servers: the local stack, and what an operator needs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(commands.up)
app.command()(commands.down)
app.command()(commands.status)
app.command()(commands.logs)
app.command()(draws.draw)
app.command()(draws.orders)
app.command()(draws.waiting)
app.command()(draws.release)
app.add_typer(activities.app, name="activity")
app.add_typer(trees.app, name="tree")
app.command()(simulate.simulate)
app.command()(demo.demo)
app.command()(doctor.doctor)


def run() -> None:
    """Run the command; what the user can mend is told in one line."""
    try:
        app()
    except (TombolaError, BusyError) as error:
        _fail(str(error))
    except Exception as error:
        if not _comes_from_aws(error):
            raise
        _fail(str(error))


def _comes_from_aws(error: Exception) -> bool:
    """Tell by name: importing botocore only to ask would slow every command."""
    return any(kind.__module__ == "botocore.exceptions" for kind in type(error).__mro__)


def _fail(message: str) -> NoReturn:
    print(f"tombola: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)
