"""Java and jars: found, fetched once, or a sentence that says what is missing."""

import os
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.local import java

MAVEN = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
case "$*" in *--offline*) [ -e "$(dirname "$0")/cached" ] || exit 1;; esac
for option in "$@"; do
  case $option in -DoutputDirectory=*) mkdir -p "${option#*=}" && : > "${option#*=}/a.jar";; esac
done
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one list of jars, on a machine whose Maven notes what it is asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/mvn").write_text(MAVEN)
    (tmp_path / "bin/mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/broker.xml").write_text("<project/>")
    return tmp_path


def asked(root: Path) -> list[bool]:
    """Return of each call of Maven whether it was without the network."""
    file = root / "bin/asked"
    return ["--offline" in line for line in file.read_text().splitlines()] if file.exists() else []


def test_jars_are_fetched_once_and_then_found_in_the_clone(root: Path) -> None:
    told: list[str] = []

    folders = [java.jars(root, "broker", told.append) for _ in range(2)]

    assert folders[0] == folders[1]
    assert [file.name for file in folders[0].iterdir()] == ["a.jar"]
    assert asked(root) == [True, False]
    assert told == ["fetching broker by Maven (once)"]


def test_another_clone_on_a_machine_that_has_fetched_once_needs_no_network(root: Path) -> None:
    (root / "bin/cached").touch()
    told: list[str] = []

    java.jars(root, "broker", told.append)

    assert (asked(root), told) == ([True], [])


def test_another_version_is_another_folder(root: Path) -> None:
    first = java.jars(root, "broker", print)
    (root / "requirements/broker.xml").write_text("<project>2</project>")

    assert java.jars(root, "broker", print) != first


def test_a_failed_fetch_leaves_nothing_that_looks_like_jars(root: Path) -> None:
    (root / "bin/mvn").write_text("#!/bin/sh\necho no such artifact\nexit 1\n")

    with pytest.raises(TombolaError, match="no such artifact"):
        java.jars(root, "broker", print)

    assert list((root / ".local/jars").iterdir()) == []


def test_without_java_or_maven_a_sentence_says_what_is_missing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(java.MissingToolError, match="java is missing, and Kafka needs it: install a JDK from 17 on"):
        java.found("java", "Kafka")
    with pytest.raises(java.MissingToolError, match="mvn is missing, and broker needs it"):
        java.jars(root, "broker", print)
