"""House rules that no linter knows."""

import ast
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tombola_cli.files.repository import ROOT

SOURCES = sorted(
    file for folder in ("layers/shared/tombola", "functions", "cli") for file in (ROOT / folder).rglob("*.py")
)
LOCKS = [
    "layers/shared/requirements.txt",
    *(f"requirements/{name}.txt" for name in ("audit", "dev", "emulator", "sam", "web")),
]
PYTHON = sorted(
    file
    for folder in ("layers/shared/tombola", "functions", "cli", "bench", "tests")
    for file in (ROOT / folder).rglob("*.py")
)
HANDLER_LINES_MAX = 60
FILE_LINES_MAX = 300
CATALOGUES = [ROOT / "cli/tombola_cli/console/texts.py"]  # as long as there are texts: one place for translators
FUNCTION_LINES_MAX = 40
CONSTANTS_MAX = 2  # of one line: of more, the reader counts which value belongs to which name
PAGE_LINES_MAX = 120
PAGE_FUNCTION_LINES_MAX = 20


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_and_function_fits_the_house(file: Path) -> None:
    text = file.read_text("utf-8")

    assert len(text.splitlines()) <= FILE_LINES_MAX or file in CATALOGUES
    assert [name for name, lines in lines_by_function(text).items() if lines > FUNCTION_LINES_MAX] == []


def test_the_draw_is_a_page_of_calls_and_what_it_decides_is_a_rule() -> None:
    text = (ROOT / "layers/shared/tombola/flows/draw.py").read_text("utf-8")

    assert len(text.splitlines()) <= PAGE_LINES_MAX
    assert [name for name, lines in lines_by_function(text).items() if lines > PAGE_FUNCTION_LINES_MAX] == []


def lines_by_function(text: str) -> dict[str, int]:
    """Return the lines of each function, its docstring left out."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    docstrings = {node: len((ast.get_docstring(node) or "").splitlines()) for node in functions}
    return {
        f"{node.name}:{node.lineno}": (node.end_lineno or 0) - node.lineno + 1 - docstrings[node] for node in functions
    }


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_nobody_counts_which_value_a_constant_has(file: Path) -> None:
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else []
            assert len(names) <= CONSTANTS_MAX, f"line {node.lineno}"


@pytest.mark.parametrize("name", ["draw", "distribute", "compensate"])
def test_a_handler_is_one_short_file_of_its_own_name(name: str) -> None:
    (file,) = (ROOT / "functions" / name).glob("*.py")

    assert file.name == f"{name}_handler.py"
    assert len(file.read_text().splitlines()) <= HANDLER_LINES_MAX


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert all("==" in line for line in text.splitlines() if not line.startswith((" ", "#")))
    assert text.count("--hash=sha256:") >= len(re.findall(r"^\w", text, re.MULTILINE))


def test_the_locks_are_what_the_project_file_asks_for(tmp_path: Path) -> None:
    for lock in LOCKS:  # a version that is locked stays, as long as the project file allows it
        (tmp_path / lock).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / lock, tmp_path / lock)
    path = f"{ROOT / '.local/uv/bin'}{os.pathsep}{os.environ['PATH']}"

    subprocess.run(
        ["bash", "requirements/lock.sh"],
        cwd=ROOT,
        env={**os.environ, "LOCK_DIR": str(tmp_path), "PATH": path},
        check=True,
    )

    for lock in LOCKS:
        assert (tmp_path / lock).read_text() == (ROOT / lock).read_text(), f"{lock} is stale: run make lock"


def test_the_layer_carries_no_sdk_and_nothing_traces_at_a_cold_start() -> None:
    assert not re.findall(r"^(boto3|botocore|aws-xray-sdk)==", (ROOT / LOCKS[0]).read_text(), re.MULTILINE)
    for file in SOURCES:
        assert "Tracer" not in file.read_text("utf-8")


ROOMS = ROOT / "cli/tombola_cli"
ROOM_ENTRIES_MAX = 14
# Modules that share a name inside the layer; none of the command's may stand here.
SAME_NAME_IN_THE_LAYER: set[str] = set()
# Modules of the command that are tested by the tests of what uses them, or only on a deployed stack.
WITHOUT_A_TEST_OF_THEIR_OWN = {
    "act_sheets",
    "batches",
    "beyond",
    "blocks",
    "bundle",
    "checks",
    "dead_letter_sheets",
    "code_sheets",
    "demo_command",
    "demo_sheets",
    "doctor_sheets",
    "emulated_answers",
    "examination",
    "examples",
    "fields",
    "finding",
    "forget_sheets",
    "install",
    "invoke_command",
    "invoke_sheets",
    "launch",
    "legible",
    "logbook",
    "ministack",
    "options",
    "order_sheets",
    "provider_sheets",
    "shipment_sheets",
    "patience",
    "picture",
    "promise_answers",
    "promise_prizes",
    "promise_quotas",
    "promise_results",
    "promise_stock",
    "reveal",
    "rule_trees",
    "simulate_command",
    "simulation_sheets",
    "snapshot",
    "stack_commands",
    "stack_sheets",
    "tree_commands",
    "tree_sheets",
    "win_sheets",
    "zones",
}


def test_no_two_modules_share_a_name() -> None:
    names = Counter(file.stem for file in SOURCES if file.name != "__init__.py")

    assert {name for name, times in names.items() if times > 1} == SAME_NAME_IN_THE_LAYER
    assert not SAME_NAME_IN_THE_LAYER & {file.stem for file in ROOMS.rglob("*.py")}


def test_every_module_has_a_test_of_its_name() -> None:
    tests = {file.stem.removeprefix("test_") for file in (ROOT / "tests").rglob("test_*.py")}
    modules = {file.stem for file in SOURCES if file.name != "__init__.py" and does_anything(file)}
    tested = {name for name in modules if any(test == name or test.startswith(f"{name}_") for test in tests)}

    assert modules - tested == WITHOUT_A_TEST_OF_THEIR_OWN


def does_anything(file: Path) -> bool:
    """Return whether any function of the file has a body; protocols and values have none to test."""
    functions = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    bodies = [[line for line in function.body if not is_a_text(line)] for function in functions]
    return any(bodies)


def is_a_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def test_the_command_is_a_few_rooms_and_each_says_what_it_is_for() -> None:
    entries = {entry for entry in ROOMS.iterdir() if entry.is_file() or any(entry.glob("*.py"))}

    assert len(entries) <= ROOM_ENTRIES_MAX
    for room in (entry for entry in entries if entry.is_dir()):
        words = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or ""
        assert words.startswith("The room "), room.name


def test_every_event_is_used_by_a_test() -> None:
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py"))
    for event in (ROOT / "events").glob("*.json"):
        assert f'"{event.stem}"' in tests, event.name
