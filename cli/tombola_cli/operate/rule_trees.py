"""Rule trees on record: putting one, finding it, and comparing its leaves with their activities."""

from functools import partial
from typing import TYPE_CHECKING

from tombola.aws.activity_items import tree_item
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.rules.policy import ways_in
from tombola.rules.tree import Leaf, Tree
from tombola_cli.errors import TombolaError
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def apply(tree: Tree, stack: Stack) -> bool:
    """Apply tree; return whether anything was written."""
    ledger = activity_ledger(stack)
    leaves = [node for node in tree.nodes if isinstance(node, Leaf)]
    lost = [leaf for leaf in leaves if legible(ledger.activity(leaf.activity_id)) is None]
    if lost:
        words = ", ".join(f"node {leaf.node_id} leads to activity {leaf.activity_id}" for leaf in lost)
        raise TombolaError(f"tree {tree.tree_id}: {words}, which is not in the table: apply the activity first")
    if ledger.tree(tree.tree_id) == tree:
        return False
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    with busy_when_unanswered():
        put = partial(dynamodb.put_item, TableName=stack.table_name, Item=tree_item(tree))
        try_again(put, stack.patience())
    return True


def warnings(tree: Tree, stack: Stack) -> list[str]:
    """Return a line for each leaf of tree that contradicts its activity."""
    ledger, told = activity_ledger(stack), []
    for leaf in (node for node in tree.nodes if isinstance(node, Leaf)):
        activity = legible(ledger.activity(leaf.activity_id))
        where = f"node {leaf.node_id}: activity {leaf.activity_id}"
        if activity is not None and not activity.through:
            told.append(
                f"{where} is open directly, whatever this tree says: through: [{tree.tree_id}] in its file ends that"
            )
        elif activity is not None and tree.tree_id not in activity.through:
            told.append(f"{where} is drawn {ways_in(activity.through)}: whoever comes by this tree is refused")
    return told


def found(tree_id: str, stack: Stack) -> Tree:
    """Return the tree on record; raise TombolaError if there is none."""
    tree = legible(activity_ledger(stack).tree(tree_id))
    if tree is None:
        raise TombolaError(f"there is no tree {tree_id}: tombola tree apply puts one")
    return tree
