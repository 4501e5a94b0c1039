"""The options that many commands share: which stack, and the form of the output."""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tombola_cli.errors import TombolaError
from tombola_cli.operate.transport_name import TransportName

if TYPE_CHECKING:
    from tombola_cli.operate.stack import Stack

StackName = Annotated[str | None, typer.Option("--stack", help="A stack on AWS instead of the local one.")]
Region = Annotated[str | None, typer.Option(help="Its region, if not the profile's own.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile that may see it.")]
Transport = Annotated[TransportName, typer.Option(help="What takes a win to distribution.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done. Nothing is written.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: do it.")]


def name_of(who: str) -> str:
    """Return who does it: who was named, or the login name; raise typer.BadParameter for a name that no person has."""
    from tombola.rules.acceptance import DEADLINE

    if who == DEADLINE:
        raise typer.BadParameter(f"--who: {DEADLINE} stands in logs for what no person did: name yourself")
    return who or getpass.getuser()


def confirm(question: str, *, yes: bool) -> None:
    """Ask at the terminal; raise TombolaError where nobody can be asked, and typer.Abort where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise TombolaError(f"{question} Nobody can be asked here: say --yes, or look before with --dry-run")
    typer.confirm(question, abort=True, err=True)


def chosen_stack(stack: str | None, region: str | None, profile: str | None) -> "Stack":
    """Return the stack the options name, or the local one."""
    from tombola_cli.local import local_stack
    from tombola_cli.operate.stack import Place, Stack, outputs_of

    if stack is None:
        if region or profile:
            raise typer.BadParameter("--region and --profile belong to --stack")
        return local_stack.running(local_stack.HOME)
    place = Place(region=region, profile=profile)
    return Stack.from_outputs(place, stack, outputs_of(place, stack))
