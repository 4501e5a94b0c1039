"""The demo command: a campaign on a stack of its own, audited at the end."""

import json
import os
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Transport
from tombola_cli.operate.transport_name import TransportName

Keep = Annotated[
    bool, typer.Option("--keep", help="Leave the demo's stack running, without its provider, and say where it is.")
]


def demo(transport: Transport = TransportName.SQS, keep: Keep = False, as_json: Json = False) -> None:
    """Draw 500 times on a stack of its own, with faults in what it needs, and audit the books.

    The transport is taken away for a while, the provider of coupons is down, and the pool has 40 codes for 50 winners.
    Half of those who win a parcel give no address, until their deadline passes.
    The figures go to .local/demo.json. The exit status is 1 if the books do not balance.
    """
    from tombola_cli.local import demo, demo_parcels, demo_prizes, demo_wins, local_stack
    from tombola_cli.local.campaign import Campaign
    from tombola_cli.local.channel import channel_of
    from tombola_cli.screens import demo_sheets, output, progress

    started = time.monotonic()
    home = local_stack.HOME / f"{demo.PREFIX}{os.getpid()}"
    with ExitStack() as running:
        with progress.working("tombola") as tell:
            stack = running.enter_context(demo.stack(home, transport, tell, keep=keep))
            tell("filling a pool of codes, and serving a provider of coupons")
            desk = running.enter_context(demo_prizes.provided(stack))
        givers = demo_parcels.Givers()
        campaign = Campaign(stack, channel_of(stack, home), demo.ACTIVITY_ID, givers.answer)
        with progress.bar("drawing", None) as drawn:
            books, sent = demo.draw(campaign, desk, drawn)
        verdict, kinds = campaign.audit(books), demo_prizes.kinds(books, desk, sent.shipped)
        parcels = demo_parcels.figures(givers, sent, books)
        wins = demo_wins.compared(demo.ACTIVITY_ID, stack, books)
        figures = demo.figures(campaign, verdict, time.monotonic() - started)
        written = {**figures, "kinds": [asdict(kind) for kind in kinds], "parcels": parcels, "wins": asdict(wins)}
        (local_stack.HOME / "demo.json").write_text(json.dumps(written, indent=2) + "\n")
    refused = Counter(reply.status for reply in campaign.refused)
    where = f"kept: {stack.api_url}, table {stack.table_name}; its stack.json is {local_stack.stack_file(home)}"
    balanced = demo.balances(verdict, kinds) and demo_parcels.agrees(parcels) and wins.agrees
    shown = [
        *demo_sheets.drawn(books, demo.ACTIVITY_ID, figures),
        *demo_sheets.handed_over(kinds, demo_prizes.causes(books)),
        demo_sheets.parcels(parcels),
        demo_sheets.wins(wins),
        demo_sheets.waits(*demo.waits(books)),
        *demo_sheets.answers(len(campaign.busy), refused),
        *demo_sheets.audited(verdict, balanced=balanced, kept=where if keep else ""),
    ]
    output.show(shown, as_json=as_json)
    if not balanced or campaign.refused:
        raise typer.Exit(1)
