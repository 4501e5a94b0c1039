"""Whoever writes a field that there is not is told which one is meant, or which there are at its place."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from tombola_cli.files.known_fields import told_of


class Leaf(BaseModel):
    colour: str
    size: int


class Tree(BaseModel):
    name: str
    leaves: list[Leaf]
    top: Leaf | None = None
    branches: dict[str, Leaf]
    roots: dict[Annotated[str, Field(pattern="^[a-z]+$")], Leaf]


@pytest.mark.parametrize(
    ("loc", "told"),
    [
        (("nmae",), ": do you mean name?"),
        (("age",), ": the fields here are name, leaves, top, branches, roots"),
        (("leaves", 3, "color"), ": do you mean colour?"),
        (("leaves", 3, "weight"), ": the fields here are colour, size"),
        (("top", "weight"), ": the fields here are colour, size"),
        (("branches", "any", "weight"), ": the fields here are colour, size"),
        (("roots", "any", "weight"), ": the fields here are colour, size"),
        (("name", "weight"), ""),
        (("unknown", "weight"), ""),
    ],
)
def test_a_field_is_told_from_those_of_its_own_place(loc: tuple[str | int, ...], told: str) -> None:
    assert told_of(Tree, loc) == told
