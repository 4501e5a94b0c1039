"""The draw command: drawing as a client does."""

import uuid
from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

Activity = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Such as 100001; with --tree a tree's id.")]
Tree = Annotated[bool, typer.Option("--tree", help="Let a rule tree choose the activity.")]
Facts = Annotated[
    list[str] | None,
    typer.Option("--fact", metavar="NAME=VALUE", help="For tree and activity; a name given twice makes a list."),
]
User = Annotated[str, typer.Argument(metavar="USER_ID", help="Who draws.")]
Key = Annotated[
    str | None, typer.Option(help="The Idempotency-Key: the same one again is the same draw. A new one if left out.")
]


def draw(
    activity_id: Activity,
    user_id: User,
    key: Key = None,
    tree: Tree = False,
    fact: Facts = None,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Draw once for a user, over HTTP."""
    from tombola_cli.operate.api import Api, accepted
    from tombola_cli.screens import order_sheets, output, progress

    if key == "":
        raise typer.BadParameter("--key is empty: leave it out for a new one")
    key = key or str(uuid.uuid4())
    facts = _facts(fact or [])
    api = Api(chosen_stack(stack, region, profile), tell=progress.note)
    reply = api.draw(activity_id, user_id, key, facts, kind="trees" if tree else "activities")
    again = reply.status == 200  # noqa: PLR2004 - HTTP's own number
    output.show(order_sheets.drawn(accepted(reply), key, again=again), as_json=as_json)


def _facts(words: list[str]) -> dict[str, str | list[str]]:
    if any("=" not in word for word in words):
        raise typer.BadParameter("--fact takes NAME=VALUE, such as --fact age=18")
    facts: dict[str, list[str]] = {}
    for name, _, value in (word.partition("=") for word in words):
        facts.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in facts.items()}
