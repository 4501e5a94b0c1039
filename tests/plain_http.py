"""How DynamoDB's emulator is asked here: over plain sockets, as urllib3 and its headers are half of a call's work."""

import atexit
import io
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from urllib3.util import wait_for_read

ANSWER_SECONDS_MAX = 60.0
RECEIVED_BYTES = 65_536


class Answer(NamedTuple):
    """A status, the headers by their names in small letters, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


class PlainServer:
    """A server of this machine, of which each call has a connection for itself; the next call takes it over."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self._name = endpoint, urlsplit(endpoint).netloc
        self._idle: list[socket.socket] = []
        atexit.register(self._close)

    def answers(self, request: Any, **_: object) -> AWSResponse | None:
        """Answer a prepared request that is for this server, as a handler of before-send; botocore sends the rest."""
        if not request.url.startswith(f"{self.endpoint}/"):
            return None
        try:
            answer = self.ask(request.headers, request.body)
        except OSError as error:
            raise ConnectionClosedError(endpoint_url=request.url, error=error) from error
        headers: Any = answer.headers
        return AWSResponse(request.url, answer.status, headers, Body(answer.body))

    def ask(self, headers: Mapping[str, str | bytes], body: bytes) -> Answer:
        connection = self._taken()
        try:
            connection.sendall(_written(self._name, headers, body))
            answer = _received(connection)
        except OSError:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    def _taken(self) -> socket.socket:
        """Return a connection that its server has not closed."""
        with suppress(IndexError):  # there is none, or another thread has taken the last one
            while wait_for_read(connection := self._idle.pop(), timeout=0):  # its end, as nothing was asked
                connection.close()
            return connection
        host, port = self._name.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class Body(io.BytesIO):
    """The bytes of an answer, as botocore reads them."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _written(server: str, headers: Mapping[str, str | bytes], body: bytes) -> bytes:
    named = {"Host": server, **headers, "Content-Length": str(len(body))}
    lines = [b"%b: %b" % (name.encode(), _bytes(text)) for name, text in named.items()]
    return b"\r\n".join([b"POST / HTTP/1.1", *lines, b"", body])


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _received(connection: socket.socket) -> Answer:
    """Read one answer, whose length its headers tell."""
    read = bytearray()
    while not (found := read.partition(b"\r\n\r\n"))[1]:
        read += _some(connection)
    head, _, body = found
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
    length = int(headers["content-length"])
    while len(body) < length:
        body += _some(connection)
    return Answer(int(first.split(" ")[1]), headers, bytes(body))


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(RECEIVED_BYTES)
    if not received:
        raise ConnectionResetError("the server has closed the connection")
    return received
