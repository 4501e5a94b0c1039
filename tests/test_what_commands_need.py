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
TABLE = README.partition("| command | Java and Maven |")[2].partition("\n\n")[0]
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `([^`]+)` \| (.+) \| (.+) \| (.+) \|$", TABLE, re.MULTILINE)}
RUN_BY_USERS = {f"make {target}" for target in ("demo", "up", "test", "sam-local", "mutants", "bench")}
WITH_A_SERVER_OF_THEIR_OWN = set(TransportName) - {"sqs", "streams"}  # which the emulator has


def test_each_command_that_takes_a_while_has_its_row() -> None:
    of_transports = {
        f"tombola {what} --transport {name}" for what in ("up", "demo") for name in WITH_A_SERVER_OF_THEIR_OWN
    }

    assert set(ROWS) == RUN_BY_USERS | of_transports | {"tombola invoke"}


@pytest.mark.parametrize("target", sorted(RUN_BY_USERS))
def test_a_container_engine_and_root_are_needed_where_sam_local_runs_and_nowhere_else(target: str) -> None:
    [recipe] = re.findall(rf"^{target.removeprefix('make ')}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    wanted = "yes" if "sam_local.main" in recipe else "no"

    assert ROWS[target][1:] == (wanted, wanted)


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
