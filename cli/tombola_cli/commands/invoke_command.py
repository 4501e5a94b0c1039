"""The invoke command: a built function as Lambda runs it, without Lambda and without a container."""

from pathlib import Path
from typing import Annotated

import typer

from tombola_cli.commands.options import Json
from tombola_cli.operate.function_name import Function as Name

Function = Annotated[Name, typer.Argument(help="Which function.")]
Event = Annotated[Path, typer.Argument(metavar="EVENT.JSON", help="What it gets, such as events/draw.json.")]


def invoke(function: Function, event: Event, as_json: Json = False) -> None:
    """Run a function as SAM builds it, under Lambda's runtime emulator, and show its answer to one event.

    It works on the table and the queues of the local stack, with the variables that the stack gives to the function.
    """
    from tombola_cli.files.repository import ROOT
    from tombola_cli.local import install, local_stack
    from tombola_cli.sam import invoke, sam_tools
    from tombola_cli.screens import invoke_sheets, output, progress

    asked, stack = invoke.event_in(event), local_stack.running(local_stack.HOME)
    with progress.steps("tombola") as tell:
        install.sam(ROOT, tell)
        built = sam_tools.built(tell)
        answer = invoke.invoke(function, asked, stack, built, local_stack.HOME / f"invoke-{function}.log")
    output.show(invoke_sheets.answered(answer), as_json=as_json)
