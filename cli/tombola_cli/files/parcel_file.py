"""The file of a batch of parcels: written for the people who pack them, and read again with the carriers filled in.

The reason why a line is bad holds no cell of it: in a file whose columns have moved, any may be an address.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tombola.rules.shipment import Shipment
from tombola_cli.errors import TombolaError
from tombola_cli.files.order_ids import NUMBER, ORDER_ID_MAX
from tombola_cli.files.sheet_cells import FORMULA, safe

PLACES = (
    *("name", "country", "postcode", "province_id", "province_name", "city_id", "city_name", "county_id"),
    *("county_name", "town_id", "town_name", "address", "phone", "email", "remark"),
)
COLUMNS = (
    *("batch", "order_id", "user_id", "award_id", "award_name", *PLACES),
    *("granted_at", "exported_at", "carrier", "tracking"),
)
READ = ("batch", "order_id", "carrier", "tracking")  # the columns that are read
TEXT_MAX = 100  # characters of a carrier or of a tracking number
LINES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class TrackingLine:
    """A parcel and its carrier."""

    number: int
    batch: str
    order_id: int
    carrier: str
    tracking: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that names no parcel and carrier, and why."""

    number: int
    because: str


@dataclass(frozen=True, slots=True)
class BlankLine:
    """A parcel whose carrier is not filled in."""

    number: int


Line = TrackingLine | BadLine | BlankLine


def row_of(shipment: Shipment) -> list[str]:
    """Return the cells of a parcel that is out, as COLUMNS names them, none of which a spreadsheet computes."""
    values = [
        getattr(shipment.address if name in PLACES else shipment, name)  # no name is in both
        for name in COLUMNS
    ]
    return [safe(_cell(value)) for value in values]


def read_tracking(path: Path) -> Iterator[Line]:
    """Yield each line of the file at path but the first, which names the columns; others than READ are passed over.

    Raise TombolaError if the file cannot be read, or has none of these columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            places = _places(next(rows, []), path)
            number = rows.line_num + 1
            for cells in rows:
                if cells:
                    yield _line(number, cells, places)
                number = rows.line_num + 1
                if number > LINES_MAX:
                    raise TombolaError(f"{path} has more than {LINES_MAX} lines: split it")
    except OSError as error:
        raise TombolaError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise TombolaError(f"{path} is not UTF-8: save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise TombolaError(f"{path}:{number}: the CSV ends here: {error}") from None


def _places(header: Sequence[str], path: Path) -> list[int]:
    """Return where each column of READ stands."""
    missing = [name for name in READ if header.count(name) != 1]
    if len(header) == 1 and ";" in header[0]:
        raise TombolaError(f"{path}:1: its fields are separated by ;: save it with commas")
    if missing:
        words = f"the columns {', '.join(READ)} must be there once each, with commas between them"
        raise TombolaError(f"{path}:1: {words}; missing or doubled: {', '.join(missing)}")
    return [header.index(name) for name in READ]


def _line(number: int, cells: Sequence[str], places: Sequence[int]) -> Line:
    if len(cells) <= max(places):
        return BadLine(number, "it has fewer cells than the first line has columns")
    batch, order_id, carrier, tracking = (cells[place].strip() for place in places)
    if not carrier and not tracking:
        return BlankLine(number)
    if not 0 < len(batch) <= TEXT_MAX:
        return BadLine(number, "batch is no batch's name")
    if not NUMBER.fullmatch(order_id) or int(order_id) > ORDER_ID_MAX:
        return BadLine(number, "order_id is no order's number: a spreadsheet has rounded it unless its column is text")
    for name, text in (("carrier", carrier), ("tracking", tracking)):
        fault = _fault(text)
        if fault is not None:
            return BadLine(number, f"{name} {fault}")
    return TrackingLine(number, batch, int(order_id), carrier, tracking)


def _fault(text: str) -> str | None:
    if not text:
        return "is empty, and the other of the two is not"
    if len(text) > TEXT_MAX or not text.isprintable():
        return f"must be up to {TEXT_MAX} characters that can be printed"
    return "begins as a formula does: with =, +, - or @" if text.startswith(FORMULA) else None


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return "" if value is None else str(value)
