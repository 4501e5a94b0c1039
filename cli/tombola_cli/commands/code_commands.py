"""The codes commands: filling a pool, looking at pools, and telling a shop which codes were handed over."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tombola_cli.commands.options import DryRun, Json, Profile, Region, StackName, chosen_stack, name_of

if TYPE_CHECKING:
    from tombola_cli.operate.parked_codes import Parked
    from tombola_cli.operate.stack import Stack

app = typer.Typer(help="Redeem codes: pools of them, from which each winner gets one.", no_args_is_help=True)

Pool = Annotated[str, typer.Argument(metavar="POOL", help="The pool's name: letters, digits, _ and -.")]


@app.command("import")
def import_command(
    pool: Pool,
    file: Annotated[Path, typer.Argument(help="One code a line, or CSV with the header code or code,expires_at.")],
    dry_run: DryRun = False,
    retry_parked: Annotated[
        bool, typer.Option("--retry-parked", help="Then let orders be tried again that are parked for want of a code.")
    ] = False,
    who: Annotated[str, typer.Option(help="Who does that, kept on each order; your login name if left out.")] = "",
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Put the codes of FILE into POOL. Ended at any point, the same command goes on from there.

    Orders that are parked for want of a code of POOL are told, and on a terminal you are asked whether to try them
    again. Codes that stand twice, are in the pool or were handed over are told by their line, and no code is ever
    shown. The exit status is 1 if a line is bad or its code has expired; the others are imported all the same.
    """
    from tombola_cli.operate.code_import import import_codes
    from tombola_cli.operate.code_pools import checked_name
    from tombola_cli.operate.parked_codes import parked_for
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
    with progress.working("looking for parked orders") as tell:
        parked = parked_for(name, chosen, lambda orders: tell(f"{orders:,} parked orders looked at"))
    retries = parked.with_a_code > 0 and not dry_run and (retry_parked or (not as_json and _agrees(parked)))
    retried = _retried(parked, name_of(who), chosen) if retries else None
    output.show(code_sheets.imported(file, done, parked, retried, dry_run=dry_run), as_json=as_json)
    if done.state.refused:
        raise typer.Exit(1)


def _agrees(parked: "Parked") -> bool:
    """Ask whether parked orders are to be tried again; where nobody can be asked, the answer is no."""
    from tombola_cli.screens import output

    want = f"{parked.orders:,} orders are parked for want of a code of pool {parked.pool}"
    question = f"{want}, and there are codes for {parked.with_a_code:,} of them now. Try these again?"
    return output.can_ask() and typer.confirm(question, err=True)


def _retried(parked: "Parked", who: str, stack: "Stack") -> int:
    from tombola_cli.operate.parked_codes import retry_parked
    from tombola_cli.screens import progress

    with progress.bar("orders", parked.with_a_code) as told:
        return retry_parked(parked, who, stack, lambda orders: told(orders, parked.with_a_code, "orders"))


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

    They go to a file and never to a terminal or a pipe, whose contents are kept in logs. A code whose user is
    forgotten has the first field only.
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
