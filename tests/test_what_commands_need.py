"""README says of each command what it needs beside Python, make and curl."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sam_local import main
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.transport_name import TransportName

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
HEAD, _, TABLE = README.partition("| command | Java and Maven |")[2].partition("\n\n")[0].partition("\n")
ROWS = {
    name: dict(zip(("Java", *re.split(r" \| ", HEAD.strip(" |"))), cells.split(" | "), strict=True))
    for name, cells in re.findall(r"^\| `([^`]+)` \| (.+) \|$", TABLE, re.MULTILINE)
}
RUN_BY_USERS = {
    f"make {target}" for target in ("demo", "up", "test", "sam-local", "mutants", "bench", "wheel", "pictures")
}
WITH_A_SERVER_OF_THEIR_OWN = set(TransportName) - {"sqs", "streams"}  # which the emulator has


def test_each_command_that_takes_a_while_has_its_row() -> None:
    of_transports = {
        f"tombola {what} --transport {name}" for what in ("up", "demo") for name in WITH_A_SERVER_OF_THEIR_OWN
    }

    assert set(ROWS) == RUN_BY_USERS | of_transports | {"tombola invoke"}


@pytest.mark.parametrize("target", sorted(RUN_BY_USERS))
def test_a_container_engine_and_root_are_needed_where_sam_local_runs_and_nowhere_else(target: str) -> None:
    wanted = "yes" if "sam_local.main" in rule(target) else "no"

    assert (ROWS[target]["container engine"], ROWS[target]["root"]) == (wanted, wanted)


@pytest.mark.parametrize("target", sorted(RUN_BY_USERS))
@pytest.mark.parametrize(("tool", "installed"), [("Rust's `cargo`", "dynoxide"), ("Chromium", "chromium")])
def test_a_tool_is_needed_where_the_rule_cannot_begin_without_and_optional_where_it_may_fail(
    target: str, tool: str, installed: str
) -> None:
    needs, _, recipe = rule(target).partition("\n")
    script = (ROOT / "tests/side_by_side.sh").read_text("utf-8") if "side_by_side" in recipe else ""
    tried = "optional" if f".local/{installed}" in recipe + script else "no"

    assert ROWS[target][tool] == ("yes" if f".local/{installed}" in needs else tried)


def rule(target: str) -> str:
    """Return what the Makefile says of a target: what it needs first, and its recipe."""
    [found] = re.findall(rf"^{target.removeprefix('make ')}:.*\n(?:\t.*\n)*", MAKEFILE, re.MULTILINE)
    return str(found)


def test_what_is_missing_is_said_by_the_program_itself_with_a_status_of_its_own(tmp_path: Path) -> None:
    """Run it where there is a shell and nothing else: it must neither start anything nor end well."""
    (tmp_path / "bash").symlink_to(shutil.which("bash") or "bash")
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT / "tests")}
    command = [sys.executable, "-m", "sam_local.main"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == main.NOT_RUN, done.stderr
    assert "\ndockerd: as root, `bash requirements/container_engine.sh` brings the container engine\n" in done.stdout


def test_the_page_of_sam_tells_each_exit_status() -> None:
    page = (ROOT / "docs/sam.md").read_text("utf-8")

    told = {int(status) for status in re.findall(r"^\| (\d+) \| \d \| ", page, re.MULTILINE)}

    assert told == {0, main.FAILED, main.NOT_RUN}
