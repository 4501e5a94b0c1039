"""The door of the console: it lets in the one browser that was given the one-time token, and nobody else.

A page of another origin may post to 127.0.0.1, and a name of its own may be made to lead there; so every request and
every socket has to name this host, come from this origin if it says from where, and carry the session's cookie.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from tombola_cli.console import texts

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTER = "/enter"
SAFE = frozenset({"GET", "HEAD"})
BODY_BYTES_MAX = 80_000_000  # of one request; the largest file that a page takes has 64 MB
# NiceGUI compiles its templates in the browser, hence the two that are unsafe.
SOURCES = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
POLICY = f"{SOURCES}; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
GUARDED = [
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
NO_STORE = (b"cache-control", b"no-store")
POLICY_VIOLATED = 1008  # RFC 6455, 7.4.1


class Door:
    """An ASGI application before another: token is taken once, session is what the cookie has to hold."""

    def __init__(self, inner: App, host: str, token: str, session: str) -> None:
        self._inner, self._host, self._session = inner, host, session
        self._token: str | None = token
        self._cookie = f"tombola_console_{host.rpartition(':')[2]}"  # cookies are shared by all ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._inner(scope, receive, send)
        if scope["type"] == "http" and scope["path"] == ENTER and self._comes_from_here(scope):
            return await self._enter(scope, send)
        refusal = self._refusal(scope)
        if refusal is None:
            return await self._inner(scope, receive, _guarded(send))
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": POLICY_VIOLATED})
        status, words = refusal
        return await _answer(send, status, words)

    def address(self) -> str:
        """Return the address that lets a browser in, once."""
        return f"http://{self._host}{ENTER}?token={self._token}"

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if not self._comes_from_here(scope):
            return 403, texts.DOOR_ELSEWHERE
        if not self._has_cookie(scope):
            return 401, texts.DOOR_UNKNOWN
        return None if _has_room(scope) else (413, texts.DOOR_TOO_LARGE)

    def _comes_from_here(self, scope: Scope) -> bool:
        """Return whether host and origin are this console's; only what changes nothing may be without an origin."""
        if _headers(scope, b"host") != [self._host]:
            return False
        origins = _headers(scope, b"origin")
        if not origins:
            return scope["type"] == "http" and scope["method"] in SAFE
        return origins == [f"http://{self._host}"]

    def _has_cookie(self, scope: Scope) -> bool:
        # By hand: a parser would drop all cookies for an odd one of another program on this host.
        pairs = (pair.strip().partition("=") for each in _headers(scope, b"cookie") for pair in each.split(";"))
        return any(name == self._cookie and _same(value, self._session) for name, _, value in pairs)

    async def _enter(self, scope: Scope, send: Send) -> None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self._token is None or not _same(given, self._token):
            return await _answer(send, 403, texts.DOOR_USED)
        self._token = None
        cookie = f"{self._cookie}={self._session}; HttpOnly; SameSite=Strict; Path=/"
        return await _answer(send, 303, "", [(b"location", b"/"), (b"set-cookie", cookie.encode())])


def _has_room(scope: Scope) -> bool:
    """Return whether a body is one that a page of ours may send; servers hold senders to the length that they name."""
    if scope["type"] != "http" or scope["method"] in SAFE:
        return True
    length = "".join(_headers(scope, b"content-length"))
    return length.isdecimal() and int(length) <= BODY_BYTES_MAX


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for each, value in scope["headers"] if each == name]


def _guarded(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *GUARDED]
        await send(message)

    return sending


async def _answer(send: Send, status: int, words: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, NO_STORE, *GUARDED, *headers]})
    await send({"type": "http.response.body", "body": words.encode()})
