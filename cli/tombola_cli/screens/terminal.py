"""Shown to people: a table as a grid if it fits the terminal, else each row on lines of its own. No id is cut."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value, value_of
from tombola_cli.screens.plain import words

FOLDED_MIN = 8  # of a column of free text
FOLDED_MIN_MAX = 24  # it may be asked for at the most
FOLDED_LINES = 4  # that a text is folded to, as long as its column need not be wider than that
GAP = 2  # between two columns, and between a title and its value


def show(blocks: Sequence[Block]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for block in blocks:
        for part in _parts(block, console.width):
            console.print(part)


def _parts(block: Block, width: int) -> Iterator[RenderableType]:
    if isinstance(block.told, str):
        if block.told:
            yield Text(words(block.told), block.style)
    elif isinstance(block, Facts):
        fields = {name.replace("_", " "): value for name, value in block.fields.items()}
        yield from _record(fields if block.told is None else block.told, width)
    elif (widths := _widths(block, width)) is not None:
        yield _grid(block, widths)
    else:
        for row in block.rows:
            yield from _record({_title(column): cell for column, cell in _seen(block, row)}, width)
            yield Text()


def _title(column: Column) -> str:
    return column.title or column.name


def _seen(table: Table, row: Sequence[Value]) -> list[tuple[Column, Value]]:
    return [(column, cell) for column, cell in zip(table.columns, row, strict=True) if column.title is not None]


def _record(fields: Mapping[str, Value], width: int) -> Iterator[Text]:
    """Yield a line a field; a value that does not fit beside its title gets the next line for itself."""
    title_width = max(map(cell_len, fields), default=0)
    for title, cell in fields.items():
        first, *more = words(cell).split("\n")
        if not first:
            continue
        if title_width + GAP + cell_len(first) > width >= cell_len(first):
            yield Text(title, "bold")
            yield _styled(first, cell)
        else:
            space = " " * (title_width - cell_len(title) + GAP)
            yield Text.assemble((f"{title}{space}", "bold"), _styled(first, cell))
        yield from (_styled(" " * GAP + line, cell) for line in more)


def _styled(text: str, cell: Value) -> Text:
    return Text(text, cell.style if isinstance(cell, Told) else "")


def _widths(table: Table, width: int) -> list[int] | None:
    """Return how wide each column of a grid is, or None where a grid would cut a text that has to stay whole."""
    columns = [column for column in table.columns if column.title is not None]
    cells = list(zip_longest(*([cell for _, cell in _seen(table, row)] for row in table.rows)))
    longest = [max((cell_len(line) for cell in each for line in words(cell).split("\n")), default=0) for each in cells]
    longest = longest or [0] * len(columns)
    room = width - GAP * (len(columns) - 1)
    full = [max(size, cell_len(_title(column))) for size, column in zip(longest, columns, strict=True)]
    if sum(full) <= room:
        return full
    least = [_least(column, size) for column, size in zip(columns, longest, strict=True)]
    if sum(least) > room:
        return None
    return _share_out(room, least, full)


def _least(column: Column, longest: int) -> int:
    title = max(map(cell_len, re.split(r"[ \n]", _title(column))))
    if not column.folds:
        return max(title, longest)
    asked = -(-longest // FOLDED_LINES)
    return max(title, min(longest, max(FOLDED_MIN, min(asked, FOLDED_MIN_MAX))))


def _share_out(room: int, least: list[int], full: list[int]) -> list[int]:
    """Give the rest of the room to the columns that are narrowest for their contents, one by one."""
    widths = list(least)
    while sum(widths) < room:
        lacking = [place for place, size in enumerate(widths) if size < full[place]]
        if not lacking:
            break
        widths[min(lacking, key=lambda place: widths[place] / full[place])] += 1
    return widths


def _grid(table: Table, widths: Sequence[int]) -> Grid:
    grid = Grid(box=SIMPLE, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    columns = [(place, column) for place, column in enumerate(table.columns) if column.title is not None]
    for (place, column), size in zip(columns, widths, strict=True):
        figures = [value_of(row[place]) for row in table.rows if value_of(row[place]) is not None]
        right = bool(figures) and all(isinstance(each, int | float) for each in figures)
        grid.add_column(_title(column), width=size, overflow="fold", justify="right" if right else "left")
    for row in table.rows:
        grid.add_row(*(_styled(words(cell), cell) for _, cell in _seen(table, row)))
    return grid
