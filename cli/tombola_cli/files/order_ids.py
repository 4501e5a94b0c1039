"""Which orders does a file name: user and order of each, as CSV, or as `tombola orders list` prints them."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tombola.rules.order import OrderKey
from tombola_cli.errors import TombolaError

IDS_MAX = 1_000_000  # of one file
ORDER_ID_MAX = 2**63 - 1
NUMBER = re.compile(r"[0-9]{1,19}")
STDIN = Path("-")


def read_ids(file: Path) -> list[OrderKey]:
    """Return the orders that file names, each once; raise TombolaError with the line that names none."""
    named = "stdin" if file == STDIN else str(file)
    try:
        text = sys.stdin.read() if file == STDIN else file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise TombolaError(f"{named} cannot be read: {error}") from None
    rows = _rows_of_json(text, named) if text.lstrip()[:1] in ("{", "[") else _rows_of_lines(text, named)
    keys = dict.fromkeys(_key(row, place) for place, row in rows)
    if len(keys) > IDS_MAX:
        raise TombolaError(f"{named} names {len(keys)} orders, and {IDS_MAX} are the most: split it")
    return list(keys)


def _rows_of_json(text: str, named: str) -> Iterator[tuple[str, Any]]:
    """Yield each order of the document of `orders list --json`, or of a plain list."""
    try:
        said = json.loads(text)
    except ValueError as error:
        raise TombolaError(f"{named} is no JSON: {error}") from None
    orders = said.get("orders") if isinstance(said, dict) else said
    if not isinstance(orders, list):
        raise TombolaError(f"{named} has no list of orders, such as orders list --json prints")
    for number, row in enumerate(orders, 1):
        yield f"{named}, order {number}", row


def _rows_of_lines(text: str, named: str) -> Iterator[tuple[str, Any]]:
    """Yield each line behind the first, which names the columns; in the form of a pipe an empty line ends the table."""
    lines = text.splitlines()
    tabs = "\t" in (lines or [""])[0]
    table = lines[: lines.index("")] if tabs and "" in lines else lines
    rows = csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(table)
    columns = [name.strip() for name in next(rows, [])]
    missing = {"user_id", "order_id"} - set(columns)
    if missing:
        raise TombolaError(f"{named}, line 1: no column {' and no '.join(sorted(missing))}")
    for cells in rows:
        if cells:
            yield f"{named}, line {rows.line_num}", dict(zip(columns, cells, strict=False))


def _key(row: Any, place: str) -> OrderKey:  # noqa: ANN401 - whatever stands in a file
    user_id, order_id = _fields(row)
    if not isinstance(user_id, str) or not user_id:
        raise TombolaError(f"{place}: user_id is no text")
    digits = str(order_id)
    if not NUMBER.fullmatch(digits) or int(digits) > ORDER_ID_MAX:
        raise TombolaError(f"{place}: order_id is no order's number")
    return user_id, int(digits)


def _fields(row: Any) -> Iterable[Any]:  # noqa: ANN401 - as above
    return (row.get("user_id"), row.get("order_id")) if isinstance(row, dict) else (None, None)
