"""The table of events/answers.yaml, and whether an answer is the one that it tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from tombola_cli.files.repository import ROOT
from tombola_cli.operate.function_name import Function

FILE = ROOT / "events/answers.yaml"
# A function that fails answers with these, and `sam local` ends well, or says 200, all the same.
OF_A_FAILURE = {"errorType", "errorMessage"}
Orders: TypeAlias = Mapping[str, list[int]]


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer: the status and the body of an HTTP answer, or the whole of any other."""

    status: int | None
    body: Any


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A row of the table; its fields are told there."""

    event: str
    function: Function
    status: int | None = None
    body: Any = None
    answer: Any = None
    has: Mapping[str, Orders] = field(default_factory=dict)
    granted: Orders = field(default_factory=dict)
    buried: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    only: str = ""


def table() -> list[Expected]:
    """Return the rows in their order."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return [Expected(event=event, **row | {"function": Function(row["function"])}) for event, row in rows.items()]


def faults(expected: Expected, said: Said) -> list[str]:
    """Return what is wrong with an answer, nothing where it is the one expected."""
    if isinstance(said.body, dict) and (told := OF_A_FAILURE & said.body.keys()):
        return [f"the function failed: {'; '.join(str(said.body[name]) for name in sorted(told))}"]
    found = list(_differences("status", expected.status, said.status))
    if expected.status is None:
        return found + list(_differences("answer", _Whole(expected.answer), said.body))
    return found + list(_differences("body", expected.body, said.body))


class _Whole(dict[str, Any]):
    """A mapping that has to have no other fields."""


def _differences(place: str, wanted: Any, got: Any) -> Iterator[str]:
    """Yield where got is not wanted; a mapping may have more fields, a list no more items."""
    if isinstance(wanted, _Whole) and isinstance(got, dict) and (more := got.keys() - wanted.keys()):
        yield f"{place} has {', '.join(sorted(more))}, too"
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name, value in wanted.items():
            yield from _differences(f"{place}.{name}", value, got.get(name))
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _differences(f"{place}[{number}]", one, other)
    elif wanted != got:
        yield f"{place}: expected {wanted}, got {got}"
