"""The tombola command: one line for each of its commands, and one place where errors end.

Every command imports its modules when it runs, so that help and shell completion wait for nothing else.
"""

import sys
from typing import NoReturn

import typer

from tombola_cli.commands import (
    act_commands,
    activity_commands,
    audit_command,
    code_commands,
    console_command,
    demo_command,
    dlq_commands,
    doctor_command,
    draw_commands,
    invoke_command,
    order_commands,
    provider_commands,
    shipment_commands,
    simulate_command,
    stack_commands,
    tree_commands,
    user_commands,
    win_commands,
)
from tombola_cli.errors import TombolaError

EXIT_STATUS = """\b
Exit status:
  0    done, and nothing is wrong
  1    not done, or something is wrong: stderr, or the command's own help, says what
  2    the command line is not understood
  130  stopped by Ctrl-C
"""

app = typer.Typer(
    help="Prize draws on AWS without servers: the local stack, and what an operator needs.",
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(stack_commands.up)
app.command()(stack_commands.down)
app.command()(stack_commands.status)
app.command()(stack_commands.backlog)
app.command()(stack_commands.logs)
app.command()(draw_commands.draw)
app.command()(invoke_command.invoke)
app.add_typer(order_commands.app, name="orders")
order_commands.app.command()(act_commands.release)
order_commands.app.command()(act_commands.retry)
order_commands.app.command()(act_commands.void)
order_commands.app.command("index-wins")(win_commands.index_wins)
app.command("winners")(win_commands.list_wins)
app.add_typer(dlq_commands.app, name="dlq")
app.add_typer(activity_commands.app, name="activity")
app.add_typer(tree_commands.app, name="tree")
app.add_typer(code_commands.app, name="codes")
app.add_typer(shipment_commands.app, name="shipments")
app.add_typer(provider_commands.app, name="provider")
app.add_typer(user_commands.app, name="user")
app.command()(console_command.console)
app.command()(simulate_command.simulate)
app.command()(demo_command.demo)
app.command()(doctor_command.doctor)
app.command()(audit_command.audit)


def run() -> None:
    """Run the command; an error that the user can mend is told in one line."""
    try:
        app()
    except TombolaError as error:
        _fail(str(error))
    except Exception as error:
        if not (_is_busy(error) or _comes_from_aws(error)):
            raise
        _fail(str(error))


def _is_busy(error: Exception) -> bool:
    from tombola.rules.problem import BusyError

    return isinstance(error, BusyError)


def _comes_from_aws(error: Exception) -> bool:
    """Tell by name: importing botocore only to ask would slow every command."""
    return any(kind.__module__ == "botocore.exceptions" for kind in type(error).__mro__)


def _fail(message: str) -> NoReturn:
    print(f"tombola: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)
