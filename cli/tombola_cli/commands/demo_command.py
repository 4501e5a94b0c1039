"""The demo command: a campaign on a stack of its own, audited at the end."""

import json
import os
import time
from collections import Counter
from contextlib import ExitStack
from typing import Annotated

import typer

from tombola_cli.commands.options import Json

Keep = Annotated[bool, typer.Option("--keep", help="Leave the demo's stack running, and say where it is.")]


def demo(keep: Keep = False, as_json: Json = False) -> None:
    """Draw 500 times on a stack of its own, with the queue taken away for a while, and audit the books.

    The figures go to .local/demo.json. The exit status is 1 if the books do not balance.
    """
    from tombola_cli.local import demo, local_stack
    from tombola_cli.local.campaign import Campaign
    from tombola_cli.screens import demo_sheets, output, progress

    started = time.monotonic()
    home = local_stack.HOME / f"{demo.PREFIX}{os.getpid()}"
    with ExitStack() as running:
        with progress.working("tombola") as tell:
            stack = running.enter_context(demo.stack(home, tell, keep=keep))
        campaign = Campaign(stack, demo.ACTIVITY_ID)
        with progress.bar("drawing", None) as drawn:
            books = demo.draw(campaign, drawn)
        verdict = campaign.audit(books)
        figures = demo.figures(campaign, verdict, time.monotonic() - started)
        (local_stack.HOME / "demo.json").write_text(json.dumps(figures, indent=2) + "\n")
    refused = Counter(reply.status for reply in campaign.refused)
    where = f"kept: {stack.api_url}, table {stack.table_name}; its stack.json is {local_stack.stack_file(home)}"
    shown = [
        *demo_sheets.drawn(books, demo.ACTIVITY_ID, figures),
        demo_sheets.waits(*demo.waits(books)),
        *demo_sheets.answers(len(campaign.busy), refused),
        *demo_sheets.audited(verdict, kept=where if keep else ""),
    ]
    output.show(shown, as_json=as_json)
    if not verdict.balanced or verdict.waiting or campaign.refused:
        raise typer.Exit(1)
