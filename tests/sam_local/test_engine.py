"""The engine is one's own: in no network, among no mounts and in no file of the machine or of another engine."""

from pathlib import Path

import pytest

from sam_local import engine
from sam_local.engine import Engine
from tombola_cli.errors import TombolaError
from tombola_cli.local.process import Background


def test_the_daemon_has_a_network_and_mounts_of_its_own_and_shares_no_file_with_another(tmp_path: Path) -> None:
    command = engine._command(tmp_path, tmp_path / "images")

    assert command[1:3] == ["--net", "--mount"]
    for option in ("--host", "--data-root", "--exec-root", "--pidfile", "--config-file"):
        assert str(tmp_path) in command[command.index(option) + 1], option


def test_a_daemon_that_ends_at_once_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_command", lambda *_: ["/bin/sh", "-c", "echo no iptables >&2; exit 1"])

    with pytest.raises(TombolaError, match="the container engine did not start: no iptables"), engine.running(tmp_path):
        pass


def test_two_runs_do_not_share_an_engine(tmp_path: Path) -> None:
    other = Background(tmp_path / "engine")
    other.start(["/bin/sleep", "600"], {})
    try:
        with pytest.raises(TombolaError, match=f"another run is there .pid {other.pid}"), engine.running(tmp_path):
            pass
    finally:
        other.stop()


def test_a_command_of_docker_that_fails_says_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text('#!/bin/sh\necho "no such $2" >&2\nexit 1\n')
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(TombolaError, match="docker image thing: no such thing"):
        Engine(Background(tmp_path), tmp_path).docker("image", "thing")
