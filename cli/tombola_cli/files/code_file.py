"""A file of codes: the code of each line, or why the line holds none.

A line is read by itself, so that a stray quote spoils no line but its own. What is said of a line never holds any of
it: codes are secrets, and where columns are swapped any field may be one.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from tombola.rules.code_pool import fault_of_code
from tombola_cli.errors import TombolaError
from tombola_cli.files.file_times import EXAMPLES, read_moment

LINE_BYTES_MAX = 4_096
BLOCK_BYTES = 1 << 20
MOMENTS_REMEMBERED = 1_000  # most files have few, and each takes longer to read than its line
UTF_8_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CODES = ("code",)
CODES_THAT_EXPIRE = ("code", "expires_at")
ALMOST_A_HEADER = re.compile(r'\s*"?codes?"?\s*([,;\t].*)?', re.IGNORECASE)
UTC = ZoneInfo("UTC")


class Extent(NamedTuple):
    """The name of a file's contents, and how many lines it has."""

    digest: str  # SHA-256, hex
    lines: int


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code that can be imported, and until when it is good."""

    number: int
    code: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no code that can be imported."""

    number: int
    because: str


Line = CodeLine | BadLine


NO_COMMAS = "its fields are not separated by commas: save the file so, or put quotes around a code that is as this"
OTHER_MARKS = frozenset(";\t")  # with which spreadsheets separate fields in some countries


class _LineError(ValueError):
    """A line holds no code; the text says why without what the line holds."""


def extent_of(path: Path) -> Extent:
    """Return the extent of the file at path; raise TombolaError if it cannot be read."""
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    with _opened(path) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            lines += block.count(b"\n")
            last = block[-1:]
    return Extent(digest.hexdigest(), lines + (last != b"\n"))


def read_codes(path: Path) -> Iterator[Line]:
    """Yield each line of the file at path but the header and empty lines; raise TombolaError if it cannot be read."""
    columns: tuple[str, ...] | None = None
    with _opened(path) as file:
        for number in count(1):
            raw = file.readline(LINE_BYTES_MAX + 1)
            if not raw:
                return
            try:
                text = _text(file, raw, path, number)
                fields = _fields(text)
                if not any(map(str.strip, fields)):
                    continue
                if columns is None:
                    columns = CODES
                    if header := _header(fields, path, number):
                        columns = header
                        continue
                _check_commas(text)
                yield _code_line(number, fields, columns)
            except _LineError as error:
                yield BadLine(number, str(error))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise TombolaError(f"{path} cannot be read: {error.strerror}") from None


def _text(file: BinaryIO, raw: bytes, path: Path, number: int) -> str:
    """Return the text of a line, of which raw is the beginning, without its end."""
    if number == 1:
        if raw.startswith(UTF_16_MARKS):
            raise TombolaError(f"{path} is UTF-16: save it as UTF-8")
        raw = raw.removeprefix(UTF_8_MARK)
    if len(raw) > LINE_BYTES_MAX:
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(BLOCK_BYTES)
        raise _LineError(f"it is longer than {LINE_BYTES_MAX} bytes")
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _LineError("it is not UTF-8") from None


def _fields(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    try:
        (fields,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        raise _LineError("a quote is not closed, or stands inside a field that has none around it") from None
    return fields


def _check_commas(text: str) -> None:
    if not {",", '"'} & set(text) and OTHER_MARKS & set(text):
        raise _LineError(NO_COMMAS)


def _header(fields: list[str], path: Path, number: int) -> tuple[str, ...] | None:
    """Return the columns that the first line names, None if it is a code; raise TombolaError if it names others."""
    for columns in (CODES, CODES_THAT_EXPIRE):
        if tuple(fields) == columns:
            return columns
    if ALMOST_A_HEADER.fullmatch(",".join(fields)):
        raise TombolaError(f"{path}:{number}: a header is code, or code,expires_at, in this spelling; or leave it out")
    return None


def _code_line(number: int, fields: list[str], columns: tuple[str, ...]) -> CodeLine:
    if len(fields) > len(columns):
        more = f"it has {len(fields)} fields, and {len(columns)} at the most are read"
        raise _LineError(f"{more}: quote a code with a comma, and begin with code,expires_at where codes expire")
    fault = fault_of_code(fields[0])
    if fault is not None:
        raise _LineError(fault)
    expiry = fields[1] if len(fields) > 1 else ""
    return CodeLine(number, fields[0], _moment(expiry) if expiry else None)


@lru_cache(MOMENTS_REMEMBERED)
def _moment(text: str) -> datetime:
    """Return a moment of expiry: a date is its last one, and what has no offset is UTC."""
    try:
        return read_moment(text, UTC, last=True)
    except ValueError:
        raise _LineError(
            f"expires_at must be {EXAMPLES.replace('as ', 'such as ')}, in UTC or with an offset"
        ) from None
