"""The draw and orders commands: drawing as a client does, and looking at what is on record."""

import sys
import uuid
from enum import StrEnum
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tombola.rules.order import BY_HAND, PARKED, Order
from tombola.rules.page import place_of
from tombola.rules.unreadable import UNREADABLE, Aside
from tombola_cli.commands.options import Profile, Region, StackName, chosen_stack
from tombola_cli.operate import order_lists
from tombola_cli.operate.api import Api, accepted
from tombola_cli.operate.release import release as release_order
from tombola_cli.screens.activity_sheets import tell_unreadable

WAITING_MAX = 100


class Lane(StrEnum):
    BY_HAND = BY_HAND
    PARKED = PARKED
    UNREADABLE = UNREADABLE


console = Console(highlight=False, soft_wrap=True)

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
) -> None:
    """Draw once for a user, over HTTP."""
    key = key or str(uuid.uuid4())
    facts = _facts(fact or [])
    api = Api(chosen_stack(stack, region, profile), tell=lambda words: print(words, file=sys.stderr))
    reply = api.draw(activity_id, user_id, key, facts, kind="trees" if tree else "activities")
    order = accepted(reply)
    again = " (this key was drawn before)" if reply.status == 200 else ""  # noqa: PLR2004 - HTTP's own number
    told = f"{order['outcome']} {order['award']['award_name']}" if order["award"] else "lost"
    console.print(f"{told}, order {order['order_id']}, key {key}{again}", markup=False)


def _facts(words: list[str]) -> dict[str, str | list[str]]:
    if any("=" not in word for word in words):
        raise typer.BadParameter("--fact takes NAME=VALUE, such as --fact age=18")
    facts: dict[str, list[str]] = {}
    for name, _, value in (word.partition("=") for word in words):
        facts.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in facts.items()}


def orders(user_id: User, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show a user's orders, newest first, as the table has them."""
    found = order_lists.of_user(user_id, chosen_stack(stack, region, profile))
    readable = [order for order in found if isinstance(order, Order)]
    console.print(_table(sorted(readable, key=place_of, reverse=True)))
    tell_unreadable(console, found)


def waiting(
    lane: Annotated[
        Lane, typer.Argument(help="What waits for a hand, what failed too often, or what nobody can read.")
    ] = Lane.BY_HAND,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show the orders that wait for a person, the oldest first: 100 at the most.

    What nobody can read is tried again every ten minutes: newer code may understand it.
    """
    chosen = chosen_stack(stack, region, profile)
    if lane is Lane.UNREADABLE:
        console.print(*map(_line, order_lists.set_aside(chosen)), sep="\n", markup=False)
        return
    found = order_lists.standing(lane.value, chosen)
    console.print(_table([order for order in found if isinstance(order, Order)], with_user=True))
    tell_unreadable(console, found)


def release(
    user_id: User,
    order_id: Annotated[int, typer.Argument(metavar="ORDER_ID", help="As tombola orders shows it.")],
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Let a prize that is granted by hand be handed over now; compensation sends it within a minute."""
    release_order(user_id, order_id, chosen_stack(stack, region, profile))
    console.print(f"released {order_id}: it is handed over within a minute")


def _line(aside: Aside) -> str:
    """Return an item that was set aside as one line: its key is copied to look it up, so it is never cut."""
    because = aside.because or "it can be read again, and goes back within ten minutes"
    return f"{aside.standing.pk} {aside.standing.sk}: stood in lane {aside.lane}: {because}"


def _table(found: list[Order], *, with_user: bool = False) -> Table:
    order_id = Column("order", no_wrap=True)  # it is copied to look the order up
    user = ["user"] if with_user else []
    table = Table(*user, order_id, "activity", "drawn (UTC)", "award", "mq_state", "grant_state", box=SIMPLE)
    for order in found:
        table.add_row(*([escape(order.user_id)] if with_user else []), *_row(order))
    return table


def _row(order: Order) -> list[str]:
    drawn = f"{order.drawn_at:%Y-%m-%d %H:%M:%S}"
    if order.award is None:
        return [str(order.order_id), order.activity_id, drawn, "lost", "", ""]
    mq, grant = order.mq_state, order.grant_state
    return [
        str(order.order_id),
        order.activity_id,
        drawn,
        order.award.award_name,
        f"{mq.value} {mq.name.lower()}",
        f"{grant.value} {grant.name.lower()}",
    ]
