"""Releasing a prize that is granted by hand."""

import getpass

from tombola.aws.operator_ledger import OperatorLedger
from tombola.flows import acts
from tombola_cli.errors import TombolaError
from tombola_cli.operate.legible import legible
from tombola_cli.operate.stack import Stack


def release(user_id: str, order_id: int, stack: Stack) -> None:
    """Let the order's prize be handed over now; raise TombolaError if it does not wait for that."""
    ledger = OperatorLedger(stack.client("dynamodb"), stack.table_name, stack.patience)
    order = legible(ledger.order(user_id, order_id))
    if order is None:
        raise TombolaError(f"{user_id} has no order {order_id}: tombola orders {user_id} shows which there are")
    refusal = acts.release(order, getpass.getuser(), "", ledger, stack.now())
    if refusal is not None:
        raise TombolaError(f"order {order_id}: {refusal}; tombola orders {user_id} shows its state")
