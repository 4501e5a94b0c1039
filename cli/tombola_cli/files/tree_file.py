"""A decision tree as a file: its fields, and the mistakes that are refused."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tombola.rules.mistake import MistakeError
from tombola.rules.reach import check_reach
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola_cli.errors import TombolaError
from tombola_cli.files.fields import ComparisonFields, Name, Words
from tombola_cli.files.yaml_lines import read_document, wrong


class _Branch(ComparisonFields):
    """A comparison, and the node it leads to."""

    to: Name


class _Node(BaseModel):
    """A stem has fact and branches, a leaf has activity_id."""

    model_config = ConfigDict(extra="forbid")

    fact: Words | None = None
    branches: list[_Branch] | None = None
    activity_id: Name | None = None

    @model_validator(mode="after")
    def _stem_or_leaf(self) -> Self:
        if self.model_fields_set not in ({"fact", "branches"}, {"activity_id"}):
            raise ValueError("a node has either fact and branches, or activity_id")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tree_id: Name
    tree_name: Words
    root: Name
    nodes: dict[Name, _Node]


def read_tree(path: Path) -> Tree:
    """Return the tree in path; raise TombolaError naming file, line and field."""
    document = read_document(path)
    try:
        fields = _File.model_validate(document.data)
        nodes = tuple(_node(node_id, node) for node_id, node in fields.nodes.items())
        tree = Tree(tree_id=fields.tree_id, tree_name=fields.tree_name, root=fields.root, nodes=nodes)
        check_reach(tree)  # here and not in the tree itself: a tree in the table is drawn as it is
    except ValidationError as error:
        raise wrong(path, document, error, _File) from None
    except MistakeError as error:
        raise TombolaError(f"{path}:{document.line(error.loc)}: {error}") from None
    return tree


def _node(node_id: str, node: _Node) -> Stem | Leaf:
    if node.activity_id is not None:
        return Leaf(node_id=node_id, activity_id=node.activity_id)
    branches = tuple(Branch(**branch.compared(), to=branch.to) for branch in node.branches or ())
    return Stem(node_id=node_id, fact=node.fact or "", branches=branches)
