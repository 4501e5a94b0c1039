"""The draw and orders commands: drawing as a client does, and looking at what is on record."""

import sys
import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tombola.aws.clock import utc_now
from tombola.aws.ledger import DynamoLedger
from tombola.rules.order import BY_HAND, PARKED, Order
from tombola.rules.page import place_of
from tombola_cli.api import Api, accepted
from tombola_cli.errors import TombolaError
from tombola_cli.options import Profile, Region, StackName, chosen_stack
from tombola_cli.stack import Stack

WAITING_MAX = 100
FOR_EVER = timedelta(days=36500)


class Lane(StrEnum):
    BY_HAND = BY_HAND
    PARKED = PARKED


console = Console(highlight=False, soft_wrap=True)

Activity = Annotated[str, typer.Argument(metavar="ACTIVITY_ID", help="Such as 100001; with --tree a tree's id.")]
Tree = Annotated[bool, typer.Option("--tree", help="Let a rule tree choose the activity.")]
Facts = Annotated[
    list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="For the tree; more than one may be given.")
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


def _facts(words: list[str]) -> dict[str, str]:
    facts = dict(word.partition("=")[::2] for word in words)
    if any("=" not in word for word in words):
        raise typer.BadParameter("--fact takes NAME=VALUE, such as --fact age=18")
    return facts


def orders(user_id: User, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show a user's orders, newest first, as the table has them."""
    found = _ledger(chosen_stack(stack, region, profile)).orders_of(user_id)
    console.print(_table(sorted(found, key=place_of, reverse=True)))


def waiting(
    lane: Annotated[Lane, typer.Argument(help="What waits for a hand, or what failed too often.")] = Lane.BY_HAND,
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show the orders that wait for a person, the oldest first: 100 at the most."""
    ledger = _ledger(chosen_stack(stack, region, profile))
    due = ledger.due(lane.value, utc_now() + FOR_EVER, WAITING_MAX)
    found = ledger.orders((each.user_id, each.order_id) for each in due)
    console.print(_table([order for order in found.values() if order.lane == lane.value], with_user=True))


def release(
    user_id: User,
    order_id: Annotated[int, typer.Argument(metavar="ORDER_ID", help="As tombola orders shows it.")],
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Let a prize that is granted by hand be handed over now; compensation sends it within a minute."""
    ledger = _ledger(chosen_stack(stack, region, profile))
    order = ledger.order(user_id, order_id)
    if order is None:
        raise TombolaError(f"{user_id} has no order {order_id}: tombola orders {user_id} shows which there are")
    if not ledger.release(order, utc_now()):
        raise TombolaError(f"order {order_id} does not wait for a hand: tombola orders {user_id} shows its state")
    console.print(f"released {order_id}: it is handed over within a minute")


def _ledger(stack: Stack) -> DynamoLedger:
    return DynamoLedger(stack.client("dynamodb"), stack.table_name)


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
