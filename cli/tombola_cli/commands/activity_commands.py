"""The activity commands: from a file to a campaign, and to its end."""

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tombola.rules.activity import Activity
from tombola.rules.log import Entry
from tombola.rules.state import Action
from tombola_cli.commands.options import Profile, Region, StackName, chosen_stack
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import ActivityFile, json_schema, read_activity, read_file
from tombola_cli.operate import activity_moves
from tombola_cli.operate.apply import Plan, plan
from tombola_cli.operate.apply import apply as apply_file
from tombola_cli.operate.batches import stock_name
from tombola_cli.operate.registry import activities_in, log_of, stock_of
from tombola_cli.operate.reveal import reveal
from tombola_cli.screens import activity_sheets

SLOW_SHARDS = 50  # from here on settling the stock takes long enough to show

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(help="Activities: what is drawn, when, by whom and with which odds.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The activity as YAML, such as activities/100001.yaml.")]
Id = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Such as 100001.")]
Who = Annotated[str, typer.Option(help="Who does it, for the public log; your login name if left out.")]
Why = Annotated[str, typer.Option(help="Why, for the public log.")]


@app.command("validate")
def validate_command(file: File) -> None:
    """Check FILE, without any stack: every mistake is told with its line and field."""
    read = read_file(file)
    _tell_file(read)
    console.print(activity_sheets.odds(read.activity), activity_sheets.admission(read.activity), f"{file}: valid")


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of activity files, for editors: activities/schema.json."""
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command("plan")
def plan_command(file: File, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show what applying FILE would change. Nothing is written.

    The exit status is 1 if it would be refused.
    """
    read = read_file(file)
    planned = plan(read.activity, chosen_stack(stack, region, profile))
    _tell_file(read)
    _tell_plan(file, planned)
    if planned.refusals:
        raise typer.Exit(1)


@app.command("apply")
def apply_command(
    file: File,
    who: Who = "",
    why: Why = "",
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Bring the table to what FILE says: a new activity, a changed one, more or less stock while draws go on.

    Applying the same file again changes nothing; an interrupted run is taken up where it stopped.
    """
    wanted, chosen = read_activity(file), chosen_stack(stack, region, profile)
    with Progress(console=console, transient=True, disable=sum(wanted.shards.values()) < SLOW_SHARDS) as progress:
        task = progress.add_task("stock", total=None)
        applied = apply_file(
            wanted,
            chosen,
            _name(who),
            why,
            chosen.now(),
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(f"{file}: {'applied' if applied else 'nothing had changed'}")


@app.command("show")
def show_command(activity_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show an activity: its state, window and odds, and what is left of its stock."""
    chosen = chosen_stack(stack, region, profile)
    activity = activity_moves.found(activity_id, chosen)
    console.print(activity_sheets.summary(activity), activity_sheets.odds(activity, stock_of(activity, chosen)))


@app.command("list")
def list_command(stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """List every activity."""
    found = activities_in(chosen_stack(stack, region, profile))
    console.print(activity_sheets.listing(each for each in found if isinstance(each, Activity)))
    activity_sheets.tell_unreadable(console, found)


@app.command("log")
def log_command(activity_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show what was done to an activity, by whom and why, and check that the log is whole.

    The exit status is 1 if an entry was changed or is missing.
    """
    chosen = chosen_stack(stack, region, profile)
    activity = activity_moves.found(activity_id, chosen)
    entries, broken = log_of(activity, chosen)
    console.print(activity_sheets.log([entry for entry in entries if isinstance(entry, Entry)]))
    activity_sheets.tell_unreadable(console, entries)
    if broken is not None:
        raise TombolaError(f"the log of activity {activity_id} is broken at entry {broken}: it was tampered with")
    console.print("the chain of hashes is whole")


@app.command("reveal")
def reveal_command(
    activity_id: Id,
    who: Who = "",
    why: Why = "",
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Publish the seed of a closed activity, so that anybody can recompute every result. It never opens again."""
    chosen = chosen_stack(stack, region, profile)
    console.print(f"seed {reveal(activity_moves.found(activity_id, chosen), chosen, _name(who), why, chosen.now())}")


def _move_command(action: Action, help_text: str) -> None:
    """Register the command that takes action."""

    def command(
        activity_id: Id,
        who: Who = "",
        why: Why = "",
        stack: StackName = None,
        region: Region = None,
        profile: Profile = None,
    ) -> None:
        chosen = chosen_stack(stack, region, profile)
        after = activity_moves.take(action, activity_id, chosen, _name(who), why, chosen.now())
        console.print(
            f"activity {activity_id}: {after.state.value} {after.state.name}{activity_sheets.what_follows(after)}"
        )

    app.command(action.value, help=help_text)(command)


_move_command(Action.SUBMIT, "Submit an activity for approval: it changes no more until it is withdrawn.")
_move_command(
    Action.APPROVE, "Approve it: its odds stand, its commitment is public, and it starts when its window does."
)
_move_command(Action.REFUSE, "Refuse it.")
_move_command(Action.WITHDRAW, "Withdraw it, to be changed.")
_move_command(Action.OPEN, "Open a closed activity again: it starts within a minute, while its window lasts.")
_move_command(Action.CLOSE, "Close it before its window ends.")


def _tell_file(file: ActivityFile) -> None:
    """Print what of a file is easily overlooked: when it is drawn, what nobody can win, and too high a peak."""
    console.print(f"window: {activity_sheets.window(file.activity)}")
    for doubt in activity_sheets.doubts(file):
        console.print(f"[yellow]note:[/yellow] {doubt}")


def _tell_plan(file: Path, planned: Plan) -> None:
    if planned.found is None:
        console.print(
            activity_sheets.odds(planned.wanted),
            activity_sheets.admission(planned.wanted),
            f"{file}: would create activity {planned.wanted.activity_id}",
        )
    elif planned.does_nothing:
        console.print(f"{file}: nothing would change")
    else:
        console.print(activity_sheets.changes(planned.changes))
        for award_id in planned.unfinished:
            console.print(f"{stock_name(award_id)}: an interrupted run would be taken up")
        for refusal in planned.refusals:
            console.print(f"[red]refused:[/red] {refusal}")


def _name(who: str) -> str:
    return who or getpass.getuser()
