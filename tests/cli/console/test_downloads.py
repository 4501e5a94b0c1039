"""A file for the browser is fetched once, and none of it stays on the disk."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Response
from fastapi.responses import StreamingResponse

from tombola_cli.console import downloads


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    yield
    while downloads.waiting:
        downloads.waiting.popitem()[1][0].close()


def a_file(folder: Path, words: str = "a,b\n") -> Path:
    (folder / "made").write_text(words)
    return folder / "made"


def fetched(address: str) -> Response:
    return downloads.fetch(address.rpartition("/")[2])


def body_of(response: Response) -> bytes:
    async def read() -> bytes:
        assert isinstance(response, StreamingResponse)
        return b"".join([bytes(chunk) async for chunk in response.body_iterator])  # type: ignore[arg-type]

    return asyncio.run(read())


def test_a_file_has_no_name_any_more_once_it_is_offered_and_is_fetched_once(tmp_path: Path) -> None:
    address = downloads.kept(a_file(tmp_path), "winners-a b/\u00e9.csv")
    assert list(tmp_path.iterdir()) == []

    first, second = fetched(address), fetched(address)

    assert (first.status_code, body_of(first)) == (200, b"a,b\n")
    assert first.headers["content-disposition"] == "attachment; filename*=UTF-8''winners-a%20b%2F%C3%A9.csv"
    assert first.headers["cache-control"] == "no-store"
    assert second.status_code == 404


def test_a_guess_gets_nothing(tmp_path: Path) -> None:
    downloads.kept(a_file(tmp_path), "a.csv")
    assert fetched("/files/guess").status_code == 404


def test_the_oldest_file_gives_way_where_too_many_wait(tmp_path: Path) -> None:
    addresses = [downloads.kept(a_file(tmp_path, str(number)), "a.csv") for number in range(downloads.WAITING_MAX + 1)]
    assert fetched(addresses[0]).status_code == 404
    assert body_of(fetched(addresses[1])) == b"1"
