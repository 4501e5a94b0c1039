"""A file that is larger than a page takes is refused, whatever the browser lets pass."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import ui
from nicegui.client import Client
from nicegui.page import page

from tombola_cli.console.file_drop import file_drop


@pytest.mark.parametrize(("size", "came"), [(10, ["taken"]), (11, ["not taken"])])
def test_a_file_is_taken_up_to_its_limit(size: int, came: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told, given = list[str](), list[Any]()

    async def taken(_: Any) -> None:
        told.append("taken")

    def uploader(**names: Any) -> ui.column:
        given.append(names["on_upload"])
        return ui.column()

    monkeypatch.setattr(ui, "upload", uploader)
    with Client(page("")):
        file_drop("Drop it", 10, taken, lambda: told.append("not taken"))
    sent: Any = SimpleNamespace(sender=SimpleNamespace(reset=lambda: None), file=SimpleNamespace(size=lambda: size))
    asyncio.run(given[0](sent))

    assert told == came
