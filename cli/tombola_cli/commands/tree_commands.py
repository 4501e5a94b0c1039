"""The tree commands: rule trees that lead from facts to an activity."""

from pathlib import Path
from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

app = typer.Typer(help="Rule trees: which activity is drawn by whom.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The tree as YAML, such as trees/2110081902.yaml.")]
Id = Annotated[str, typer.Argument(metavar="TREE_ID", help="Such as 2110081902.")]


@app.command("validate")
def validate_command(file: File, as_json: Json = False) -> None:
    """Check FILE, without any stack: every mistake is told with its line and field."""
    from tombola_cli.files.tree_file import read_tree
    from tombola_cli.screens import output, tree_sheets

    output.show(tree_sheets.valid(file, read_tree(file)), as_json=as_json)


@app.command("apply")
def apply_command(
    file: File, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Put the tree in FILE into the table, in place of the one before; draws follow it within ten seconds.

    Refused are cycles, nodes that nothing leads to, branches that nobody can take, and leaves whose activity is not in
    the table. Leaves whose activity is drawn by another way, or not by this one, are told.
    """
    from tombola_cli.files.tree_file import read_tree
    from tombola_cli.operate import rule_trees
    from tombola_cli.screens import output, tree_sheets

    tree, chosen = read_tree(file), chosen_stack(stack, region, profile)
    changed = rule_trees.apply(tree, chosen)
    warnings = rule_trees.warnings(tree, chosen)
    output.show(tree_sheets.applied(file, tree.tree_id, warnings, changed=changed), as_json=as_json)


@app.command("show")
def show_command(
    tree_id: Id, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Show a tree as it is applied."""
    from tombola_cli.operate import rule_trees
    from tombola_cli.screens import output, tree_sheets

    output.show(tree_sheets.tree(rule_trees.found(tree_id, chosen_stack(stack, region, profile))), as_json=as_json)
