"""The door of the console lets in the browser that was given the token, once, and no page of another origin."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tombola_cli.console.door import BODY_BYTES_MAX, Door, Message, Receive, Scope, Send

HOST = "127.0.0.1:4711"
TOKEN, SESSION = "one-time", "the-session"
COOKIE = f"tombola_console_4711={SESSION}"
OURS = f"http://{HOST}"


@dataclass
class Visit:
    """What the door sent, and whether it let somebody in."""

    sent: list[Message] = field(default_factory=list)
    is_in: bool = False

    @property
    def status(self) -> int | None:
        return next((message["status"] for message in self.sent if message["type"] == "http.response.start"), None)

    def header(self, name: bytes) -> bytes | None:
        return dict(self.sent[0]["headers"]).get(name)


def visited(door_and_visit: tuple[Door, Visit], path: str = "/", query: str = "", **more: Any) -> Visit:
    door, visit = door_and_visit
    headers = {"host": HOST, "cookie": COOKIE, **more.pop("headers", {})}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value is not None],
        **more,
    }

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        visit.sent.append(message)

    asyncio.run(door(scope, receive, send))
    return visit


@pytest.fixture
def at_the_door() -> tuple[Door, Visit]:
    visit = Visit()

    async def inner(_: Scope, __: Receive, send: Send) -> None:
        visit.is_in = True
        await send({"type": "http.response.start", "status": 200, "headers": []})

    return Door(inner, HOST, TOKEN, SESSION), visit


def test_who_has_the_cookie_is_let_in(at_the_door: tuple[Door, Visit]) -> None:
    assert visited(at_the_door).is_in


def test_a_page_may_stand_in_no_frame_and_loads_nothing_from_elsewhere(at_the_door: tuple[Door, Visit]) -> None:
    policy = visited(at_the_door).header(b"content-security-policy") or b""
    assert b"default-src 'self'" in policy
    assert b"frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": {"cookie": None}}, 401),
        ({"headers": {"cookie": "tombola_console_4711=guess"}}, 401),
        ({"headers": {"cookie": f"tombola_console_4712={SESSION}"}}, 401),
        ({"headers": {"cookie": "\x00=;;;"}}, 401),
        ({"headers": {"host": "evil.example"}}, 403),
        ({"headers": {"host": "127.0.0.1:4712"}}, 403),
        ({"headers": {"host": "localhost:4711"}}, 403),
        ({"headers": {"host": None}}, 403),
        ({"headers": {"origin": "http://evil.example"}}, 403),
        ({"headers": {"origin": "http://127.0.0.1:4712"}}, 403),
        ({"headers": {"origin": "null"}}, 403),
        ({"method": "POST"}, 403),  # a browser says from where it posts
        ({"method": "POST", "headers": {"origin": "http://evil.example"}}, 403),
    ],
)
def test_a_request_is_refused(at_the_door: tuple[Door, Visit], more: Mapping[str, Any], status: int) -> None:
    visit = visited(at_the_door, **more)
    assert (visit.is_in, visit.status) == (False, status)


def test_a_page_of_ours_may_post(at_the_door: tuple[Door, Visit]) -> None:
    assert visited(at_the_door, method="POST", headers={"origin": OURS, "content-length": "10"}).is_in


@pytest.mark.parametrize("length", [None, "", "-1", "1e3", str(BODY_BYTES_MAX + 1)])
def test_a_body_that_no_page_of_ours_sends_is_not_taken(at_the_door: tuple[Door, Visit], length: str | None) -> None:
    visit = visited(at_the_door, method="POST", headers={"origin": OURS, "content-length": length})
    assert (visit.is_in, visit.status) == (False, 413)


@pytest.mark.parametrize("other", ['theme={"dark": true}', "sid=a b", "flag", "=", "a=b=c"])
def test_a_cookie_of_another_program_on_this_machine_keeps_nobody_out(
    at_the_door: tuple[Door, Visit], other: str
) -> None:
    assert visited(at_the_door, headers={"cookie": f"{other}; {COOKIE}"}).is_in


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a browser always says from where it opens a socket
        {"origin": "http://evil.example"},
        {"origin": OURS, "host": "evil.example"},
        {"origin": OURS, "cookie": None},
    ],
)
def test_a_socket_is_refused(at_the_door: tuple[Door, Visit], headers: Mapping[str, Any]) -> None:
    visit = visited(at_the_door, type="websocket", headers=headers)
    assert not visit.is_in
    assert visit.sent == [{"type": "websocket.close", "code": 1008}]


def test_a_socket_of_ours_is_opened(at_the_door: tuple[Door, Visit]) -> None:
    assert visited(at_the_door, type="websocket", headers={"origin": OURS}).is_in


def test_the_token_gives_the_cookie_to_the_first_who_has_it_and_to_nobody_else(
    at_the_door: tuple[Door, Visit],
) -> None:
    door, _ = at_the_door
    assert door.address() == f"{OURS}/enter?token={TOKEN}"
    first, second = Visit(), Visit()
    visited((door, first), "/enter", f"token={TOKEN}", headers={"cookie": None})
    visited((door, second), "/enter", f"token={TOKEN}", headers={"cookie": None})
    assert (first.status, first.header(b"location")) == (303, b"/")
    assert first.header(b"set-cookie") == f"{COOKIE}; HttpOnly; SameSite=Strict; Path=/".encode()
    assert first.header(b"cache-control") == b"no-store"
    assert (second.status, second.header(b"set-cookie")) == (403, None)


@pytest.mark.parametrize("query", ["", "token=", "token=guess", "token=%ff"])
def test_a_guess_gives_no_cookie_and_takes_nothing_away(at_the_door: tuple[Door, Visit], query: str) -> None:
    door, _ = at_the_door
    guess, right = Visit(), Visit()
    assert visited((door, guess), "/enter", query).status == 403
    assert visited((door, right), "/enter", f"token={TOKEN}").status == 303


@pytest.mark.parametrize("query", ["", "token="])
def test_once_the_token_is_taken_no_token_is_none_that_opens(at_the_door: tuple[Door, Visit], query: str) -> None:
    door, _ = at_the_door
    late = Visit()
    visited((door, Visit()), "/enter", f"token={TOKEN}")

    visited((door, late), "/enter", query, headers={"cookie": None})
    assert (late.status, late.header(b"set-cookie")) == (403, None)


def test_the_token_is_taken_under_this_host_alone(at_the_door: tuple[Door, Visit]) -> None:
    visit = visited(at_the_door, "/enter", f"token={TOKEN}", headers={"host": "evil.example", "cookie": None})
    assert (visit.status, visit.header(b"set-cookie")) == (403, None)


def test_the_start_and_the_end_of_the_server_reach_the_pages(at_the_door: tuple[Door, Visit]) -> None:
    assert visited(at_the_door, type="lifespan").is_in
