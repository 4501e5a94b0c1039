"""The page of the wheel is served on this machine alone, as long as its stack is up."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tombola_cli.local import local_stack
from tombola_cli.local.wheel_server import WheelServer, with_origin

SECONDS_MAX = 5
API = "http://127.0.0.1:4566/restapis/x?y=1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WheelServer]:
    server = WheelServer(tmp_path / "home", tmp_path / "page")
    yield server
    server.stop()


def built(server: WheelServer) -> WheelServer:
    server.page.mkdir()
    (server.page / "index.html").write_text("the page")
    return server


def test_the_page_is_served_once_at_the_address_that_is_told(server: WheelServer) -> None:
    told: list[str] = []
    origin = built(server).start(told.append)

    assert server.start(told.append) == origin
    assert told == ["serving the wheel page"]
    with urllib.request.urlopen(f"{origin}/", timeout=SECONDS_MAX) as answer:  # noqa: S310  our own loopback
        assert answer.read() == b"the page"
    url = urlsplit(server.url(API) or "")
    assert url.hostname == "127.0.0.1"
    assert parse_qs(url.query) == {"api": [API], "activity": ["100001"], "user": ["xiaofuge"]}


def test_a_page_that_is_not_built_is_not_served(server: WheelServer) -> None:
    assert server.start(print) is None
    assert server.url(API) is None


def test_down_ends_the_server_and_removes_what_it_left(server: WheelServer) -> None:
    built(server).start(print)

    assert local_stack.down(server.home)
    assert not server.process.is_alive()
    assert not server.process.folder.exists()


@pytest.mark.parametrize(
    ("settings", "origin", "origins"),
    [
        ({}, "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ({"CorsOrigins": "https://shop.example"}, "http://127.0.0.1:1", "https://shop.example,http://127.0.0.1:1"),
        ({"CorsOrigins": "http://127.0.0.1:1"}, "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ({"CorsOrigins": "https://shop.example"}, None, "https://shop.example"),
    ],
)
def test_the_page_may_call_the_api_beside_the_pages_that_are_named(
    settings: dict[str, str], origin: str | None, origins: str
) -> None:
    assert with_origin({**settings, "Stage": "local"}, origin) == {"Stage": "local", "CorsOrigins": origins}
