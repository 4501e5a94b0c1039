"""Shown to machines: one JSON document, or lines of fields with tabs between them. Nothing is cut or coloured."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from tombola_cli.screens.blocks import Block, Column, Facts, Told, Value, value_of

# Signs that would end a field or a line, or that steer a terminal.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def document(blocks: Iterable[Block]) -> str:
    """Return blocks as one JSON document: facts at its top, each table a list under its name."""
    said: dict[str, Any] = {}
    for block in blocks:
        if isinstance(block, Facts):
            said |= {name: _machine(value) for name, value in block.fields.items()}
        else:
            names = [column.name for column in block.columns]
            said[block.name] = [dict(zip(names, map(_machine, row), strict=True)) for row in block.rows]
    return json.dumps(said, indent=2, ensure_ascii=False)


def streamed(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield the rows of a table as the beginning of a JSON document, each as it comes; the rest is for streamed_end."""
    names, between = [column.name for column in columns], ""
    yield f'{{\n  "{name}": ['
    for row in rows:
        fields = json.dumps(dict(zip(names, map(_machine, row), strict=True)), ensure_ascii=False)
        yield f"{between}\n    {fields}"
        between = ","
    yield "\n  ],"


def streamed_end(blocks: Iterable[Block]) -> str:
    """Return the rest of a document that streamed has begun."""
    return document(blocks).removeprefix("{")


def separated(blocks: Iterable[Block]) -> str:
    """Return blocks as lines with tabs, an empty line between two; only the first table is there without rows, too."""
    parts = [list(_lines(block)) for place, block in enumerate(blocks) if place == 0 or _says(block)]
    return "\n\n".join("\n".join(part) for part in parts)


def header(columns: Sequence[Column]) -> str:
    return "\t".join(column.name for column in columns)


def line(row: Iterable[Value]) -> str:
    return "\t".join(map(_field, row))


def escaped(text: str) -> str:
    r"""Return text on one line: a tab as \t, a line break as \n, and so on."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def words(cell: Value) -> str:
    """Return a value as people read it: free of signs that would steer a terminal, but for line breaks."""
    if isinstance(cell, Told):
        text = cell.text
    elif isinstance(cell, datetime):
        text = f"{cell:%Y-%m-%d %H:%M:%S}"
    else:
        text = "" if cell is None else ", ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
    return "\n".join(map(escaped, text.split("\n")))


def _says(block: Block) -> bool:
    return bool(block.fields if isinstance(block, Facts) else block.rows)


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Facts):
        yield from (line((name, value)) for name, value in block.fields.items())
        return
    yield header(block.columns)
    yield from map(line, block.rows)


def _field(cell: Value) -> str:
    value = _machine(cell)
    if value is None:
        return ""
    return escaped(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _machine(cell: Value) -> Any:  # noqa: ANN401 - any value of JSON
    value = value_of(cell)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
