"""Rule trees as they are shown: to people as a drawing, to machines as a row for each way that leads on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tombola.rules.tree import Leaf, Stem, Tree
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value

COLUMNS = [Column(name) for name in ("node_id", "fact", "operator", "values", "to", "activity_id")]


def tree(shown: Tree) -> list[Block]:
    fields = {"tree_id": shown.tree_id, "tree_name": shown.tree_name, "root": shown.root}
    return [Facts(fields, ""), Table("nodes", COLUMNS, list(_rows(shown)), sketch(shown))]


def valid(file: Path, shown: Tree) -> list[Block]:
    return [*tree(shown), Facts({"file": str(file), "valid": True}, f"{file}: valid")]


def applied(file: Path, tree_id: str, warnings: Sequence[str], *, changed: bool) -> list[Block]:
    told = "\n".join(f"warning: {each}" for each in warnings)
    words = "applied" if changed else "nothing had changed"
    return [
        Table("warnings", [Column("warning")], [[each] for each in warnings], told, "yellow"),
        Facts({"file": str(file), "tree_id": tree_id, "applied": changed}, f"{file}: {words}"),
    ]


def sketch(shown: Tree) -> str:
    """Return a tree as people draw it."""
    nodes = {node.node_id: node for node in shown.nodes}
    return "\n".join([f"tree {shown.tree_id} {shown.tree_name}", *_drawn(nodes, shown.root, "", "", "└── ")])


def _drawn(nodes: Mapping[str, Stem | Leaf], node_id: str, way: str, before: str, turn: str) -> Iterator[str]:
    """Yield the lines of a node and of all below it; way leads to it, before and turn are the lines beside it."""
    node = nodes[node_id]
    if isinstance(node, Leaf):
        yield f"{before}{turn}{way}activity {node.activity_id}"
        return
    yield f"{before}{turn}{way}{node.fact}?"
    below = before + ("│   " if turn == "├── " else "    ")
    for place, each in enumerate(node.branches, 1):
        last = place == len(node.branches)
        step = f"{each.operator} {', '.join(each.values)}: "
        yield from _drawn(nodes, each.to, step, below, "└── " if last else "├── ")


def _rows(shown: Tree) -> Iterator[list[Value]]:
    for node in shown.nodes:
        if isinstance(node, Leaf):
            yield [node.node_id, None, None, None, None, node.activity_id]
        else:
            yield from (
                [node.node_id, node.fact, str(each.operator), list(each.values), each.to, None]
                for each in node.branches
            )
