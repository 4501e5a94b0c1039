"""One call of a provider over HTTP: bounded in time and size, and to no address but a public one.

Each call has a connection of its own: one that was kept could have died meanwhile, and then nobody knows of the effect.
"""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from threading import Timer
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tombola.rules.address import is_public
from tombola.rules.coupon import ANSWER_MAX, Answer
from tombola.rules.provider import Provider, Request

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

CONNECT_SECONDS_MAX = 3.0  # for each address that the provider's name has
RETRY_AFTER = "Retry-After"


class UnansweredError(Exception):
    """The provider gave no answer, so that nothing is known of the effect; the text holds nothing of request or URL."""


class PrivateAddressError(Exception):
    """The provider's name leads to an address that is not public."""


class _Checked:
    """Checks the address that a socket is connected to before anything is sent, TLS included."""

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]  # urllib3's hook, of both its connections
        if not is_public(connected.getpeername()[0]):
            connected.close()
            raise PrivateAddressError
        return connected


class PublicHTTPSConnection(_Checked, HTTPSConnection):
    """HTTPS to a public address."""


@dataclass
class _Watch:
    """Cuts a socket off when the time of its call is over: a socket's own timeout begins anew with each byte."""

    late: bool = False
    watched: socket.socket | None = None

    def cut_off(self) -> None:
        self.late = True
        if self.watched is not None:
            with suppress(OSError):  # it is closed already
                socket.socket.shutdown(self.watched, socket.SHUT_RDWR)


def call(provider: Provider, request: Request, *, local: bool = False) -> Answer:
    """Return provider's answer to request; raise UnansweredError if there is none within its timeout.

    Only where it is local may the provider have a private address, or no TLS. No redirect is followed.
    """
    connection, watch = _connection(provider, local=local), _Watch()
    timer = Timer(provider.timeout_seconds, watch.cut_off)
    timer.daemon = True
    timer.start()
    try:
        answer = _answer(connection, provider, request, watch)
    except PrivateAddressError:
        raise UnansweredError(f"provider {provider.name} has an address that is not public") from None
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if watch.late or isinstance(error, TimeoutError):
            raise UnansweredError(_late(provider)) from None
        raise UnansweredError(f"provider {provider.name} cannot be reached ({type(error).__name__})") from None
    finally:
        timer.cancel()
        connection.close()
    if watch.late:  # an answer that was cut off is none
        raise UnansweredError(_late(provider))
    return answer


def _answer(connection: HTTPConnection, provider: Provider, request: Request, watch: _Watch) -> Answer:
    connection.connect()
    watch.watched = connection.sock
    if watch.late or connection.sock is None:
        raise TimeoutError
    connection.sock.settimeout(provider.timeout_seconds)
    connection.request("POST", provider.target, body=request.body, headers=request.headers, preload_content=False)
    answer = connection.getresponse()
    try:
        return Answer(answer.status, _bounded(answer), answer.headers.get(RETRY_AFTER))
    finally:
        answer.close()


def _bounded(answer: "BaseHTTPResponse") -> bytes:
    """Return the body, or one byte more of it than may be read; raise HTTPError if it ends early."""
    body = b""
    while len(body) <= ANSWER_MAX and (part := answer.read(ANSWER_MAX + 1 - len(body), decode_content=False)):
        body += part
    return body


def _late(provider: Provider) -> str:
    return f"provider {provider.name} did not answer within {provider.timeout_seconds:g} s"


def _connection(provider: Provider, *, local: bool) -> HTTPConnection:
    seconds = min(provider.timeout_seconds, CONNECT_SECONDS_MAX)
    if not local:
        return PublicHTTPSConnection(provider.host, provider.port, timeout=seconds, ssl_context=_trust())
    if provider.secure:
        return HTTPSConnection(provider.host, provider.port, timeout=seconds, ssl_context=_trust())
    return HTTPConnection(provider.host, provider.port, timeout=seconds)


@cache
def _trust() -> ssl.SSLContext:
    """Return what certificates and names are checked with; reading the roots takes some milliseconds."""
    return ssl.create_default_context()
