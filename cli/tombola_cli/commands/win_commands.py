"""The commands about wins: the list of an activity's winners, and filling its index with wins of before."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import Any

    from tombola_cli.operate.stack import Stack
    from tombola_cli.operate.wins_list import Listing

LIMIT, LIMIT_MAX = 100, 10_000
UNREADABLE_MAX = 1_000  # of them that a document without a limit lists
TOLD_EVERY = 100  # rows, between two steps of the bar

Id = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Whose winners.")]
State = Literal["waiting", "granted", "parked", "void"]
MOMENT = "A date, or a date and time, in the activity's time zone."


Award = Annotated[str | None, typer.Option("--award", metavar="AWARD_ID", help="Those of this award.")]
InState = Annotated[State | None, typer.Option("--state", help="Those whose prize is in this state.")]
User = Annotated[str | None, typer.Option("--user", metavar="USER_ID", help="Those of this user.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help=f"Those drawn from then on. {MOMENT}")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help=f"Those drawn until then. {MOMENT}")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write them all to a file, as CSV.")]
Limit = Annotated[
    int | None, typer.Option("--limit", help="At most so many; left out: 100, with --json all.", min=1, max=LIMIT_MAX)
]
GOES_ON = "Go on: the next of the page before, or the token that an export ended with."
After = Annotated[str | None, typer.Option("--after", metavar="TOKEN", help=GOES_ON)]


def list_wins(
    activity_id: Id,
    award: Award = None,
    state: InState = None,
    user: User = None,
    since: Since = None,
    until: Until = None,
    csv: Csv = None,
    limit: Limit = None,
    after: After = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """List an activity's winners, the earliest first, each with the prize and its state.

    Wins of the last 15 seconds are left out: the index is a moment old, and an order may still be under way to it.
    Each order is read as it is now; a forgotten user's is left out. No content, code, coupon or address is listed.

    A file that an export leaves when it ends early has whole rows, and the token to go on with is told: the same
    command with --after TOKEN writes the rest into the same file. The exit status is 1 if an item cannot be read.
    """
    from tombola_cli.operate import wins_list

    if csv is not None and limit is not None:
        raise typer.BadParameter("--limit is for pages, and --csv writes all: say --since and --until for a part")
    chosen = chosen_stack(stack, region, profile)
    listing = wins_list.listing_of(
        activity_id,
        chosen,
        since=since,
        until=until,
        after=after,
        award_id=award,
        state=None if state is None else wins_list.WinState(state),
        user_id=user,
    )
    if csv is not None:
        _export(listing, csv, chosen, as_json=as_json)
    elif as_json and limit is None:
        _stream(listing, chosen)
    else:
        _page(listing, limit or LIMIT, chosen, as_json=as_json)


def _page(listing: "Listing", limit: int, stack: "Stack", *, as_json: bool) -> None:
    from tombola_cli.operate.wins_list import page_of
    from tombola_cli.screens import output, win_sheets

    found = page_of(listing, limit, stack)
    output.show(win_sheets.page(found, listing), as_json=as_json)
    if found.unreadable:
        raise typer.Exit(1)


def _export(listing: "Listing", file: Path, stack: "Stack", *, as_json: bool) -> None:
    from tombola_cli.operate.wins_export import WinExport
    from tombola_cli.screens import output, progress, win_sheets

    export = WinExport(listing, file, stack)
    try:
        with _bar(listing) as told:
            done = export.run(told)
    except BaseException:
        if export.done.last is not None:
            rows, token = f"{export.done.rows:,} winners are in {file}", export.done.last.token()
            progress.note(f"ended early: {rows}, and the same command with --after {token} goes on from here")
        raise
    output.show(win_sheets.exported(listing, file, done), as_json=as_json)
    if done.unreadable:
        raise typer.Exit(1)


def _stream(listing: "Listing", stack: "Stack") -> None:
    """Print every winner as one document, in the same memory however many there are."""
    from tombola.rules.unreadable import Unreadable
    from tombola_cli.operate.wins_list import Win, wins_of
    from tombola_cli.screens import output, progress, win_sheets

    last, hurt = None, list[Unreadable]()

    def rows() -> "Iterator[list[Any]]":
        nonlocal last
        with _bar(listing) as told:
            for number, (place, win) in enumerate(wins_of(listing, stack), 1):
                if isinstance(win, Win):
                    yield win_sheets.row(win)
                    last = place
                    if number % TOLD_EVERY == 0:
                        told(number, win.drawn_at)
                elif len(hurt) < UNREADABLE_MAX:
                    hurt.append(win)

    try:
        output.show_streamed(
            win_sheets.NAME, win_sheets.COLUMNS, rows(), lambda: win_sheets.ending(hurt, None, listing)
        )
    except BaseException:
        if last is not None:
            progress.note(f"ended early: --after {last.token()} goes on behind the last winner that was printed")
        raise
    if hurt:
        raise typer.Exit(1)


@contextmanager
def _bar(listing: "Listing") -> "Iterator[Callable[[int, datetime], None]]":
    """Show how far in time a list has come: how many winners there are nobody knows before."""
    from tombola_cli.screens import progress

    begin = listing.since or listing.activity.begin
    whole = max(1, int((listing.until - begin).total_seconds()))
    with progress.bar("winners", whole) as told:
        yield lambda rows, at: told(int((at - begin).total_seconds()), whole, f"{rows:,} winners")


def index_wins(stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False) -> None:
    """Put the wins of before there was an index of wins into it, so that tombola winners lists them.

    Once for a table, after the deployment, when no older version of the draw function serves draws any more. It reads
    the whole table and writes once to each such order; ended at any point, the same command goes on from there. Lists
    that were made before it ended may lack some of them. The exit status is 1 if an order cannot be read.
    """
    from tombola_cli.operate.wins_fill import fill_wins
    from tombola_cli.screens import output, progress, win_sheets

    chosen = chosen_stack(stack, region, profile)
    try:
        with progress.bar("table", None) as told:
            done = fill_wins(chosen, chosen.now(), lambda parts, of, wins: told(parts, of, f"{wins:,} wins"))
    except KeyboardInterrupt:
        progress.note("ended early: the same command goes on from here")
        raise
    output.show(win_sheets.filled(done), as_json=as_json)
    if done.unreadable:
        raise typer.Exit(1)
