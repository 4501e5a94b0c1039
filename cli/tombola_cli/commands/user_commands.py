"""The user commands: erasing all items that name a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from tombola_cli.commands.options import (
    DryRun,
    Json,
    Profile,
    Region,
    StackName,
    Yes,
    chosen_stack,
    confirm,
    name_of,
)

if TYPE_CHECKING:
    from tombola_cli.operate.forgetting import Tally, Wish
    from tombola_cli.operate.stack import Stack

app = typer.Typer(help="The people who drew: forgetting them.", no_args_is_help=True)


@app.command("forget")
def forget_command(
    user_id: Annotated[str | None, typer.Argument(metavar="[USER_ID]", help="Who drew.")] = None,
    before: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="All users of activities that are closed and ended before DATE."),
    ] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Give up prizes that are not handed over; their units go back to stock.")
    ] = False,
    not_issued: Annotated[
        bool, typer.Option("--not-issued", help="You have asked the provider: it issued none of the coupons given up.")
    ] = False,
    while_open: Annotated[
        bool, typer.Option("--while-open", help="Also where draws may go on: there the user can start anew.")
    ] = False,
    who: Annotated[
        str, typer.Option(help="Who does it; the public log names it with each prize given up. Your login name.")
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Erase the draws, quotas, parcels and codes' owner of USER_ID, or of all users of activities that are over.

    Before that it shows how much it will erase in each activity, what stays elsewhere, and for how long. Where a prize
    waits, draws may go on, or an order cannot be read, the activity's draws are left as they are, and the exit status
    is 1. Ended at any point, the same command goes on from there.
    """
    from tombola_cli.operate.forgetting import Wish

    if (user_id is None) == (before is None):
        raise typer.BadParameter("name a USER_ID, or --before DATE")
    if before is not None and while_open:
        raise typer.BadParameter("--before is for activities that are closed: no draw goes on there")
    wish = Wish(who=_short(name_of(who)), give_up=give_up, not_issued=not_issued, while_open=while_open)
    _forget(user_id, before, wish, chosen_stack(stack, region, profile), dry_run, yes, as_json)


def _short(who: str) -> str:
    from tombola.rules.act import WHO_MAX

    if len(who) > WHO_MAX:
        raise typer.BadParameter(f"--who takes up to {WHO_MAX} characters")
    return who


def _forget(
    user_id: str | None, before: str | None, wish: "Wish", stack: "Stack", dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Look at what there is, show or ask what is to be erased, and erase it."""
    from tombola_cli.operate.forget_users import Whom, blocking, ended_before, performed, surveyed
    from tombola_cli.operate.remains import remains_of
    from tombola_cli.screens import forget_sheets, output, progress

    whom = Whom(user_id=user_id) if before is None else ended_before(before, stack)
    stays = remains_of([] if user_id is None else blocking(user_id, stack))
    with progress.bar("looking", None, hidden=before is None) as told:
        tally = surveyed(whom, wish, stack, lambda users: told(users, None, "looking"))
    if wish.while_open and tally.kinds:
        progress.note(forget_sheets.START_ANEW)
    if dry_run or not tally.kinds:
        output.show(forget_sheets.outlook(tally, stays), as_json=as_json)
        return _end(tally)
    if not yes and not as_json and output.on_a_terminal():
        output.show(forget_sheets.outlook(tally, stays), as_json=False)
    confirm(f"{forget_sheets.question(tally)} This cannot be undone.", yes=yes)
    with progress.bar("forgetting", tally.users) as told:
        users = tally.users
        tally = performed(whom, wish, stack, lambda done: told(done, users, "forgetting"))
    output.show(forget_sheets.done(tally, stays), as_json=as_json)
    return _end(tally)


def _end(tally: "Tally") -> None:
    if tally.leaves:
        raise typer.Exit(1)
