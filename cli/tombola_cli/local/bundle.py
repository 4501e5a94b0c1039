"""Zip files that are equal, byte for byte, when their contents are: the name of an upload is its hash."""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip file cannot say less
READABLE = 0o644 << 16


def files_of(folder: Path, *, bytecode: bool = False) -> list[Path]:
    """Return the folder's files in a fixed order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return files if bytecode else [file for file in files if "__pycache__" not in file.parts]


def digest(parts: Iterable[bytes]) -> str:
    """Return a name for these parts; where one ends and the next begins counts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()[:24]


def zipped(folder: Path, files: Iterable[Path]) -> bytes:
    """Pack without compressing: it never leaves this machine, and every cold worker unpacks it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), EPOCH)
            entry.external_attr = READABLE
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()
