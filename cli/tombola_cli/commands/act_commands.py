"""The orders commands that act: what an operator does with recorded orders."""

from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

User = Annotated[str, typer.Argument(metavar="USER_ID", help="Who drew.")]
Id = Annotated[int, typer.Argument(metavar="ORDER_ID", help="As orders list shows it.", min=0)]


def release(
    user_id: User,
    order_id: Id,
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
