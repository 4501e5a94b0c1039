"""The doctor command: every line says right, wrong, or only you can know."""

import uuid

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack


def doctor(as_json: Json = False, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Look at a stack from alarms to versions, draw once on an activity of its own, and say what is right or wrong.

    The exit status is 1 if something is wrong.
    """
    from tombola_cli.doctor.examination import examined
    from tombola_cli.doctor.finding import Verdict
    from tombola_cli.screens import doctor_sheets, output, progress

    chosen, found = chosen_stack(stack, region, profile), []
    with progress.working("looking") as tell:
        for line in examined(chosen, str(uuid.uuid4())):
            tell(f"{line.check}: {line.about}")
            found.append(line)
    output.show(doctor_sheets.examined(chosen.stack_name, found), as_json=as_json)
    if any(line.finding.verdict is Verdict.WRONG for line in found):
        raise typer.Exit(1)
