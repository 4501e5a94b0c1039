"""SAM builds once for each state of the sources, sees nobody's credentials, and says what is missing."""

from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.sam import sam_tools


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Give SAM a project of its own, and return what is told and run."""
    done: list[str] = []
    for file in ("template.yaml", "functions/draw/draw_handler.py", "layers/shared/Makefile"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("one")
    monkeypatch.setattr(sam_tools, "ROOT", tmp_path)
    monkeypatch.setattr(sam_tools, "BUILT", tmp_path / "built")
    monkeypatch.setattr(sam_tools, "python_folder", lambda: tmp_path)
    monkeypatch.setattr(sam_tools, "run", lambda *words, python_folder: _run(done, tmp_path, words[1]))
    return done


def _run(done: list[str], folder: Path, word: str) -> None:
    (folder / "built").mkdir(exist_ok=True)
    done.append(word)


@pytest.mark.parametrize("file", ["template.yaml", "functions/draw/draw_handler.py", "layers/shared/Makefile"])
def test_what_has_changed_is_built_again_and_nothing_else(runs: list[str], tmp_path: Path, file: str) -> None:
    said: list[str] = []
    for _ in range(2):
        sam_tools.built(said.append)
    (tmp_path / file).write_text("two")
    folder = sam_tools.built(said.append)

    assert runs == ["build", "build"]
    assert said == ["building with SAM"] * 2
    assert folder == tmp_path / "built/build"


def test_a_build_that_failed_is_tried_again(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise TombolaError("no")

    with monkeypatch.context() as patch:
        patch.setattr(sam_tools, "run", fails)
        with pytest.raises(TombolaError):
            sam_tools.built(print)

    sam_tools.built(print)

    assert runs == ["build"]


def test_sams_programs_see_no_credentials_and_report_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "somebody's")

    seen = sam_tools.environment(tmp_path)

    assert "somebody's" not in seen.values()
    assert seen["SAM_CLI_TELEMETRY"] == "0"
    assert seen["PATH"].startswith(f"{tmp_path}:")


def test_a_tool_that_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sam_tools, "ROOT", tmp_path)
    monkeypatch.setattr(sam_tools, "ENVIRONMENT", tmp_path / ".local/sam")

    with pytest.raises(TombolaError, match=r"\.local/sam/bin/sam is missing: run make \.local/sam/\.installed"):
        sam_tools.path_of("bin", "sam")
