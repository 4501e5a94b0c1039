"""The ports of servers that start later than their ports are chosen."""

import errno
import socket

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.local import loopback
from tombola_cli.local.loopback import CHOICE, LOOPBACK, free_port, free_ports, unused

FIRST_OF_CLIENTS = {"Linux": 32_768, "macOS": 49_152}
MANY = 200
TIMES = 20  # that a port is chosen from two


def test_no_chosen_port_is_one_that_linux_or_macos_gives_to_clients_by_default() -> None:
    assert max(CHOICE) < min(FIRST_OF_CLIENTS.values())
    assert set(free_ports(MANY)) <= set(CHOICE)


def test_another_error_than_a_taken_port_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_many(_address: object) -> socket.socket:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(socket, "create_server", too_many)
    with pytest.raises(OSError, match="too many open files"):
        free_port()


def test_ports_that_are_chosen_together_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    both = free_ports(2)
    monkeypatch.setattr(loopback, "CHOICE", both)

    assert {frozenset(free_ports(2)) for _ in range(TIMES)} == {frozenset(both)}


def test_a_port_on_which_somebody_listens_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = free_ports(2)
    monkeypatch.setattr(loopback, "CHOICE", [taken, free])

    with socket.create_server((LOOPBACK, taken)):
        assert {free_port() for _ in range(TIMES)} == {free}


def test_where_every_port_is_taken_an_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = free_port()
    monkeypatch.setattr(loopback, "CHOICE", range(taken, taken + 1))

    with socket.create_server((LOOPBACK, taken)), pytest.raises(TombolaError) as raised:
        free_port()
    assert str(raised.value) == f"no port from {taken} to {taken} is free: end what listens there"


def test_a_port_that_is_free_may_be_used_and_one_that_is_taken_may_not() -> None:
    port = free_port()
    assert unused(port) == port

    with (
        socket.create_server((LOOPBACK, port)),
        pytest.raises(TombolaError, match=f"port {port} is in use: choose another with --port or leave it out"),
    ):
        unused(port)
