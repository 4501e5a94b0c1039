"""The blocks that the command prints, as parts of a page: facts as a list, rows as a table."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from nicegui import ui

from tombola_cli.console import texts
from tombola_cli.files.zones import zone_of
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value, value_of
from tombola_cli.screens.plain import words

ROWS_OF_A_PAGE = 25
LINE_MAX = 48  # characters of a cell that is on one line, as ids and times are: a user's id may have 255
FOLDED = "white-space: pre-line; overflow-wrap: anywhere"
EXACT_IN_A_BROWSER = 2**53
Link = Callable[[Mapping[str, Value]], str]
CELL = """
<q-td :props="props"><a v-if="props.row['href {name}']" class="tombola-link" :href="props.row['href {name}']"
  >{{{{ props.value }}}}</a></q-td>
"""
CHOOSE_A_ROW = """
<q-checkbox v-model="props.selected" aria-label="{choose}" />
"""
# On a narrow screen a row is a card of its own.
CARD = """
<div class="tombola-card">
  <q-checkbox v-if="props.selected !== undefined" v-model="props.selected" aria-label="{choose}" />
  <dl class="tombola-facts">
    <template v-for="col in props.cols.filter(col => col.value !== '')" :key="col.name">
      <dt>{{{{ col.label }}}}</dt>
      <dd><a v-if="props.row['href ' + col.name]" class="tombola-link" :href="props.row['href ' + col.name]"
        >{{{{ col.value }}}}</a><template v-else>{{{{ col.value }}}}</template></dd>
    </template>
  </dl>
</div>
"""


def show(blocks: Sequence[Block], links: Mapping[str, Link] | None = None) -> None:
    """Show blocks below each other; links makes a column's cells lead to what the link returns for their row."""
    for block in blocks:
        if isinstance(block, Facts):
            show_facts(block)
        elif block.told == "":
            continue  # nothing is told to people in place of its rows
        elif block.told is not None and not block.rows:
            _sentences(block.told, block.style)
        else:
            show_table(block, links)


def folded(title: str) -> ui.expansion:
    """Show a part of the page that a click on its title unfolds, at once: what slides is missed by a quick click."""
    return ui.expansion(title).props("duration=0").classes("tombola-wide")


def show_facts(block: Facts) -> None:
    if isinstance(block.told, str):
        return _sentences(block.told, block.style)
    with ui.element("dl").classes("tombola-facts"):
        told = block.told or {name.replace("_", " "): value for name, value in block.fields.items()}
        for name, value in told.items():
            said = words(value)
            if said:
                with ui.element("dt"):
                    ui.label(name)
                with ui.element("dd"):
                    ui.label(said)
    return None


def show_table(
    table: Table,
    links: Mapping[str, Link] | None = None,
    on_select: Callable[[Any], None] | None = None,
    rows_of_a_page: int = ROWS_OF_A_PAGE,
) -> ui.table:
    """Show a table; with on_select, rows can be chosen, each with its place among the table's rows as its id."""
    columns = [each for place, each in enumerate(table.columns) if _is_worth_its_room(table, each, place)]
    shown = ui.table(
        columns=[_column(table, column) for column in columns],
        rows=[_row(table, row, place, links or {}) for place, row in enumerate(table.rows)],
        row_key="id",
        pagination=rows_of_a_page if len(table.rows) > rows_of_a_page else None,
        selection=None if on_select is None else "multiple",
        on_select=on_select,
    )
    shown.props('flat :grid="Quasar.Screen.lt.sm"').classes("tombola-table")
    shown.add_slot("no-data", texts.NOTHING)
    shown.add_slot("item", CARD.format(choose=texts.CHOOSE))
    if on_select is not None:
        shown.classes("tombola-chosen")  # its boxes can be reached by keyboard, so that it may be wider than the page
        for slot, choose in (("header-selection", texts.CHOOSE_ALL), ("body-selection", texts.CHOOSE)):
            shown.add_slot(slot, CHOOSE_A_ROW.format(choose=choose))
    for column in columns:
        if column.name in (links or {}):
            shown.add_slot(f"body-cell-{column.name}", CELL.format(name=column.name))
    return shown


def _is_worth_its_room(table: Table, column: Column, place: int) -> bool:
    """Return whether people are to see a column, and one of its cells says something."""
    return column.title is not None and (not table.rows or any(words(row[place]) for row in table.rows))


def in_rows(block: Block) -> Block:
    """Return a table without the words that a terminal has in its place."""
    return replace(block, told=None) if isinstance(block, Table) else block


def without(block: Block, names: Collection[str]) -> Block:
    """Return a table whose columns of these names are hidden."""
    if isinstance(block, Facts):
        return block
    columns = [Column(each.name, None) if each.name in names else each for each in block.columns]
    return replace(block, columns=columns)


def in_zone(block: Block, zone: str) -> Block:
    """Return a table whose times are those of a time zone, as its titles say."""
    if isinstance(block, Facts):
        return block

    def told(cell: Value) -> Value:
        return cell.astimezone(zone_of(zone)) if isinstance(cell, datetime) else cell

    columns = [replace(each, title=each.title and each.title.replace("(UTC)", f"({zone})")) for each in block.columns]
    return replace(block, columns=columns, rows=[[told(cell) for cell in row] for row in block.rows])


def moment_in(at: datetime, zone: str) -> str:
    """Return a moment as the clocks of a time zone show it, and the zone's name."""
    return f"{words(at.astimezone(zone_of(zone)))} ({zone})"


def _sentences(told: str, style: str) -> None:
    if told:
        ui.label(told).classes(f"tombola-told tombola-{style or 'plain'}")


def _column(table: Table, column: Column) -> dict[str, Any]:
    place = list(table.columns).index(column)
    figures = [value_of(row[place]) for row in table.rows if value_of(row[place]) is not None]
    right = bool(figures) and all(isinstance(each, int | float) for each in figures)
    title = (column.title or column.name).replace("_", " ").replace("\n", " ")
    return {
        "name": column.name,
        "label": title,
        "field": column.name,
        "align": "right" if right else "left",
        "sortable": True,
        "style": FOLDED if column.folds else _uncut(table, place),
        "classes": "tombola-folds" if column.folds else "",
    }


def _uncut(table: Table, place: int) -> str:
    """Return the style of a column whose cells are each on a line, unless one would push the others off the page."""
    longest = max((len(words(row[place])) for row in table.rows), default=0)
    return "white-space: pre" if longest <= LINE_MAX else FOLDED


def _row(table: Table, row: Sequence[Value], place: int, links: Mapping[str, Link]) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    machine = dict(zip(names, map(value_of, row), strict=True))
    hrefs = {f"href {name}": link(machine) for name, link in links.items()}
    return {"id": place, **{name: _shown(cell) for name, cell in zip(names, row, strict=True)}, **hrefs}


def _shown(cell: Value) -> str | int | float:
    """Return a figure as such, so that a column is in its order, unless a browser would round it."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < EXACT_IN_A_BROWSER:
        return cell
    return words(cell)
