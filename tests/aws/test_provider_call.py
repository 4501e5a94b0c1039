"""A call of a provider, on real sockets: bounded in time and size, and to a public address alone."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from builders import NOON, a_provider, an_order
from tombola.aws import provider_call
from tombola.aws.provider_call import PublicHTTPSConnection, UnansweredError, call
from tombola.rules.coupon import ANSWER_MAX, Answer
from tombola.rules.provider import Provider, request_of

Serve = Callable[[socket.socket], None]
SECONDS = 0.5
SLACK_SECONDS = 2.0  # of a busy machine


@contextmanager
def listening(serve: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """Serve each connection so; yield the port, and what was received first on each."""
    received: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(SLACK_SECONDS)
                try:
                    received.append(connection.recv(65_536))
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], received
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(SLACK_SECONDS)


def provider_at(port: int, path: str = "/coupons?token=secret", seconds: float = SECONDS) -> Provider:
    return a_provider(local=True, url=f"http://127.0.0.1:{port}{path}", timeout_seconds=seconds)


def asked(serve: Serve, seconds: float = SECONDS) -> Answer:
    with listening(serve) as (port, _):
        provider = provider_at(port, seconds=seconds)
        return call(provider, request_of(provider, an_order(), NOON), local=True)


def answering(head: str, body: bytes = b"") -> Serve:
    return lambda connection: connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)


def test_an_answer_is_status_body_and_when_to_ask_again() -> None:
    answer = asked(answering("HTTP/1.1 503 no\nRetry-After: 7\nContent-Length: 4", b"down"))

    assert (answer.status, answer.body, answer.retry_after) == (503, b"down", "7")


def test_a_request_is_what_was_made_and_signed() -> None:
    with listening(answering("HTTP/1.1 200 ok\nContent-Length: 2", b"{}")) as (port, received):
        provider = provider_at(port)
        request = request_of(provider, an_order(), NOON)
        call(provider, request, local=True)

    head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /coupons?token=secret HTTP/1.1"
    assert body in (b"", request.body)  # in one packet or in two
    for name, value in request.headers.items():
        assert f"{name}: {value}".encode() in head.splitlines()


def test_a_redirect_is_an_answer_and_nobody_follows_it() -> None:
    elsewhere = answering("HTTP/1.1 200 ok\nContent-Length: 2", b"{}")
    with listening(elsewhere) as (other, received):
        answer = asked(answering(f"HTTP/1.1 302 go\nLocation: http://127.0.0.1:{other}/\nContent-Length: 0"))

    assert (answer.status, received) == (302, [])


def test_of_a_huge_body_no_more_is_read_than_shows_that_it_is_one() -> None:
    body = b"x" * (ANSWER_MAX * 8)

    assert (
        len(asked(answering(f"HTTP/1.1 200 ok\nContent-Length: {len(body)}", body), seconds=5).body) == ANSWER_MAX + 1
    )
    chunked = b"".join(b"4000\r\n%s\r\n" % (b"x" * 0x4000) for _ in range(32)) + b"0\r\n\r\n"
    assert (
        len(asked(answering("HTTP/1.1 200 ok\nTransfer-Encoding: chunked", chunked), seconds=5).body) == ANSWER_MAX + 1
    )


def drips(text: bytes) -> Serve:
    """Send text byte by byte, each well within a socket's own patience."""

    def serve(connection: socket.socket) -> None:
        for position in range(len(text)):
            connection.sendall(text[position : position + 1])
            time.sleep(SECONDS / 5)

    return serve


SLOW: dict[str, Serve] = {
    "nothing comes": lambda _: time.sleep(SLACK_SECONDS),
    "the head comes byte by byte": drips(b"HTTP/1.1 200 ok\r\nContent-Length: 2\r\n\r\n{}"),
    "the body comes byte by byte": lambda connection: (
        answering("HTTP/1.1 200 ok\nContent-Length: 40")(connection),
        drips(b'{"coupon": "WELCOME-10"                ')(connection),
    )[0],
    "the body comes byte by byte and has no length": lambda connection: (
        answering("HTTP/1.1 200 ok")(connection),
        drips(b'{"coupon": "WELCOME-10"}                ')(connection),
    )[0],
}


@pytest.mark.parametrize("case", SLOW)
def test_a_slow_answer_is_cut_off_when_the_time_of_the_whole_call_is_over(case: str) -> None:
    begun = time.monotonic()

    with pytest.raises(UnansweredError, match=r"^provider shop did not answer within 0.5 s$"):
        asked(SLOW[case])
    assert time.monotonic() - begun < SECONDS + SLACK_SECONDS


BROKEN: dict[str, Serve] = {
    "it hangs up": lambda connection: connection.shutdown(socket.SHUT_RDWR),
    "it speaks no HTTP": lambda connection: connection.sendall(b"220 secret.example ESMTP\r\n"),
    "the body ends early": answering("HTTP/1.1 200 ok\nContent-Length: 40", b"secret"),
    "the head has no end": answering("HTTP/1.1 200 ok\nX: " + "secret" * 20_000),
    "the length is none": answering("HTTP/1.1 200 ok\nTransfer-Encoding: chunked", b"secret\r\n"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_is_none_and_nothing_of_it_is_told(case: str) -> None:
    with pytest.raises(UnansweredError, match=r"^provider shop cannot be reached \(\w+\)$") as error:
        asked(BROKEN[case])

    assert "secret" not in str(error.value)
    assert error.value.__suppress_context__


def test_nobody_listens() -> None:
    provider = provider_at(1)

    with pytest.raises(UnansweredError, match=r"cannot be reached \(NewConnectionError\)"):
        call(provider, request_of(provider, an_order(), NOON), local=True)


def test_a_name_that_is_none_is_told_without_the_address() -> None:
    provider = a_provider(url="https://secret.invalid/", timeout_seconds=SECONDS)

    with pytest.raises(UnansweredError) as error:
        call(provider, request_of(provider, an_order(), NOON))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_an_address_that_is_not_public_is_told_nothing_not_even_by_name(host: str) -> None:
    with listening(lambda _: None) as (port, received):
        provider = a_provider(url=f"https://{host}:{port}/", timeout_seconds=SECONDS)
        with pytest.raises(UnansweredError, match="provider shop has an address that is not public"):
            call(provider, request_of(provider, an_order(), NOON))

    assert received in ([], [b""])  # connected, and hung up before the first byte of TLS


def test_a_certificate_that_nobody_vouches_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_call, "is_public", lambda _: True)
    context = provider_call._trust()

    assert (context.check_hostname, context.verify_mode.name) == (True, "CERT_REQUIRED")
    connection = provider_call._connection(a_provider(), local=False)
    assert isinstance(connection, PublicHTTPSConnection)
    assert connection.ssl_context is context
    local = provider_call._connection(a_provider(), local=True)
    assert getattr(local, "ssl_context", None) is context
