"""The tree commands: rule trees that lead from facts to an activity."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree as Sketch

from tombola.aws.activity_items import tree_item
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.rules.admission import ways_in
from tombola.rules.tree import Leaf, Tree
from tombola_cli.errors import TombolaError, legible
from tombola_cli.options import Profile, Region, StackName, chosen_stack
from tombola_cli.stack import Stack
from tombola_cli.tree_file import read_tree

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(help="Rule trees: which activity is drawn by whom.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The tree as YAML, such as trees/2110081902.yaml.")]
Id = Annotated[str, typer.Argument(metavar="TREE_ID", help="Such as 2110081902.")]


@app.command("validate")
def validate_command(file: File) -> None:
    """Check FILE, without any stack: every mistake is told with its line and field."""
    console.print(sketch(read_tree(file)))
    console.print(f"{file}: valid")


@app.command("apply")
def apply_command(file: File, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Put the tree in FILE into the table, in place of the one before; draws follow it within ten seconds.

    Refused are cycles, nodes that nothing leads to, branches that nobody can take, and leaves whose activity is not in
    the table. Leaves whose activity is drawn by another way, or not by this one, are told.
    """
    tree, chosen = read_tree(file), chosen_stack(stack, region, profile)
    applied = apply(tree, chosen)
    for warning in warnings(tree, chosen):
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}")
    console.print(f"{file}: {'applied' if applied else 'nothing had changed'}")


@app.command("show")
def show_command(tree_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show a tree as it is applied."""
    tree = legible(_ledger(chosen_stack(stack, region, profile)).tree(tree_id))
    if tree is None:
        raise TombolaError(f"there is no tree {tree_id}: tombola tree apply puts one")
    console.print(sketch(tree))


def apply(tree: Tree, stack: Stack) -> bool:
    """Apply tree; return whether anything was written."""
    ledger = _ledger(stack)
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
    """Return what tree's leaves say otherwise than their activities, a line for each such leaf."""
    ledger, told = _ledger(stack), []
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


def sketch(tree: Tree) -> Sketch:
    """Return tree as people draw it."""
    nodes = {node.node_id: node for node in tree.nodes}
    top = Sketch(escape(f"tree {tree.tree_id} {tree.tree_name}"))
    waiting = [(top, "", tree.root)]
    while waiting:
        branch, way, node_id = waiting.pop()
        node = nodes[node_id]
        if isinstance(node, Leaf):
            branch.add(escape(f"{way}activity {node.activity_id}"))
            continue
        below = branch.add(escape(f"{way}{node.fact}?"))
        steps = [(below, f"{each.operator} {', '.join(each.values)}: ", each.to) for each in node.branches]
        waiting += reversed(steps)
    return top


def _ledger(stack: Stack) -> DynamoActivityLedger:
    return DynamoActivityLedger(stack.client("dynamodb"), stack.table_name, stack.patience)
