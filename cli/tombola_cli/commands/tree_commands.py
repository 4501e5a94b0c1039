"""The tree commands: rule trees that lead from facts to an activity."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree as Sketch

from tombola.rules.tree import Leaf, Tree
from tombola_cli.commands.options import Profile, Region, StackName, chosen_stack
from tombola_cli.files.tree_file import read_tree
from tombola_cli.operate import rule_trees

if TYPE_CHECKING:
    pass

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
    applied = rule_trees.apply(tree, chosen)
    for warning in rule_trees.warnings(tree, chosen):
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}")
    console.print(f"{file}: {'applied' if applied else 'nothing had changed'}")


@app.command("show")
def show_command(tree_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Show a tree as it is applied."""
    console.print(sketch(rule_trees.found(tree_id, chosen_stack(stack, region, profile))))


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
