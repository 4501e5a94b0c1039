"""Dynoxide comes from a recipe of our own; where it is missing a sentence says why, and in CI that is a failure."""

import platform
import re
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

import dynoxide
import emulated_aws
from tables import make_table
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.stack import LOCAL_REGION

RECIPE = ROOT / "requirements/dynoxide.sh"
TOOLS = ("bash", "uname", "tr", "mkdir", "cp", "mktemp", "rm", "nice", "mv")
A_PROGRAM = "#!/usr/bin/env bash\necho Dynoxide"
# What cargo does, in small: the program stands under --root.
BUILD = f"""while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
echo '{A_PROGRAM}' > "$2/bin/dynoxide\""""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder of programs, cargo not among them."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (path,) = [Path(folder) / name for folder in ("/usr/bin", "/bin") if (Path(folder) / name).exists()][:1]
        (tools / name).symlink_to(path)
    (tools / "env").symlink_to("/usr/bin/env")
    return tools


def run(tools: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(tools), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "kept")}
    command = ["bash", str(RECIPE), str(tmp_path / "folder")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def a_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def kept(tmp_path: Path) -> Path:
    version = re.search(r"^version=(\S+)", RECIPE.read_text(), re.MULTILINE)
    assert version
    return tmp_path / f"kept/tombola/dynoxide-{version[1]}-{platform.system()}-{platform.machine()}/bin/dynoxide"


def test_without_cargo_the_recipe_says_what_is_missing(tools: Path, tmp_path: Path) -> None:
    done = run(tools, tmp_path)

    assert done.returncode == 1
    assert done.stdout == "Dynoxide is missing: cargo builds it, and there is no cargo (Rust 1.88 or newer)\n"


def test_what_this_machine_has_built_once_is_not_built_again(tools: Path, tmp_path: Path) -> None:
    a_program(kept(tmp_path), A_PROGRAM)

    assert run(tools, tmp_path).returncode == 0
    assert (tmp_path / "folder/bin/dynoxide").read_text() == A_PROGRAM


def test_a_program_that_does_not_run_here_is_built_anew(tools: Path, tmp_path: Path) -> None:
    a_program(kept(tmp_path), "#!/usr/bin/env bash\nexit 1")
    a_program(tools / "cargo", f"#!/usr/bin/env bash\n{BUILD}")

    done = run(tools, tmp_path)

    assert done.stderr == ""
    assert (tmp_path / "folder/bin/dynoxide").read_text() == kept(tmp_path).read_text() == A_PROGRAM + "\n"


@pytest.mark.parametrize(("cargo", "why"), [(None, "there is no cargo"), ("/bin/cargo", "installed builds it")])
def test_where_it_is_missing_a_sentence_says_why(monkeypatch: pytest.MonkeyPatch, cargo: str | None, why: str) -> None:
    monkeypatch.setattr(dynoxide, "PROGRAM", Path("/nowhere"))
    monkeypatch.setattr(shutil, "which", lambda _: cargo)
    monkeypatch.delenv("CI", raising=False)

    assert not dynoxide.is_there()
    assert why in (dynoxide.why_missing() or "")


def test_in_ci_it_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynoxide, "PROGRAM", Path("/nowhere"))
    monkeypatch.setenv("CI", "1")

    with pytest.raises(pytest.fail.Exception, match="Dynoxide is missing"):
        dynoxide.is_there()


def test_what_is_made_on_emulated_aws_is_gone_at_the_end() -> None:
    with emulated_aws.emulated_aws():
        client = boto3.client("dynamodb", region_name=LOCAL_REGION)
        name = make_table(client)
        assert client.list_tables()["TableNames"] == [name]

    with emulated_aws.emulated_aws():
        assert client.list_tables()["TableNames"] == []
