"""The commands of the local stack, and three questions to any stack: its state, its backlog and its log."""

from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, Transport, chosen_stack
from tombola_cli.errors import TombolaError
from tombola_cli.operate.function_name import Function as Name
from tombola_cli.operate.transport_name import TransportName

LOG_MINUTES = 10

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="A port of 127.0.0.1; a free one if left out.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of template.yaml; once for each, until the next up."),
]
Function = Annotated[Name | None, typer.Argument(help="Only this function.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Wait for more; Ctrl-C ends it.")]
Watch = Annotated[bool, typer.Option("--watch", help="Count again until nothing is under way; Ctrl-C ends it.")]
Since = Annotated[float, typer.Option(metavar="MIN", min=0, help="How many minutes back.")]


def up(
    port: Port = None, transport: Transport = TransportName.SQS, settings: Settings = None, as_json: Json = False
) -> None:
    """Start the local stack with the sample activities, 100001 to 100004, or bring the running one up to date.

    One that runs changes its transport, and the parameters of its template, to those that are named; what is not
    named has its default again. The wheel page is served beside it, once make wheel has built it.
    With AWS_ENDPOINT_URL set, that LocalStack-compatible endpoint is used and no emulator is started.
    """
    from tombola_cli.files.repository import ROOT, SAMPLE_ACTIVITIES
    from tombola_cli.local import local_stack, template_parameters
    from tombola_cli.local.launch import launch
    from tombola_cli.local.wheel_server import WheelServer, with_origin
    from tombola_cli.screens import output, progress, stack_sheets

    wheel = WheelServer(local_stack.HOME)
    try:
        chosen = template_parameters.chosen(ROOT, settings or ())
    except TombolaError as error:
        raise typer.BadParameter(str(error)) from None
    with progress.steps("tombola") as tell:
        allowed = with_origin(chosen, wheel.start(tell))
        stack = local_stack.up(local_stack.HOME, port, tell, transport=transport, settings=allowed)
        for file in SAMPLE_ACTIVITIES:
            tell(f"launching {file.name}")
            launch(file, stack)
    output.show(stack_sheets.up(stack.api_url, stack.endpoint_url, wheel.url(stack.api_url)), as_json=as_json)


def down(as_json: Json = False) -> None:
    """Stop the local stack, and what demos have left running or behind."""
    from tombola_cli.local import demo, local_stack
    from tombola_cli.screens import output, progress, stack_sheets

    with progress.working("stopping"):
        was_up = local_stack.down(local_stack.HOME)
        for home in demo.homes(local_stack.HOME):
            was_up |= demo.remove(home)
    output.show(stack_sheets.down(was_up=was_up), as_json=as_json)


def status(stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False) -> None:
    """Show whether the stack runs, and what its table and queues hold."""
    from tombola_cli.local import local_stack, overview
    from tombola_cli.screens import output, progress, stack_sheets

    chosen = chosen_stack(stack, region, profile)
    with progress.working("counting"):
        found = overview.standing(chosen, local_stack.HOME)
    output.show(stack_sheets.status(found), as_json=as_json)


def backlog(
    watch: Watch = False, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Count the prizes of a stack that are not granted yet, by what they wait for.

    The counts are a moment old. A million prizes take some 15,000 read units a count; --watch counts every 10 seconds.
    """
    import time

    from tombola.aws.clock import utc_now
    from tombola_cli.operate import backlog
    from tombola_cli.screens import output, progress, stack_sheets

    chosen = chosen_stack(stack, region, profile)
    with progress.bar("counting", None) as step:
        found = backlog.counted(chosen, utc_now())
        if watch:
            counts = backlog.until_granted(
                lambda: backlog.counted(chosen, utc_now()), lambda: time.sleep(backlog.WATCH_SECONDS)
            )
            for found, most in counts:
                step(most - found.under_way, most, f"granting, {found.under_way:,} to go")
    output.show(stack_sheets.backlog(found), as_json=as_json)


def logs(
    function: Function = None,
    follow: Follow = False,
    since: Since = LOG_MINUTES,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Print what the functions logged."""
    from tombola_cli.operate import logbook
    from tombola_cli.screens import output, stack_sheets

    if follow and as_json:
        raise typer.BadParameter("--json is one document, and --follow has no end: leave one of them out")
    found = logbook.lines(chosen_stack(stack, region, profile), function, since, follow=follow)
    output.show_as_they_come("lines", stack_sheets.LOG_COLUMNS, found, stack_sheets.log_line, as_json=as_json)
