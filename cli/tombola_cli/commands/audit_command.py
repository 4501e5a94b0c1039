"""The audit command: the auditor's verdict on a stack's books."""

import typer

from tombola_cli.commands.options import DryRun, Json, Profile, Region, StackName, chosen_stack


def audit(
    dry_run: DryRun = False,
    as_json: Json = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Read the whole table, and say of each of the five promises whether the books keep it. --dry-run says the cost.

    It is a scan: at most 200,000 items, and twice where something looks broken. Draws that go on meanwhile may look
    like breaches: a table at rest gets the surest verdict. The exit status is 1 if a promise is broken.
    """
    from tombola_cli.operate.stack_books import audited, size_of
    from tombola_cli.screens import audit_sheets, output, progress

    chosen = chosen_stack(stack, region, profile)
    if dry_run:
        output.show(audit_sheets.cost(size_of(chosen)), as_json=as_json)
        return
    with progress.bar("items", None) as told:
        found = audited(chosen, lambda items, of: told(items, of, "items"))
    output.show(audit_sheets.verdict(found), as_json=as_json)
    if not found.verdict.balanced:
        raise typer.Exit(1)
