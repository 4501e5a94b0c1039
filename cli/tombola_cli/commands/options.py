"""The options that many commands share: which stack, and the form of the output."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tombola_cli.operate.stack import Stack

StackName = Annotated[str | None, typer.Option("--stack", help="A stack on AWS instead of the local one.")]
Region = Annotated[str | None, typer.Option(help="Its region, if not the profile's own.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile that may see it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


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
