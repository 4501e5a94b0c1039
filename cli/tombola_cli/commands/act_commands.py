"""The orders commands that act: what an operator does when granting fails, with one order or with many."""

from pathlib import Path
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
from tombola_cli.commands.order_commands import ActivityId, AwardId, Because, MaybeUser

if TYPE_CHECKING:
    from tombola_cli.operate.order_acts import Chosen, Wish
    from tombola_cli.operate.order_lists import Filter
    from tombola_cli.operate.stack import Stack

MaybeId = Annotated[int | None, typer.Argument(metavar="ORDER_ID", help="As orders list shows it.", min=0)]
Pool = Annotated[str | None, typer.Option(metavar="POOL", help="Those whose code comes from this pool.")]
Provider = Annotated[str | None, typer.Option(metavar="PROVIDER", help="Those whose coupon comes from this provider.")]
IdFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Those in FILE: CSV with user_id and order_id, or what list printed."),
]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
Why = Annotated[str, typer.Option(help="Why; it is kept on each order.")]
Who = Annotated[str, typer.Option(help="Who does it, kept on each order; your login name if left out.")]


def release(
    why: Why,
    user_id: MaybeUser = None,
    order_id: MaybeId = None,
    file: IdFile = None,
    activity: ActivityId = None,
    award: AwardId = None,
    every: Every = False,
    who: Who = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Let prizes be handed over that wait for a hand: one order's, a file's, an award's, or all.

    Compensation sends them within a minute. The exit status is 1 if an order was refused.
    """
    from tombola_cli.operate.order_acts import What, Wish
    from tombola_cli.operate.order_lists import Filter

    chosen = _chosen(user_id, order_id, file, Filter(activity_id=activity, award_id=award), every)
    wish = Wish(what=What.RELEASE, who=name_of(who), why=_words(why))
    _act(wish, chosen, chosen_stack(stack, region, profile), dry_run, yes, as_json)


def retry(
    why: Why,
    user_id: MaybeUser = None,
    order_id: MaybeId = None,
    file: IdFile = None,
    activity: ActivityId = None,
    award: AwardId = None,
    pool: Pool = None,
    provider: Provider = None,
    because: Because = None,
    every: Every = False,
    who: Who = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Let parked prizes be tried again, as if nothing had failed: one order's, a file's, those of a filter, or all.

    A prize that its user has not claimed in time waits for its user again, for 14 days more.

    The exit status is 1 if an order was refused.
    """
    from tombola_cli.operate.order_acts import What, Wish

    chosen = _chosen(user_id, order_id, file, _filter(activity, award, pool, provider, because), every)
    wish = Wish(what=What.RETRY, who=name_of(who), why=_words(why))
    _act(wish, chosen, chosen_stack(stack, region, profile), dry_run, yes, as_json)


def void(
    why: Why,
    user_id: MaybeUser = None,
    order_id: MaybeId = None,
    file: IdFile = None,
    activity: ActivityId = None,
    award: AwardId = None,
    pool: Pool = None,
    provider: Provider = None,
    because: Because = None,
    every: Every = False,
    not_issued: Annotated[
        bool, typer.Option("--not-issued", help="You have asked the provider: it issued none of these coupons.")
    ] = False,
    who: Who = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Give parked prizes up for good, and their units back to stock: the public log tells of each, without the user.

    The exit status is 1 if an order was refused.
    """
    from tombola_cli.operate.order_acts import What, Wish

    chosen = _chosen(user_id, order_id, file, _filter(activity, award, pool, provider, because), every)
    wish = Wish(what=What.VOID, who=name_of(who), why=_words(why), not_issued=not_issued)
    _act(wish, chosen, chosen_stack(stack, region, profile), dry_run, yes, as_json)


def _words(why: str) -> str:
    from tombola.rules.act import WHY_MAX

    if not why.strip() or len(why) > WHY_MAX:
        raise typer.BadParameter(f"--why takes 1 to {WHY_MAX} characters")
    return why


def _filter(
    activity: str | None, award: str | None, pool: str | None, provider: str | None, because: str | None
) -> "Filter":
    from tombola_cli.operate.order_lists import Filter

    if pool and provider:
        raise typer.BadParameter("--pool and --provider: a prize has only one of them")
    coupon = ("provider", provider) if provider else None
    source = ("pool", pool) if pool else coupon
    return Filter(activity_id=activity, award_id=award, because=because, source=source)


def _chosen(user_id: str | None, order_id: int | None, file: Path | None, wanted: "Filter", every: bool) -> "Chosen":
    """Return the orders that exactly one of the ways to name them names."""
    from tombola_cli.files.order_ids import read_ids
    from tombola_cli.operate.order_acts import Chosen

    if sum([user_id is not None, file is not None, bool(wanted), every]) != 1:
        raise typer.BadParameter("name USER_ID and ORDER_ID, or --file, or a filter such as --award, or --all")
    if user_id is not None:
        if order_id is None:
            raise typer.BadParameter("name the ORDER_ID as well: orders list USER_ID shows which there are")
        return Chosen(keys=[(user_id, order_id)])
    return Chosen(wanted=wanted) if file is None else Chosen(keys=read_ids(file))


def _act(wish: "Wish", chosen: "Chosen", stack: "Stack", dry_run: bool, yes: bool, as_json: bool) -> None:
    """Look at the orders, show or ask what is to be done with many, and do it."""
    from tombola_cli.operate.order_acts import performed, surveyed
    from tombola_cli.screens import act_sheets, output, progress

    one = chosen.keys is not None and len(chosen.keys) == 1
    with progress.bar("looking", None, hidden=one) as told:
        tally, until = surveyed(wish, chosen, stack, lambda looked_at: told(looked_at, None, "looking"))
    if tally.perhaps_twice:
        progress.note(act_sheets.perhaps_twice(tally.perhaps_twice))
    if dry_run:
        output.show(act_sheets.outlook(wish.what, tally), as_json=as_json)
        return _end(bool(tally.refusals))
    if not one and tally.done and not yes:
        if not as_json and output.on_a_terminal():
            output.show(act_sheets.outlook(wish.what, tally), as_json=False)
        confirm(f"{wish.what.value} {act_sheets.counted(tally.done)}?", yes=yes)
    with progress.bar(wish.what, tally.done, hidden=one) as told:
        total = tally.done + len(tally.refusals)
        tally = performed(wish, chosen, until, stack, lambda done: told(done, total, wish.what.value))
    output.show(act_sheets.done(wish.what, tally), as_json=as_json)
    return _end(bool(tally.refusals) or (one and not tally.done))


def _end(failed: bool) -> None:
    if failed:
        raise typer.Exit(1)
