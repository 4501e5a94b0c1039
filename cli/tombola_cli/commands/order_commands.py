"""The orders commands that look: lists of recorded orders, and the history of one."""

from typing import TYPE_CHECKING, Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

if TYPE_CHECKING:
    from tombola_cli.operate.order_lists import View

LIMIT, LIMIT_MAX = 100, 10_000

app = typer.Typer(
    help="Recorded orders: what became of them, and what to do when granting fails.", no_args_is_help=True
)

User = Annotated[str, typer.Argument(metavar="USER_ID", help="Who drew.")]
MaybeUser = Annotated[str | None, typer.Argument(metavar="USER_ID", help="Who drew.")]
Id = Annotated[int, typer.Argument(metavar="ORDER_ID", help="As orders list shows it.", min=0)]
ActivityId = Annotated[str | None, typer.Option("--activity", metavar="ACTIVITY_ID", help="Those of this activity.")]
AwardId = Annotated[str | None, typer.Option("--award", metavar="AWARD_ID", help="Those of this award.")]
Because = Annotated[str | None, typer.Option(metavar="TEXT", help="Those whose reason has this text in it.")]


@app.command("list")
def list_command(
    user_id: MaybeUser = None,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Those that wait until somebody releases them.")] = False,
    unclaimed: Annotated[bool, typer.Option("--unclaimed", help="Those that wait for a claim or an address.")] = False,
    parked: Annotated[bool, typer.Option("--parked", help="Those that an operator has to look at.")] = False,
    failing: Annotated[bool, typer.Option("--failing", help="Those that failed, and are tried again.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Those that are due for more than 5 minutes.")] = False,
    unreadable: Annotated[bool, typer.Option("--unreadable", help="Items that nobody can read.")] = False,
    activity: ActivityId = None,
    award: AwardId = None,
    because: Because = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=LIMIT_MAX)] = LIMIT,
    after: Annotated[str | None, typer.Option(metavar="TOKEN", help="Go on: the next of the page before.")] = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """List a user's orders, newest first, or those in trouble or in wait for a person, the oldest first.

    What nobody can read is tried again every ten minutes: newer code may understand it.
    """
    from tombola_cli.operate import order_lists
    from tombola_cli.screens import order_sheets, output

    flags = (by_hand, unclaimed, parked, failing, overdue, unreadable)
    view = _view([view for view, asked in zip(order_lists.View, flags, strict=True) if asked], user_id)
    wanted = order_lists.Filter(activity_id=activity, award_id=award, because=because)
    chosen = chosen_stack(stack, region, profile)
    if view is order_lists.View.UNREADABLE:
        if user_id or wanted:
            raise typer.BadParameter("--unreadable takes no USER_ID and no filter: what cannot be read has neither")
        shown = order_sheets.set_aside(*order_lists.asides(limit, after, chosen))
    elif user_id is not None:
        shown = order_sheets.of_one_user(order_lists.of_user(user_id, view, wanted, limit, after, chosen))
    elif view is not None:
        shown = order_sheets.orders(order_lists.listed(view, wanted, limit, after, chosen))
    output.show(shown, as_json=as_json)


def _view(named: "list[View]", user_id: str | None) -> "View | None":
    from tombola_cli.operate.order_lists import View

    if len(named) > 1:
        raise typer.BadParameter(f"--{named[0]} and --{named[1]} are two lists: ask for one")
    if not named and user_id is None:
        raise typer.BadParameter(f"name a USER_ID, or one of {', '.join(f'--{view}' for view in View)}")
    return named[0] if named else None


@app.command("show")
def show_command(
    user_id: User,
    order_id: Id,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Show one order and its history: drawn, sent, failed, parked, who did what and why, granted.

    A code or a coupon is never shown: only its owner may see it.
    """
    from tombola_cli.operate import order_lists
    from tombola_cli.screens import order_sheets, output

    order = order_lists.one(user_id, order_id, chosen_stack(stack, region, profile))
    output.show(order_sheets.shown(order), as_json=as_json)
