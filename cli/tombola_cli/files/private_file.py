"""A new file that only its owner may read: secrets and addresses go there, and to no terminal or pipe."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from tombola_cli.errors import TombolaError

STANDARD_OUTPUT = "-"


@contextmanager
def private_file(path: Path, contents: str) -> Iterator[TextIO]:
    """Yield a file of mode 0600 that gets its name, path, once it is whole; contents says why it is private.

    Raise TombolaError if there is a file already, or none can be made.
    """
    if str(path) == STANDARD_OUTPUT:
        raise TombolaError(f"{contents}, and go to a file: terminals and pipes keep what they show in logs")
    if path.exists():
        raise TombolaError(f"{path} is there already: name another file, or remove it first")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise TombolaError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
