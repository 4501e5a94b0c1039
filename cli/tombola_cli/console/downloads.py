"""Files that a browser fetches, each once: on this machine's disk none of them stays."""

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from nicegui import app, ui

from tombola_cli.console import texts

PATH = "/files/{token}"
TOKEN_BYTES = 32
WAITING_MAX = 8  # files that nobody has fetched; the oldest gives way
CHUNK = 65_536  # bytes
CSV = "text/csv; charset=utf-8"
waiting: OrderedDict[str, tuple[BinaryIO, str]] = OrderedDict()


def register(_: object) -> None:
    app.get(PATH)(fetch)


def fetch(token: str) -> Response:
    """Return the file of that token, and forget it."""
    found = waiting.pop(token, None)
    if found is None:
        return PlainTextResponse(texts.FILE_GONE, status_code=404)
    file, name = found
    named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"content-disposition": named, "cache-control": "no-store"}
    return StreamingResponse(_chunks(file), media_type=CSV, headers=headers)


def offer(path: Path, name: str) -> None:
    """Let the browser fetch the file at path under this name; from now on it has no other name, and goes with us."""
    ui.download.from_url(kept(path, name))


def kept(path: Path, name: str) -> str:
    """Return the address under which the file at path can be fetched once; its own name is gone."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    waiting[token] = path.open("rb"), name
    path.unlink()
    while len(waiting) > WAITING_MAX:
        _, (forgotten, _name) = waiting.popitem(last=False)
        forgotten.close()
    return PATH.format(token=token)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
