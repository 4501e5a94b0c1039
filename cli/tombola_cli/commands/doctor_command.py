"""The doctor command: every line says right, wrong, or only you can know."""

import json
import uuid
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tombola_cli.commands.options import Profile, Region, StackName, chosen_stack
from tombola_cli.doctor.examination import examined
from tombola_cli.doctor.finding import Line, Verdict

COLOURS = {Verdict.RIGHT: "green", Verdict.WRONG: "red", Verdict.ONLY_YOU: "yellow"}

console = Console(highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def doctor(json_: Json = False, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Look at a stack from alarms to versions, draw once on an activity of its own, and say what is right or wrong.

    The exit status is 1 if something is wrong.
    """
    chosen = chosen_stack(stack, region, profile)
    with Console(stderr=True).status("looking") as spinner:
        found = []
        for line in examined(chosen, str(uuid.uuid4())):
            spinner.update(f"{line.check}: {line.about}")
            found.append(line)
    if json_:
        print(json.dumps(document(chosen.stack_name, found), indent=2))
    else:
        console.print(table(chosen.stack_name, found), summary(found))
    if any(line.finding.verdict is Verdict.WRONG for line in found):
        raise typer.Exit(1)


def document(stack_name: str, found: Iterable[Line]) -> dict[str, Any]:
    lines = [
        {
            "check": line.check,
            "about": line.about,
            "verdict": line.finding.verdict.value,
            "seen": line.finding.seen,
            "todo": line.finding.todo,
            "milliseconds": line.finding.milliseconds,
        }
        for line in found
    ]
    return {"stack": stack_name, "wrong": sum(line["verdict"] == Verdict.WRONG for line in lines), "lines": lines}


def table(stack_name: str, found: Iterable[Line]) -> Table:
    rows = Table("", Column("check"), Column("seen, and what to do", overflow="fold"), box=SIMPLE)
    rows.title = f"stack {stack_name}"
    for line in found:
        finding = line.finding
        words = [escape(finding.seen), *([f"[bold]→ {escape(finding.todo)}[/bold]"] if finding.todo else [])]
        verdict = f"[{COLOURS[finding.verdict]}]{finding.verdict}[/]"
        rows.add_row(verdict, f"{line.check}: {line.about}", "\n".join(words))
    return rows


def summary(found: Iterable[Line]) -> str:
    verdicts = [line.finding.verdict for line in found]
    return ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict)
