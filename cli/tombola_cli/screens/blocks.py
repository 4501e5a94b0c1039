"""Tables and facts before their form is decided: with values for machines and words for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

# None, a text, a number, a truth, a moment, a list of texts; or Told, where people read something else.
Value: TypeAlias = Any


class Told(NamedTuple):
    """A value, the words that a terminal shows for it, and their style."""

    value: Value
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of each row: its name for machines, its title on a terminal (the name if left out, nothing if None).

    Only free text folds: ids, times and figures stay whole on every terminal.
    """

    name: str
    title: str | None = ""
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; a terminal shows told in their place, if there is one."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    told: str | None = None
    style: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Fields that are there once; a terminal shows told in their place: a sentence, or a line for each name."""

    fields: Mapping[str, Value]
    told: str | Mapping[str, str] | None = None
    style: str = ""


Block: TypeAlias = Table | Facts


def value_of(cell: Value) -> Value:
    return cell.value if isinstance(cell, Told) else cell
