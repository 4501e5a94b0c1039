"""What is private goes to a file that only its owner may read, whole or not at all, and never over another."""

import stat
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.private_file import private_file

WHY = "codes are secrets"


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "used.csv"

    with private_file(path, WHY) as file:
        file.write("whole")
        assert not path.exists()

    assert path.read_text() == "whole"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "used.csv").write_text("mine")

    with (
        pytest.raises(TombolaError, match=r"used\.csv is there already: name another file"),
        private_file(tmp_path / "used.csv", WHY),
    ):
        pass
    assert (tmp_path / "used.csv").read_text() == "mine"


def test_it_is_never_standard_output() -> None:
    with pytest.raises(TombolaError, match="codes are secrets, and go to a file"), private_file(Path("-"), WHY):
        pass


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(TombolaError, match=r"used\.csv cannot be written: No such file or directory"),
        private_file(tmp_path / "nowhere" / "used.csv", WHY),
    ):
        pass


def test_one_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private_file(tmp_path / "used.csv", WHY) as file:  # noqa: PT012 - it is the block that ends
        file.write("half")
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []
