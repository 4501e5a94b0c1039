"""The codes commands: filling a pool, looking at pools, and telling a shop which codes were handed over."""

from pathlib import Path
from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

app = typer.Typer(help="Redeem codes: pools of them, from which each winner gets one.", no_args_is_help=True)

Pool = Annotated[str, typer.Argument(metavar="POOL", help="The pool's name: letters, digits, _ and -.")]


@app.command("import")
def import_command(
    pool: Pool,
    file: Annotated[Path, typer.Argument(help="One code a line, or CSV with the header code or code,expires_at.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be imported. Nothing is written.")
    ] = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Put the codes of FILE into POOL. Ended at any point, the same command goes on from there.

    Codes that stand twice, are in the pool or were handed over are told by their line, and no code is ever shown. The
    exit status is 1 if a line is bad or its code has expired; the others are imported all the same.
    """
    from tombola_cli.operate.code_import import import_codes
    from tombola_cli.operate.code_pools import checked_name
    from tombola_cli.operate.order_lists import parked_for
    from tombola_cli.screens import code_sheets, output, progress

    chosen, name = chosen_stack(stack, region, profile), checked_name(pool)
    try:
        with progress.bar("codes", None) as told:
            done = import_codes(
                file, name, chosen, chosen.now(), dry_run=dry_run, tell=lambda lines, of: told(lines, of, "lines")
            )
    except KeyboardInterrupt:
        progress.note("ended early: the same command goes on from here")
        raise
    orders, more = parked_for(name, chosen)
    shown = [*code_sheets.imported(file, name, done, dry_run=dry_run), code_sheets.parked(name, orders, more=more)]
    output.show(shown, as_json=as_json)
    if done.state.refused:
        raise typer.Exit(1)


@app.command("stats")
def stats_command(
    pool: Annotated[str | None, typer.Argument(metavar="[POOL]", help="One pool; all of them if left out.")] = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Show how many codes each pool has: free, about to expire, expired, and used."""
    from tombola_cli.operate.code_counts import counted, known_pool, pools_in
    from tombola_cli.screens import code_sheets, output, progress

    chosen = chosen_stack(stack, region, profile)
    names = pools_in(chosen) if pool is None else [known_pool(pool, chosen)]
    now = chosen.now()
    with progress.working("counting") as tell:
        found = [
            counted(name, chosen, now, lambda codes, name=name: tell(f"{name}: {codes:,} codes"))  # type: ignore[misc]
            for name in names
        ]
    output.show(code_sheets.pools(found), as_json=as_json)


@app.command("export")
def export_command(
    pool: Pool,
    used: Annotated[bool, typer.Option("--used", help="The used codes. Free ones are never exported.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A new file, which only you may read.")] = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Write the codes that were handed over to a CSV file: code, user_id, order_id, at.

    They go to a file and never to a terminal or a pipe, whose contents are kept in logs.
    """
    from tombola_cli.operate.code_counts import known_pool
    from tombola_cli.operate.code_export import export_used
    from tombola_cli.screens import code_sheets, output, progress

    if not used or out is None:
        raise typer.BadParameter("say which codes, and where they go: --used --out FILE")
    chosen = chosen_stack(stack, region, profile)
    with progress.working("exporting") as tell:
        done = export_used(known_pool(pool, chosen), out, chosen, lambda codes: tell(f"{codes:,} codes"))
    output.show(code_sheets.exported(pool, out, done), as_json=as_json)
    if done.unreadable:
        raise typer.Exit(1)
