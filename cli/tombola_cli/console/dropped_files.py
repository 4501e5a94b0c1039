"""Files that were dropped on a page: each in a folder of its own, and none on the disk once the console has ended."""

import shutil
import signal
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import app

HANGUP = "SIGHUP"  # which not every platform has


class Dropped:
    """A file in a folder that only its operator may read, and the name that the operator knows it by."""

    def __init__(self, name: str) -> None:
        folder = tempfile.mkdtemp(prefix="tombola-dropped-")
        self.name, self.path = name, Path(folder) / "file"
        self.remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


class Tray:
    """The file that was dropped last, and the pool that it is for, where it holds codes."""

    def __init__(self) -> None:
        self.pool = ""
        self.dropped: Dropped | None = None

    def empty(self, name: str) -> Dropped:
        """Return where the next file goes; the one before is removed."""
        self.clear()
        return Dropped(name)

    def take(self, dropped: Dropped) -> None:
        """Take a file out, which the next one then leaves where it is."""
        if self.dropped is dropped:
            self.dropped = None  # what is dropped now is another's

    def clear(self) -> None:
        """Remove the file that lies there."""
        if self.dropped is not None:
            self.dropped.remove()
            self.dropped = None


@contextmanager
def kept_until_the_end() -> Iterator[None]:
    """Keep all temporary files of this process in one folder, also NiceGUI's of what is dropped, and remove it.

    SIGTERM ends the process before anything else could: so it is removed when the server shuts down.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="tombola-console-", ignore_cleanup_errors=True) as folder:
        app.on_shutdown(lambda: shutil.rmtree(folder, ignore_errors=True))
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def end_with_the_terminal() -> None:
    """Treat the end of the terminal as SIGTERM, unless this process was told to outlive it."""
    hangup = getattr(signal, HANGUP, None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_DFL:
        signal.signal(hangup, lambda *_: signal.raise_signal(signal.SIGTERM))
