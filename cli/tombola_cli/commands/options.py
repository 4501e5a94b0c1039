"""The options that choose a stack: the local one, or one deployed on AWS."""

from typing import Annotated

import typer

from tombola_cli.local import local_stack
from tombola_cli.operate.stack import Place, Stack, outputs_of

StackName = Annotated[str | None, typer.Option("--stack", help="A stack on AWS instead of the local one.")]
Region = Annotated[str | None, typer.Option(help="Its region, if not the profile's own.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile that may see it.")]


def chosen_stack(stack: str | None, region: str | None, profile: str | None) -> Stack:
    """Return the stack the options name, or the local one."""
    if stack is None:
        if region or profile:
            raise typer.BadParameter("--region and --profile belong to --stack")
        return local_stack.running(local_stack.HOME)
    place = Place(region=region, profile=profile)
    return Stack.from_outputs(place, stack, outputs_of(place, stack))
