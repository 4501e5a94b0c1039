"""Help and shell completion wait for nothing that they do not need, and every end has a documented status."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT

TOMBOLA = Path(sys.executable).with_name("tombola")
SLOW = {"boto3", "botocore", "pydantic", "yaml", "ruamel", "numpy", "matplotlib", "urllib3", "rich"}
TYPERS_OWN = {"pydantic"}  # typer checks the words behind a command with it, whatever the command imports
# Runs the command, and then tells on stderr what it imported.
PROGRAM = """
import atexit, sys
sys.argv[0] = "tombola"
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from tombola_cli.commands.main import run
run()
"""
NEEDLESS = {
    ("activity", "validate", "activities/100001.yaml"): {"boto3", "botocore", "numpy", "urllib3", "rich"},
    ("tree", "validate", "trees/2110081902.yaml", "--json"): {"boto3", "botocore", "numpy", "urllib3", "rich"},
    ("simulate", "activities/100001.yaml", "--draws", "10"): {"boto3", "botocore", "matplotlib"},
}


def imported(*words: str, **environment: str) -> set[str]:
    """Return the packages that a command imports, and the modules of this project's own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    modules = done.stderr.split()
    assert "tombola_cli.commands.main" in modules
    return {module.partition(".")[0] for module in modules} | {each for each in modules if each.startswith("tombola")}


COMPLETING = {"_TOMBOLA_COMPLETE": "complete_bash", "COMP_WORDS": "tombola orders ", "COMP_CWORD": "2"}


@pytest.mark.parametrize(
    ("words", "variables", "anyhow"),
    [
        (["--help"], {}, set()),
        (["activity", "--help"], {}, TYPERS_OWN),
        (["orders", "list", "--help"], {}, TYPERS_OWN),
        ([], COMPLETING, TYPERS_OWN),
    ],
)
def test_help_and_completion_import_nothing_that_they_do_not_need(
    words: list[str], variables: dict[str, str], anyhow: set[str]
) -> None:
    found = imported(*words, **variables)

    assert found & SLOW <= anyhow
    assert {each for each in found if re.match(r"tombola\.(aws|flows)|tombola_cli\.(files|screens)\.", each)} == set()


@pytest.mark.parametrize(("words", "needless"), NEEDLESS.items(), ids=str)
def test_a_command_imports_no_package_that_it_does_not_need(words: tuple[str, ...], needless: set[str]) -> None:
    assert imported(*words) & needless == set()


def test_a_shell_completes_commands_and_fixed_words() -> None:
    def completed(words: str, place: int) -> list[str]:
        variables = {"_TOMBOLA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        done = subprocess.run([TOMBOLA], capture_output=True, text=True, check=True, env={**os.environ, **variables})
        return done.stdout.split()

    assert completed("tombola act", 1) == ["activity"]
    assert completed("tombola dlq list --reason un", 4) == ["unreadable"]


PAGE = (ROOT / "docs/command.md").read_text("utf-8")


def test_help_and_page_tell_the_same_exit_statuses() -> None:
    told = re.findall(r"^  (\d+) +(.+)$", main.EXIT_STATUS, re.MULTILINE)

    assert re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE) == told
    shown = subprocess.run([TOMBOLA, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(f"{status:<5}{words}" in shown for status, words in told)


@pytest.mark.parametrize(
    ("ending", "status"), [(None, 0), (TombolaError("no"), 1), (KeyboardInterrupt(), 130), (SystemExit(2), 2)]
)
def test_an_end_has_the_status_that_the_page_tells(
    ending: BaseException | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object) -> bool:
        if ending is not None:
            raise ending
        return True

    monkeypatch.setattr("tombola_cli.local.local_stack.down", ends)
    monkeypatch.setattr("tombola_cli.local.demo.homes", lambda _: [])
    monkeypatch.setattr(sys, "argv", ["tombola", "down"])

    with pytest.raises(SystemExit) as ended:
        main.run()

    assert int(ended.value.code or 0) == status


@pytest.mark.parametrize(
    "words",
    [["nosuch"], ["orders", "list"], ["orders", "list", "--parked", "--failing"], ["logs", "--follow", "--json"]],
)
def test_a_line_that_is_not_understood_ends_with_2(words: list[str]) -> None:
    assert subprocess.run([TOMBOLA, *words], capture_output=True, check=False).returncode == 2
