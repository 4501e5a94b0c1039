"""The shipments commands: which parcels there are, who sends them where, and with which carriers they go."""

from pathlib import Path
from typing import Annotated

import typer

from tombola_cli.commands.options import DryRun, Json, Profile, Region, StackName, chosen_stack

LIMIT, LIMIT_MAX = 100, 10_000

app = typer.Typer(help="Shipments: the parcels of physical prizes, from grant to carrier.", no_args_is_help=True)

Activity = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Whose parcels.")]


@app.command("list")
def list_command(
    activity_id: Activity,
    new: Annotated[bool, typer.Option("--new", help="Those that no export has taken yet.")] = False,
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Those that left with this batch.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=LIMIT_MAX)] = LIMIT,
    after: Annotated[int | None, typer.Option(metavar="ORDER_ID", help="Go on: the next of the page before.")] = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Count the parcels of an activity by batch, or list the orders of new ones or of a batch.

    No address is ever shown: export writes them to a file.
    """
    from tombola_cli.operate import shipment_lists
    from tombola_cli.operate.activity_moves import found
    from tombola_cli.screens import output, progress, shipment_sheets

    if new and batch is not None:
        raise typer.BadParameter("--new and --batch are two lists: ask for one")
    chosen = chosen_stack(stack, region, profile)
    if new or batch is not None:
        if batch is not None:
            shipment_lists.known_batch(activity_id, batch, chosen)
        page = shipment_lists.listed(activity_id, batch, limit, after, chosen)
        is_empty = not page.found
        shown = shipment_sheets.parcels(page, new=new)
    else:
        if after is not None:
            raise typer.BadParameter("--after belongs to --new or --batch")
        with progress.working("counting") as tell:
            count = shipment_lists.counted(activity_id, chosen, lambda parcels: tell(f"{parcels:,} parcels"))
        is_empty = not (count.new or count.batches)
        shown = shipment_sheets.counts(activity_id, count)
    if is_empty:
        found(activity_id, chosen)  # or there is no such activity
    output.show(shown, as_json=as_json)


@app.command("export")
def export_command(
    activity_id: Activity,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A new file, which only you may read.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="BATCH", help="Write the file of this batch again; nothing is moved.")
    ] = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Write every parcel that no export has taken yet to a CSV file. Ended at any point, the same command goes on.

    Each leaves with the address of this moment, and its user cannot change it any more. Addresses go to a file and
    never to a terminal or a pipe, whose contents are kept in logs. The exit status is 1 if a parcel cannot be exported;
    the others are.
    """
    from tombola_cli.operate import shipment_export
    from tombola_cli.operate.activity_moves import found
    from tombola_cli.screens import output, progress, shipment_sheets

    if csv is None:
        raise typer.BadParameter("say where the addresses go: --csv FILE")
    chosen = chosen_stack(stack, region, profile)
    try:
        with progress.working("exporting") as tell:
            told = lambda what, parcels: tell(f"{parcels:,} parcels {what}")  # noqa: E731 - said to both
            if batch is None:
                done = shipment_export.export_shipments(activity_id, csv, chosen, told)
            else:
                done = shipment_export.export_again(activity_id, batch, csv, chosen, told)
    except KeyboardInterrupt:
        progress.note("ended early: the same command goes on from here")
        raise
    if done.batch is None:
        found(activity_id, chosen)  # or there is no such activity
    if done.continued and done.batch is not None:
        progress.note(shipment_sheets.continued(done.batch, closed_before=done.closed_before))
    output.show(shipment_sheets.exported(activity_id, csv, done), as_json=as_json)
    if done.left:
        raise typer.Exit(1)


@app.command("mark")
def mark_command(
    activity_id: Activity,
    file: Annotated[Path, typer.Argument(help="The exported file, with carrier and tracking filled in.")],
    dry_run: DryRun = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Tell users that their parcels are on the way: FILE is CSV with batch, order_id, carrier and tracking.

    Other columns are passed over, and lines in which neither carrier nor tracking is filled in. Marking a file again
    changes nothing. The exit status is 1 if a line is bad; the others are marked all the same.
    """
    from tombola_cli.operate.shipment_marks import mark_shipments
    from tombola_cli.screens import output, progress, shipment_sheets

    chosen = chosen_stack(stack, region, profile)
    with progress.bar("parcels", None) as told:
        done = mark_shipments(
            activity_id, file, chosen, dry_run=dry_run, tell=lambda lines: told(lines, None, f"{lines:,} lines")
        )
    output.show(shipment_sheets.marked(file, done, dry_run=dry_run), as_json=as_json)
    if done.bad:
        raise typer.Exit(1)
