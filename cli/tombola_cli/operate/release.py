"""Releasing a prize that is granted by hand."""

import getpass

from tombola.aws.operator_ledger import OperatorLedger
from tombola.flows import acts
from tombola_cli.errors import TombolaError
from tombola_cli.operate.order_lists import one
from tombola_cli.operate.stack import Stack


def release(user_id: str, order_id: int, stack: Stack) -> None:
    """Let the order's prize be handed over now; raise TombolaError if it does not wait for that."""
    ledger = OperatorLedger(stack.client("dynamodb"), stack.table_name, stack.patience)
    refusal = acts.release(one(user_id, order_id, stack), getpass.getuser(), "", ledger, stack.now())
    if refusal is not None:
        raise TombolaError(f"order {order_id}: {refusal}; tombola orders show {user_id} {order_id} tells its history")
