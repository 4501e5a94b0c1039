"""The one way in which every command shows things: to people on a terminal, with tabs in a pipe or file, or as JSON."""

import sys
from collections.abc import Callable, Iterable, Sequence

from tombola_cli.screens import plain
from tombola_cli.screens.blocks import Block, Column, Table, Value


def on_a_terminal() -> bool:
    return sys.stdout.isatty()


def can_ask() -> bool:
    """Return whether somebody is there who can answer a question."""
    return sys.stdin.isatty() and on_a_terminal()


def show(blocks: Sequence[Block], *, as_json: bool) -> None:
    """Print blocks in the form that their reader can use."""
    if as_json:
        print(plain.document(blocks), flush=True)
    elif on_a_terminal():
        from tombola_cli.screens import terminal  # noqa: PLC0415 - rich is slow to import, and pipes do without it

        terminal.show(blocks)
    else:
        print(plain.separated(blocks), flush=True)


def show_streamed(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], end: Callable[[], Sequence[Block]]
) -> None:
    """Print rows, however many, as one JSON document; end returns the blocks behind them, once they are all there."""
    for piece in plain.streamed(name, columns, rows):
        sys.stdout.write(piece)
    print(plain.streamed_end(end()))


def show_as_they_come(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    told: Callable[[Sequence[Value]], str],
    *,
    as_json: bool,
) -> None:
    """Print rows one by one, as soon as each is there; told is the line that a terminal shows for one."""
    if as_json:
        print(plain.document([Table(name, columns, list(rows))]))
        return
    terminal = on_a_terminal()
    if not terminal:
        print(plain.header(columns))
    for row in rows:
        line = "\n".join(map(plain.escaped, told(row).expandtabs().split("\n"))) if terminal else plain.line(row)
        print(line, flush=True)
