"""The dlq commands: the messages that could not be worked on, and what to do with them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tombola_cli.commands.options import DryRun, Json, Profile, Region, StackName, Yes, chosen_stack, confirm
from tombola_cli.errors import TombolaError

if TYPE_CHECKING:
    from tombola_cli.operate.dead_letters import DeadLetter, Wanted
    from tombola_cli.operate.stack import Stack

LIMIT, LIMIT_MAX = 100, 10_000

app = typer.Typer(help="Dead letters: messages that could not be worked on, and why.", no_args_is_help=True)


class Reason(StrEnum):
    """As operate/dead_letters.py has it, which help and completion do without."""

    MALFORMED = "malformed"
    NO_ORDER = "no-order"
    UNREADABLE = "unreadable"
    CONTRADICTS = "contradicts"
    GRANTED = "granted"
    PARKED = "parked"
    VOID = "void"
    WAITING = "waiting"
    STREAM = "stream"
    TOPIC = "topic"


Ids = Annotated[list[str] | None, typer.Argument(metavar="MESSAGE_ID", help="As dlq list shows them.")]
Reasons = Annotated[list[Reason] | None, typer.Option("--reason", help="Those of this reason; may be given twice.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]


@app.command("list")
def list_command(
    reason: Reasons = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=LIMIT_MAX)] = LIMIT,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """List the dead letters, each with why it is there. While it looks, other receivers do not see them.

    malformed: no invoice. no-order, unreadable, contradicts: its order does not exist, cannot be read or says something
    else. granted, parked, void: nothing is left to be done for it here. waiting: harmless, compensation sends it again.
    stream: Lambda gave writes of the table up; they stand on no letter, and compensation wakes what is still due.
    topic: Lambda gave records of a topic up; compensation sends what is still due.
    """
    from tombola_cli.operate.dead_letters import looked_at
    from tombola_cli.screens import dead_letter_sheets, output

    found, whole = looked_at(_wanted(None, reason), limit, chosen_stack(stack, region, profile))
    output.show(dead_letter_sheets.listing(found, whole=whole), as_json=as_json)


@app.command("retry")
def retry_command(
    message_id: Ids = None,
    reason: Reasons = None,
    every: Every = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Send dead letters to the queue again, one by one: those named, those of a reason, or all."""
    from tombola_cli.operate.dead_letters import refuse_to_send, send_again
    from tombola_cli.screens import dead_letter_sheets, output, progress

    wanted, chosen = _chosen(message_id, reason, every), chosen_stack(stack, region, profile)
    found = _found(message_id, wanted, chosen)
    refuse_to_send(found, chosen)
    if dry_run:
        output.show(dead_letter_sheets.outlook("retry", found), as_json=as_json)
        return
    confirm(f"send {dead_letter_sheets.counted(len(found))} again?", yes=yes or bool(message_id) or not found)
    with progress.bar("sending", len(found)) as told:
        done = send_again({each.message_id for each in found}, wanted, chosen, lambda n: told(n, len(found), "sending"))
    output.show(dead_letter_sheets.done("sent again", done, len(found)), as_json=as_json)


@app.command("drop")
def drop_command(
    message_id: Ids = None,
    reason: Reasons = None,
    every: Every = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Delete dead letters for good: those named, those of a reason, or all. No prize is lost with them."""
    from tombola_cli.operate.dead_letters import drop
    from tombola_cli.screens import dead_letter_sheets, output, progress

    wanted, chosen = _chosen(message_id, reason, every), chosen_stack(stack, region, profile)
    found = _found(message_id, wanted, chosen)
    if dry_run:
        output.show(dead_letter_sheets.outlook("drop", found), as_json=as_json)
        return
    confirm(f"drop {dead_letter_sheets.counted(len(found))} for good?", yes=yes or not found)
    with progress.bar("dropping", len(found)) as told:
        done = drop({each.message_id for each in found}, wanted, chosen, lambda n: told(n, len(found), "dropping"))
    output.show(dead_letter_sheets.done("dropped", done, len(found)), as_json=as_json)


def _chosen(ids: Sequence[str] | None, reasons: Sequence[Reason] | None, every: bool) -> "Wanted":
    if sum([bool(ids), bool(reasons), every]) != 1:
        raise typer.BadParameter("name messages, or a --reason, or --all")
    return _wanted(ids, reasons)


def _wanted(ids: Sequence[str] | None, reasons: Sequence[Reason] | None) -> "Wanted":
    def wanted(letter: "DeadLetter") -> bool:
        return (not ids or letter.message_id in ids) and (not reasons or letter.reason.value in reasons)

    return wanted


def _found(ids: Sequence[str] | None, wanted: "Wanted", stack: "Stack") -> "list[DeadLetter]":
    """Return the messages that are wanted; raise TombolaError if one that is named is not there."""
    from tombola_cli.operate.dead_letters import MESSAGES_MAX, looked_at

    found, _ = looked_at(wanted, len(set(ids)) if ids else MESSAGES_MAX, stack)
    missing = sorted(set(ids or ()) - {each.message_id for each in found})
    if missing:
        words = "gone, or hidden by another receiver for some minutes; tombola dlq list shows which are there"
        raise TombolaError(f"no dead letter {', '.join(missing)}: {words}")
    return found
