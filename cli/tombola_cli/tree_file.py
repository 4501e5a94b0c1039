"""A decision tree as a file: what stands in it, and what is refused."""

from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from tombola.rules.mistake import MistakeError
from tombola.rules.tree import Branch, Leaf, Operator, Stem, Tree
from tombola_cli.activity_file import Name, Words
from tombola_cli.errors import TombolaError
from tombola_cli.yaml_lines import read_document, wrong

VALUES_MAX = 50  # of one branch


def _sign(operator: Operator, *also: str) -> Any:  # noqa: ANN401 - as pydantic's Field
    return Field(default=None, validation_alias=AliasChoices(operator, *also), serialization_alias=operator)


class _Branch(BaseModel):
    """One comparison by its sign, and the node it leads to."""

    model_config = ConfigDict(extra="forbid")

    equal: Words | None = _sign(Operator.EQUAL)
    greater: Words | None = _sign(Operator.GREATER)
    less: Words | None = _sign(Operator.LESS)
    at_least: Words | None = _sign(Operator.AT_LEAST, "≥")
    at_most: Words | None = _sign(Operator.AT_MOST, "≤")
    among: list[Words] | None = _sign(Operator.IN)
    to: Name

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if len(self.given()) != 1:
            raise ValueError(f"a branch has one of {' '.join(Operator)}, and 'to'")
        if self.among is not None and len(self.among) > VALUES_MAX:
            raise ValueError(f"'in' takes {VALUES_MAX} values at most")
        return self

    def given(self) -> dict[str, str | list[str]]:
        """Return the values by the sign they are under."""
        return self.model_dump(by_alias=True, exclude={"to"}, exclude_none=True)


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
        return Tree(tree_id=fields.tree_id, tree_name=fields.tree_name, root=fields.root, nodes=nodes)
    except ValidationError as error:
        raise wrong(path, document, error) from None
    except MistakeError as error:
        raise TombolaError(f"{path}:{document.line(error.loc)}: {error}") from None


def _node(node_id: str, node: _Node) -> Stem | Leaf:
    if node.activity_id is not None:
        return Leaf(node_id=node_id, activity_id=node.activity_id)
    branches = tuple(_branch(branch) for branch in node.branches or ())
    return Stem(node_id=node_id, fact=node.fact or "", branches=branches)


def _branch(branch: _Branch) -> Branch:
    ((sign, given),) = branch.given().items()
    values = (given,) if isinstance(given, str) else tuple(given)
    return Branch(operator=Operator(sign), values=values, to=branch.to)
