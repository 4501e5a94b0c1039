"""The draw and orders commands: drawing as a client does, and looking at recorded orders."""

import uuid
from enum import StrEnum
from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack


class Lane(StrEnum):
    """Where orders wait for a person, in the words of rules/order.py and rules/unreadable.py."""

    BY_HAND = "by-hand"
    PARKED = "parked"
    UNREADABLE = "unreadable"


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


def orders(
    user_id: User, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Show a user's orders, newest first, as the table has them."""
    from tombola_cli.operate import order_lists
    from tombola_cli.screens import order_sheets, output

    found = order_lists.of_user(user_id, chosen_stack(stack, region, profile))
    output.show(order_sheets.of_one_user(found), as_json=as_json)


def waiting(
    lane: Annotated[
        Lane, typer.Argument(help="What waits for a hand, what failed too often, or what nobody can read.")
    ] = Lane.BY_HAND,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Show the orders that wait for a person, the oldest first: 100 at the most.

    What nobody can read is tried again every ten minutes: newer code may understand it.
    """
    from tombola_cli.operate import order_lists
    from tombola_cli.screens import order_sheets, output

    chosen = chosen_stack(stack, region, profile)
    if lane is Lane.UNREADABLE:
        output.show(order_sheets.set_aside(order_lists.set_aside(chosen)), as_json=as_json)
    else:
        output.show(order_sheets.orders(order_lists.standing(lane.value, chosen)), as_json=as_json)


def release(
    user_id: User,
    order_id: Annotated[int, typer.Argument(metavar="ORDER_ID", help="As tombola orders shows it.")],
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Let a prize that is granted by hand be handed over now; compensation sends it within a minute."""
    from tombola_cli.operate.release import release as release_order
    from tombola_cli.screens import order_sheets, output

    release_order(user_id, order_id, chosen_stack(stack, region, profile))
    output.show(order_sheets.released(user_id, order_id), as_json=as_json)
