"""The console is served on this machine alone, and lets nobody in who has not opened its address."""

import socket
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Page, expect

from served_console import Console
from tombola_cli.console.console_server import serve
from tombola_cli.errors import TombolaError


def test_a_browser_that_is_not_known_sees_nothing(console: Console) -> None:
    for path in ("/", "/specimens", "/_nicegui/auto/static/x.css"):
        assert urllib3.request("GET", f"{console.url}{path}").status == 401


def test_a_page_of_another_origin_cannot_post_to_the_console(console: Console, page: Page) -> None:
    name, value = console.cookie
    headers = {"cookie": f"{name}={value}", "origin": "http://127.0.0.1:1"}
    assert urllib3.request("POST", console.url, headers=headers).status == 403


def test_a_browser_that_is_let_in_has_a_socket_of_its_own(console_page: Page, console: Console) -> None:
    with console_page.expect_websocket() as opened:
        console_page.goto(console.url)
    assert opened.value.url.startswith("ws://127.0.0.1:")
    expect(console_page.get_by_role("heading", name="Overview")).to_be_visible()
    assert not opened.value.is_closed()


def test_a_port_that_is_taken_is_named() -> None:
    desk: Any = None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(TombolaError, match=f"port {port} cannot be taken"):
            serve(desk, port, lambda _: None)
