"""Exporting winners to a CSV file, which grows as they come: ended early, it has whole rows, and is gone on with."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from tombola.aws.items import milliseconds
from tombola_cli.errors import TombolaError
from tombola_cli.files.sheet_cells import safe
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.index_walk import Place
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_list import Listing, Win, wins_of

COLUMNS = tuple(field.name for field in fields(Win))
ROWS = 100  # that are written at once
ROW_MAX = 65_536  # bytes of the end of a file, in which its last row stands

Tell = Callable[[int, datetime], None]  # wins that are written, and when the last of them was drawn


@dataclass(frozen=True, slots=True)
class Written:
    """How far an export has come: rows, items that cannot be read, bytes of the file, and the last row's place."""

    rows: int = 0
    unreadable: int = 0
    size: int = 0
    last: Place | None = None


class WinExport:
    """An export of a listing to a file: a new one, or the one that an export which ended early left behind."""

    def __init__(self, listing: Listing, path: Path, stack: Stack) -> None:
        self.done = Written()
        self._listing, self._path, self._stack = listing, path, stack

    def run(self, tell: Tell = lambda *_: None) -> Written:
        """Write every win of the listing; whatever ends it early, done says what is in the file.

        Raise TombolaError if there is a file that nothing asks to go on with, or none can be made.
        """
        with self._file() as file:
            for part in parts_of(wins_of(self._listing, self._stack), ROWS):
                wins = [win for _, win in part if isinstance(win, Win)]
                file.write(_lines(wins))
                file.flush()
                self.done = Written(
                    rows=self.done.rows + len(wins),
                    unreadable=self.done.unreadable + len(part) - len(wins),
                    size=file.tell(),
                    last=part[-1][0],
                )
                if wins:
                    tell(self.done.rows, wins[-1].drawn_at)
        return self.done

    @contextmanager
    def _file(self) -> Iterator[BinaryIO]:
        """Yield the file, which only its owner may read; of a row that was begun when all ended nothing stays."""
        goes_on = self._listing.after is not None
        if goes_on:
            _check_goes_on(self._path, self._listing.after)
        try:
            flags = os.O_WRONLY | (os.O_APPEND if goes_on else os.O_CREAT | os.O_EXCL)
            file = os.fdopen(os.open(self._path, flags, 0o600), "ab" if goes_on else "wb")
        except FileExistsError:
            raise TombolaError(
                f"{self._path} is there already: name another file, or go on with it by the --after it ended with"
            ) from None
        except OSError as error:
            raise TombolaError(f"{self._path} cannot be written: {error.strerror}") from None
        with file:
            if not goes_on:
                file.write((",".join(COLUMNS) + "\n").encode())
            file.flush()
            self.done = Written(size=file.seek(0, os.SEEK_END))
            try:
                yield file
            except BaseException:
                file.truncate(self.done.size)
                if not goes_on and self.done.last is None:  # nothing that a run could go on from
                    self._path.unlink()
                raise


def _check_goes_on(path: Path, after: Place | None) -> None:
    """Raise TombolaError unless the list in the file at path ends no later than after: it would list wins twice."""
    try:
        with path.open("rb") as file:
            file.seek(-min(ROW_MAX, file.seek(0, os.SEEK_END)), os.SEEK_END)
            *_, last = csv.reader(io.StringIO(file.read().decode(errors="replace")))
        ends = None if tuple(last) == COLUMNS else milliseconds(datetime.fromisoformat(last[0]))
    except FileNotFoundError:
        raise TombolaError(f"{path} is not there: --after goes on with the file that ended with its token") from None
    except ValueError:
        raise TombolaError(f"{path} is no list of winners that --after could go on with") from None
    if ends is not None and after is not None and ends > Decimal(after.at):
        raise TombolaError(f"{path} goes on beyond --after already: its last row was drawn later")


def _lines(wins: Sequence[Win]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(row_of, wins))
    return text.getvalue().encode()


def row_of(win: Win) -> list[str]:
    """Return the cells of a win, in the order of COLUMNS."""
    return [
        _time(win.drawn_at),
        safe(win.user_id),
        str(win.order_id),
        safe(win.award_id),
        str(win.award_type),
        safe(win.award_name),
        win.outcome.value,
        win.state.value,
        "" if win.granted_at is None else _time(win.granted_at),
    ]


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
