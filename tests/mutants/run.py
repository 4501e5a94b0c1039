"""Break a copy of the code in each way that the lists beside this file say: a test must notice every one."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console
from rich.progress import track

ROOT = Path(__file__).parents[2]
FOLDERS = ("layers", "functions", "cli", "tests", "events", "activities", "trees", "docs", "requirements")
TOOLS = ("emulator", "uv")  # in .local, made by make; a copy looks at them where they are
WORKERS = 2  # mutants that are tried at once, each in a copy of its own
SECONDS_MAX = 1800  # also for all tests together, before anything is broken
PASSED, FAILED = 0, 1  # pytest's exit statuses; the others mean that no test spoke
NO_END = -1

console = Console(highlight=False)


def main() -> int:
    """Return 0 if every mutant was noticed."""
    lists = sorted(Path(__file__).parent.glob("*.toml"))
    mutants = [mutant for each in lists for mutant in tomllib.loads(each.read_text())["mutant"]]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as workers:
        copies = SimpleQueue[Path]()
        for number in range(WORKERS):
            copy = Path(folder) / str(number)
            _copy(copy)
            copies.put(copy)
        tests = sorted({mutant["test"] for mutant in mutants})
        if _pytest(copy, *tests) != PASSED:
            console.print("[red]the tests fail before anything is broken: run make test[/red]")
            return 1
        verdicts = workers.map(partial(_verdict_in_any, copies), mutants)
        lines = list(track(verdicts, "breaking", total=len(mutants), console=console))
    survivors = [line for line in lines if not line.startswith("dead")]
    console.print(*lines, sep="\n", markup=False)
    console.print(f"{len(lines) - len(survivors)} of {len(lines)} mutants dead")
    return 1 if survivors else 0


def _copy(copy: Path) -> None:
    copy.mkdir(exist_ok=True)
    for file in ("pyproject.toml", "template.yaml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / file, copy)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / ".local").mkdir()
    for tool in TOOLS:
        (copy / ".local" / tool).symlink_to(ROOT / ".local" / tool)


def _verdict_in_any(copies: SimpleQueue[Path], mutant: dict[str, str]) -> str:
    copy = copies.get()
    try:
        return _verdict(copy, mutant)
    finally:
        copies.put(copy)


def _verdict(copy: Path, mutant: dict[str, str]) -> str:
    file = copy / mutant["path"]
    sound = file.read_text()
    if sound.count(mutant["old"]) != 1:
        return f"STALE     {mutant['name']}: its old text stands {sound.count(mutant['old'])} times in {mutant['path']}"
    file.write_text(sound.replace(mutant["old"], mutant["new"]))
    try:
        status = _pytest(copy, mutant["test"])
    finally:
        file.write_text(sound)
    words = {PASSED: "SURVIVED ", FAILED: "dead     ", NO_END: "NO END   "}
    return f"{words.get(status, f'PYTEST {status} ')} {mutant['name']}"


def _pytest(copy: Path, *tests: str) -> int:
    path = os.pathsep.join(str(copy / folder) for folder in ("layers/shared", "cli"))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
            timeout=SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:  # the others are still to be tried
        return NO_END
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
