"""The plain way to ask DynamoDB's emulator: whole answers, and no connection that its server has closed."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from plain_http import RECEIVED_BYTES, PlainServer

LARGE = 3 * RECEIVED_BYTES
Serve = Callable[[socket.socket], None]


@contextmanager
def served(*connections: Serve) -> Iterator[PlainServer]:
    """Serve one connection after another, each as told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            for serve in connections:
                with listener.accept()[0] as connection:
                    serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield PlainServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def answering(*bodies: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        for body in bodies:
            connection.recv(RECEIVED_BYTES)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    return serve


def a_request(server: PlainServer) -> AWSPreparedRequest:
    return AWSPreparedRequest("POST", f"{server.endpoint}/", HTTPHeaders(), b"{}", stream_output=False)


def test_a_connection_is_used_again_and_one_that_its_server_has_closed_is_not() -> None:
    with served(answering(b"first", b"second"), answering(b"third")) as server:
        bodies = [server.ask({}, b"{}").body for _ in range(2)]
        server._idle[0].recv(1)  # until it is closed
        assert [*bodies, server.ask({}, b"{}").body] == [b"first", b"second", b"third"]


def test_a_large_answer_is_read_whole() -> None:
    with served(answering(b"x" * LARGE)) as server:
        assert server.ask({}, b"{}") == (200, {"content-length": str(LARGE)}, b"x" * LARGE)


def test_boto3_is_told_of_an_answer_that_ended_early_as_by_its_own_way() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(RECEIVED_BYTES)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")

    with served(serve) as server, pytest.raises(ConnectionClosedError):
        server.answers(a_request(server))


def test_a_request_to_another_server_is_left_to_boto3() -> None:
    another = PlainServer("http://127.0.0.1:12")  # whose address begins as the first one's does
    assert PlainServer("http://127.0.0.1:1").answers(a_request(another)) is None
