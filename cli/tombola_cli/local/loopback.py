"""Ports of 127.0.0.1 for servers that start seconds after their port was chosen, or start again on it."""

import errno
import secrets
import socket
from contextlib import ExitStack

from tombola_cli.errors import TombolaError

LOOPBACK = "127.0.0.1"
# From 32768 on, Linux gives a port to each client that connects, macOS from 49152 on, unless they are told otherwise:
# there a server that starts later, or is killed and starts again, may find its port taken by anybody's connection.
# Kubernetes gives ports to its own from 30000 on, and browsers refuse 10080.
CHOICE = range(11_000, 30_000)
TRIES_MAX = 1000


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on and no client is given, no two of them the same."""
    with ExitStack() as opened:
        found: list[int] = []
        for port in (secrets.choice(CHOICE) for _ in range(TRIES_MAX)):
            if _is_opened(port, opened):
                found.append(port)
            if len(found) == count:
                return found
    raise TombolaError(f"no port from {CHOICE.start} to {CHOICE.stop - 1} is free: end what listens there")


def free_port() -> int:
    """Return one port as free_ports does."""
    return free_ports(1)[0]


def unused(port: int) -> int:
    """Return that port, or raise TombolaError that says why no server can have it."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except PermissionError:
        raise TombolaError(f"port {port} needs rights you do not have: choose one from 1024 on") from None
    except OSError:
        raise TombolaError(f"port {port} is in use: choose another with --port or leave it out") from None
    return port


def _is_opened(port: int, opened: ExitStack) -> bool:
    """Listen on port as long as opened is; return False where somebody else does."""
    try:
        opened.enter_context(socket.create_server((LOOPBACK, port)))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True
