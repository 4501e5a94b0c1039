"""Two networks joined by a Unix socket: bytes pass both ways, and so does an end."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from sam_local import forward
from tombola_cli.local.loopback import free_port
from tombola_cli.local.process import Background

SECONDS_MAX = 60.0


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SECONDS_MAX)
        yield server


@pytest.fixture
def client(server: socket.socket, tmp_path: Path) -> Iterator[socket.socket]:
    """Connect to the server through one forward that listens on a port and one that listens on a socket."""
    door, port = f"unix:{tmp_path / 'door'}", free_port()
    with ExitStack() as started:
        for listen, target in ((door, f"127.0.0.1:{server.getsockname()[1]}"), (f"127.0.0.1:{port}", door)):
            process = Background(tmp_path / target.rpartition(":")[2].replace("/", ""))
            started.callback(process.stop)
            process.start([sys.executable, str(forward.__file__), listen, target], {})
        connected = _connected(port, tmp_path / "door")
        with connected:
            yield connected


def _connected(port: int, door: Path) -> socket.socket:
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        with suppress(OSError):
            if door.exists():
                return socket.create_connection(("127.0.0.1", port), SECONDS_MAX)
        time.sleep(0.02)
    raise TimeoutError


def test_bytes_pass_both_ways_and_so_does_an_end(server: socket.socket, client: socket.socket) -> None:
    client.sendall(b"asked")
    client.shutdown(socket.SHUT_WR)
    there, _ = server.accept()

    with there, there.makefile("rb") as stream:
        assert stream.read() == b"asked"
        there.sendall(b"answered")
        there.shutdown(socket.SHUT_WR)
    with client.makefile("rb") as stream:
        assert stream.read() == b"answered"
