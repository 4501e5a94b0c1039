"""Which codes of a file were read before? In constant memory, however long the file is."""

import hashlib
import secrets
import sqlite3
from types import TracebackType
from typing import Self

from tombola_cli.errors import TombolaError

CACHE_KIB = 4_096
KEY_BYTES = 16
DIGEST_BYTES = 16


class SeenCodes:
    """The codes that were seen, in a temporary file that SQLite unlinks by itself, also after a crash.

    It holds hashes with a key that is forgotten, and no code.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(KEY_BYTES)
        self._database = sqlite3.connect("", isolation_level=None)  # SQLite's own temporary file
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{CACHE_KIB}",
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._database.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()

    def before(self, code: str, line: int) -> int | None:
        """Return the line that code was first seen on, None if this is the first; raise TombolaError without room."""
        digest = hashlib.blake2b(code.encode(), key=self._key, digest_size=DIGEST_BYTES).digest()
        try:
            added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest, line)).rowcount
        except sqlite3.OperationalError as error:
            raise TombolaError(
                f"the temporary file that finds codes that stand twice cannot be written ({error}): let TMPDIR"
                " name a folder with more room"
            ) from None
        if added:
            return None
        found: int
        (found,) = self._database.execute("SELECT line FROM seen WHERE digest = ?", (digest,)).fetchone()
        return found
