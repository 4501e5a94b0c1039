"""What is missing is told, each thing with what brings it."""

import os
import platform
import shutil

import pytest

from sam_local import needs
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.sam import sam_tools


@pytest.fixture(autouse=True)
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", str)
    monkeypatch.setattr(sam_tools, "python_folder", lambda: ROOT)
    monkeypatch.setattr(needs, "NAMESPACES", ("true",))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def test_where_everything_is_there_nothing_is_told() -> None:
    assert needs.missing() == []


@pytest.mark.parametrize("program", ["docker", "dockerd", "iptables", "unshare"])
def test_a_program_that_is_missing_is_named(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == program else name)

    [told] = needs.missing()

    assert told.startswith(f"{program}: ")
    assert "`bash requirements/container_engine.sh`" in told


def test_nobody_but_root_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert needs.missing() == ["root, for a container engine in namespaces of its own"]


def test_a_container_that_may_make_no_namespaces_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "NAMESPACES", ("false",))

    assert needs.missing() == ["the right to make a network namespace and a mount namespace"]


def test_another_machine_and_another_python_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_python() -> None:
        raise TombolaError("install python3.13")

    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(sam_tools, "python_folder", no_python)

    linux, python = needs.missing()

    assert linux.endswith("this is Linux on aarch64")
    assert python == "install python3.13"
