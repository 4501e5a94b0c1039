"""Lambda's runtime emulator is there for Linux alone; what it runs is tested with the built functions."""

import platform
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.sam import rie


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "riscv64")])
def test_where_there_is_no_emulator_the_error_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, machine: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    function = rie.BuiltFunction(folder=tmp_path, layers=(), handler="x.handler", timeout_seconds=1)

    with (
        pytest.raises(TombolaError, match=rf"runs on Linux .*this is {system} {machine}"),
        rie.running(function, {}, tmp_path / "log"),
    ):
        pass


def test_a_function_searches_its_own_folder_before_its_layers(tmp_path: Path) -> None:
    function = rie.BuiltFunction(folder=Path("/f"), layers=(Path("/a"), Path("/b")), handler="x", timeout_seconds=1)

    assert function.environment({})["PYTHONPATH"] == "/f:/a/python:/b/python"
