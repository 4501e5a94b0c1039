"""The commands of the local stack, and what is asked of any stack: how it stands, what it logged."""

import shutil
from typing import Annotated

import typer
from rich.console import Console

from tombola_cli.commands import demo_command
from tombola_cli.commands.options import Profile, Region, StackName, chosen_stack
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack, overview
from tombola_cli.local.launch import launch
from tombola_cli.operate import logbook

LOG_MINUTES = 10
# Lottery's, and what its sample tree leads to.
SAMPLE_ACTIVITIES = tuple(sorted((ROOT / "activities").glob("*.yaml")))

console = Console(highlight=False, soft_wrap=True)

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="A port of 127.0.0.1; a free one if left out.")]
Function = Annotated[logbook.Function | None, typer.Argument(help="Only this function.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Wait for more; Ctrl-C ends it.")]
Since = Annotated[float, typer.Option(metavar="MIN", min=0, help="How many minutes back.")]


def up(port: Port = None) -> None:
    """Start the local stack with the sample activities, 100001 to 100004, or bring the running one up to date.

    With AWS_ENDPOINT_URL set, that LocalStack-compatible endpoint is used and no emulator is started.
    """
    with console.status("tombola") as spinner:

        def tell(step: str) -> None:
            console.print(f"[dim]- {step}[/dim]")
            spinner.update(step)

        stack = local_stack.up(local_stack.HOME, port, tell)
        for file in SAMPLE_ACTIVITIES:
            tell(f"launching {file.name}")
            launch(file, stack)
    console.print(f"API      {stack.api_url}\nendpoint {stack.endpoint_url}")


def down() -> None:
    """Stop the local stack, and what demos have left running or behind."""
    with console.status("stopping"):
        was_up = local_stack.down(local_stack.HOME)
        for home in demo_command.homes(local_stack.HOME):
            was_up |= local_stack.down(home)
            shutil.rmtree(home, ignore_errors=True)
    console.print("stopped" if was_up else "there was nothing to stop")


def status(stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show whether the stack runs, and what its table and queues hold."""
    console.print(overview.table(chosen_stack(stack, region, profile), local_stack.HOME))


def logs(
    function: Function = None,
    follow: Follow = False,
    since: Since = LOG_MINUTES,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Print what the functions logged."""
    for line in logbook.lines(chosen_stack(stack, region, profile), function, since, follow=follow):
        console.print(line, markup=False)
