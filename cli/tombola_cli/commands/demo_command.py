"""The demo command: a campaign on a stack of its own, audited at the end."""

import json
import os
import shutil
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tombola_cli.audit.auditor import Audit, Books
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.campaign import Campaign
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack

ACTIVITY_FILE = ROOT / "activities/100002.yaml"
ACTIVITY_ID = "100002"
PERCENT = 100
PREFIX = "demo-"  # of the folders that demos live in, beside the local stack's

console = Console(highlight=False, soft_wrap=True)

Keep = Annotated[bool, typer.Option("--keep", help="Leave the demo's stack running, and say where it is.")]


def demo(keep: Keep = False) -> None:
    """Draw 500 times on a stack of its own, with the queue taken away for a while, and audit the books.

    The figures go to .local/demo.json. The exit status is 1 if the books do not balance.
    """
    started = time.monotonic()
    home = local_stack.HOME / f"{PREFIX}{os.getpid()}"
    try:
        stack = _stack(home)
        campaign = Campaign(stack, ACTIVITY_ID)
        books = _run(campaign)
        verdict = campaign.audit(books)
        figures = _figures(campaign, verdict, time.monotonic() - started)
        (local_stack.HOME / "demo.json").write_text(json.dumps(figures, indent=2) + "\n")
        _show(books, verdict, campaign, figures)
    finally:
        if not keep:
            local_stack.down(home)
            shutil.rmtree(home, ignore_errors=True)
    if keep:
        console.print(
            f"kept: {stack.api_url}, table {stack.table_name}; its stack.json is {local_stack.stack_file(home)}"
        )
        console.print("tombola down stops it")
    if not verdict.balanced or verdict.waiting or campaign.refused:
        raise typer.Exit(1)


def homes(home: Path) -> list[Path]:
    """Return where demos have been left running, or left something behind."""
    return sorted(folder for folder in home.glob(f"{PREFIX}*") if folder.is_dir())


def _stack(home: Path) -> Stack:
    home.mkdir(parents=True, exist_ok=True)
    with console.status("tombola") as spinner:
        stack = local_stack.up(home, None, spinner.update, stack_name=home.name)
        launch(ACTIVITY_FILE, stack)
    return stack


def _run(campaign: Campaign) -> Books:
    with Progress(console=console) as progress:
        task = progress.add_task("drawing", total=len(campaign.requests()))
        for doing in campaign.draw_all():
            progress.update(task, advance=1, description=doing)
        task = progress.add_task("compensating", total=None)
        for books in campaign.settle():
            waiting = campaign.audit(books).waiting
            progress.update(task, description=f"compensating, {waiting} waiting")
        progress.update(task, total=1, completed=1)
    return books


def _figures(campaign: Campaign, verdict: Audit, seconds: float) -> dict[str, Any]:
    return {
        "draws": verdict.draws,
        "won": verdict.won,
        "lost": verdict.lost,
        "granted": verdict.granted,
        "parked": verdict.parked,
        "waiting": verdict.waiting,
        "oversold": verdict.oversold,
        "granted_twice": verdict.granted_twice,
        "unaccounted": verdict.unaccounted,
        "sent_failed": campaign.sent_failed,
        "seconds": round(seconds, 1),
    }


def _show(books: Books, verdict: Audit, campaign: Campaign, figures: dict[str, Any]) -> None:
    console.print(_awards(books))
    waits = sorted(order["granted_at"] - order["drawn_at"] for order in books.orders.values() if "granted_at" in order)
    if waits:
        median, p99 = statistics.median(waits) / 1000, waits[(len(waits) * 99) // PERCENT] / 1000
        console.print(f"a prize took {median:.2f} s (median), {p99:.2f} s (p99); the queue was gone for a part of it")
    console.print(", ".join(f"{name} {value}" for name, value in figures.items()))
    if campaign.busy:
        console.print(f"{len(campaign.busy)} requests met a busy stack and were asked again", style="dim")
    for status, count in Counter(reply.status for reply in campaign.refused).items():
        console.print(f"[red]{count} draws were answered {status}[/red]")
    for breach in verdict.breaches:
        console.print(f"{breach.promise} broken at {breach.where}: {breach.what}", style="red", markup=False)
    balanced = verdict.balanced and not verdict.waiting
    console.print("[green]the books balance[/green]" if balanced else "[red]the books do NOT balance[/red]")


def _awards(books: Books) -> Table:
    table = Table("award", "name", "stock", "won", "granted")
    won = Counter(order["award"]["award_id"] for order in books.orders.values() if "award" in order)
    granted = Counter(
        order["award"]["award_id"] for order in books.orders.values() if "award" in order and order["grant_state"] == 1
    )
    for award in books.activities[ACTIVITY_ID]["awards"]:
        award_id = award["award_id"]
        stock = str(award.get("stock", "unlimited"))
        table.add_row(award_id, award["award_name"], stock, str(won[award_id]), str(granted[award_id]))
    return table
