"""The ports of servers that start later than their ports are chosen."""

import socket
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.local import loopback
from tombola_cli.local.loopback import CHOICE, LOOPBACK, free_port, free_ports, unused

GIVEN_TO_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
MANY = 200
TIMES = 20  # that a port is chosen from two


@pytest.mark.skipif(not GIVEN_TO_CLIENTS.exists(), reason="Linux tells its range, and others begin higher")
def test_no_chosen_port_is_one_that_the_system_gives_to_clients() -> None:
    first, last = map(int, GIVEN_TO_CLIENTS.read_text().split())

    assert not set(CHOICE) & set(range(first, last + 1))
    assert set(free_ports(MANY)) <= set(CHOICE)


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
