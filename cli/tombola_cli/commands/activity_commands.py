"""The activity commands: from a file to a campaign, and to its end."""

from pathlib import Path
from typing import Annotated

import typer

from tombola.rules.activity_states import Action
from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack, name_of
from tombola_cli.errors import TombolaError

SLOW_SHARDS = 50  # from here on settling the stock takes long enough to show

app = typer.Typer(help="Activities: what is drawn, when, by whom and with which odds.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The activity as YAML, such as activities/100001.yaml.")]
Id = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Such as 100001.")]
Who = Annotated[str, typer.Option(help="Who does it, for the public log; your login name if left out.")]
Why = Annotated[str, typer.Option(help="Why, for the public log.")]


@app.command("validate")
def validate_command(file: File, as_json: Json = False) -> None:
    """Check FILE, without any stack: every mistake is told with its line and field."""
    from tombola_cli.files.activity_file import read_file
    from tombola_cli.screens import activity_sheets, output

    read = read_file(file)
    shown = [*activity_sheets.file_facts(read), *activity_sheets.valid(file, read.activity)]
    output.show(shown, as_json=as_json)


@app.command("schema")
def schema_command(as_json: Json = False) -> None:  # noqa: ARG001 - it is JSON either way
    """Print the JSON Schema of activity files, for editors: activities/schema.json."""
    import json

    from tombola_cli.files.activity_file import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command("plan")
def plan_command(
    file: File, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Show what applying FILE would change. Nothing is written.

    The exit status is 1 if it would be refused.
    """
    from tombola_cli.files.activity_file import read_file
    from tombola_cli.operate.apply import plan
    from tombola_cli.operate.batches import stock_name
    from tombola_cli.operate.pool_shortage import shortages
    from tombola_cli.screens import activity_sheets, code_sheets, output

    read, chosen = read_file(file), chosen_stack(stack, region, profile)
    planned = plan(read.activity, chosen)
    unfinished = [stock_name(award_id) for award_id in planned.unfinished]
    warnings = code_sheets.shortages(shortages(read.activity, chosen, chosen.now()))
    shown = [*activity_sheets.file_facts(read), warnings, *activity_sheets.plan(file, planned, unfinished)]
    output.show(shown, as_json=as_json)
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
    as_json: Json = False,
) -> None:
    """Bring the table to what FILE says: a new activity, a changed one, more or less stock while draws go on.

    Applying the same file again changes nothing; an interrupted run is taken up where it stopped.
    """
    from tombola_cli.files.activity_file import read_activity
    from tombola_cli.operate.apply import apply
    from tombola_cli.operate.pool_shortage import shortages
    from tombola_cli.screens import activity_sheets, code_sheets, output, progress

    wanted, chosen = read_activity(file), chosen_stack(stack, region, profile)
    now = chosen.now()
    with progress.bar("stock", None, hidden=sum(wanted.shards.values()) < SLOW_SHARDS) as told:
        changed = apply(wanted, chosen, name_of(who), why, now, lambda done, total: told(done, total, "stock"))
    warnings = code_sheets.shortages(shortages(wanted, chosen, now))
    output.show([warnings, *activity_sheets.applied(file, wanted.activity_id, changed=changed)], as_json=as_json)


@app.command("show")
def show_command(
    activity_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Show an activity: its state, window and odds, and what is left of its stock."""
    from tombola_cli.operate import activity_moves
    from tombola_cli.operate.registry import stock_of
    from tombola_cli.screens import activity_sheets, output

    chosen = chosen_stack(stack, region, profile)
    activity = activity_moves.found(activity_id, chosen)
    shown = activity_sheets.activity(activity, stock_of(activity, chosen))
    output.show(shown, as_json=as_json)


@app.command("list")
def list_command(
    stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """List every activity."""
    from tombola_cli.operate.registry import activities_in
    from tombola_cli.screens import activity_sheets, output

    output.show(activity_sheets.listing(activities_in(chosen_stack(stack, region, profile))), as_json=as_json)


@app.command("log")
def log_command(
    activity_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Show what was done to an activity, by whom and why, and check that the log is whole.

    The exit status is 1 if an entry was changed or is missing.
    """
    from tombola_cli.operate import activity_moves
    from tombola_cli.operate.registry import log_of
    from tombola_cli.screens import activity_sheets, output

    chosen = chosen_stack(stack, region, profile)
    entries, broken = log_of(activity_moves.found(activity_id, chosen), chosen)
    output.show(activity_sheets.log(entries, broken), as_json=as_json)
    if broken is not None:
        raise TombolaError(f"the log of activity {activity_id} is broken at entry {broken}: it was tampered with")


@app.command("reveal")
def reveal_command(
    activity_id: Id,
    who: Who = "",
    why: Why = "",
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Publish the seed of a closed activity, so that anybody can recompute every result. It never opens again."""
    from tombola_cli.operate import activity_moves
    from tombola_cli.operate.reveal import reveal
    from tombola_cli.screens import activity_sheets, output

    chosen = chosen_stack(stack, region, profile)
    seed = reveal(activity_moves.found(activity_id, chosen), chosen, name_of(who), why, chosen.now())
    output.show(activity_sheets.revealed(activity_id, seed), as_json=as_json)


def _move_command(action: Action, help_text: str) -> None:
    """Register the command that takes action."""

    def command(
        activity_id: Id,
        who: Who = "",
        why: Why = "",
        stack: StackName = None,
        region: Region = None,
        profile: Profile = None,
        as_json: Json = False,
    ) -> None:
        from tombola_cli.operate import activity_moves
        from tombola_cli.screens import activity_sheets, output

        chosen = chosen_stack(stack, region, profile)
        after = activity_moves.take(action, activity_id, chosen, name_of(who), why, chosen.now())
        output.show(activity_sheets.moved(after), as_json=as_json)

    app.command(action.value, help=help_text)(command)


_move_command(Action.SUBMIT, "Submit an activity for approval: it changes no more until it is withdrawn.")
_move_command(
    Action.APPROVE, "Approve it: its odds stand, its commitment is public, and it starts when its window does."
)
_move_command(Action.REFUSE, "Refuse it.")
_move_command(Action.WITHDRAW, "Withdraw it, to be changed.")
_move_command(Action.OPEN, "Open a closed activity again: it starts within a minute, while its window lasts.")
_move_command(Action.CLOSE, "Close it before its window ends.")
