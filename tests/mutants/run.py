"""Break a copy of the code in each way that the lists beside this file say: a test must notice every one."""

import gc
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

import pytest
from hypothesis import Phase, settings
from rich.console import Console
from rich.progress import track

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "layers",
    "functions",
    "cli",
    "bench",
    "tests",
    "events",
    "activities",
    "trees",
    "docs",
    "requirements",
    "web",
)
UNCOPIED = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
TOOLS = (
    "emulator",
    "uv",
    "dynoxide",
    "chromium",
    "web",
)  # in .local, made by make; a copy looks at them where they are
NODE_MODULES = "web/wheel/node_modules"  # likewise
WORKERS = 2  # mutants that are tried at once, each in a copy of its own
SECONDS_MAX = 1800  # also for all tests together, before anything is broken
LINES_MAX = 60  # of what pytest says of a test that fails before that
PASSED, FAILED = 0, 1  # pytest's exit statuses; the others mean that no test spoke
NO_END = None
# Importing these takes most of the time of a small test: one server does that once, and forks for each mutant.
# Nothing of ours is among them, so that every fork imports all of ours from its own copy.
IMPORTED_ONCE = (
    "pytest",
    "hypothesis",
    "schemathesis.pytest.plugin",
    "anyio.pytest_plugin",
    "boto3",
    "playwright.sync_api",
    "axe_playwright_python.sync_playwright",
    "moto.kms",
    "moto.sqs",
    "pydantic",
    "aws_lambda_powertools",
    "typer.testing",
    "rich.progress",
    "jwt",
    "yaml",
)
# Else a mutant that one example in hundreds finds would die on some days and survive on others.
SAME_EXAMPLES = "--hypothesis-seed=0"
# One example that fails is a verdict: a search for a smaller one took minutes of some mutants.
UNTIL_ONE_FAILS = (Phase.explicit, Phase.generate)
ALREADY_IMPORTED = "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"

T = TypeVar("T")
V = TypeVar("V")
console = Console(highlight=False)
forks = multiprocessing.get_context("forkserver")
# A start asks every other child whether it has ended, too; of two threads that ask one child, one is told 255.
ASKING = Lock()


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
        files = _by_file({mutant["test"] for mutant in mutants})
        faults = workers.map(partial(_in_any, copies, _fault_when_sound), files)
        found = list(filter(None, track(faults, "nothing broken", total=len(files), console=console)))
        if found:
            console.print(*found, sep="\n", markup=False)
            return 1
        verdicts = workers.map(partial(_in_any, copies, _verdict), mutants)
        lines = list(track(verdicts, "breaking", total=len(mutants), console=console))
    survivors = [line for line in lines if not line.startswith("dead")]
    console.print(*lines, "", *survivors, sep="\n", markup=False)  # once more: of a long output, many keep the end
    console.print(f"{len(lines) - len(survivors)} of {len(lines)} mutants dead")
    return 1 if survivors else 0


def _copy(copy: Path) -> None:
    copy.mkdir(exist_ok=True)
    for file in ("pyproject.toml", "template.yaml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / file, copy)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=UNCOPIED)
    (copy / ".local").mkdir()
    for tool in TOOLS:
        (copy / ".local" / tool).symlink_to(ROOT / ".local" / tool)
    (copy / NODE_MODULES).symlink_to(ROOT / NODE_MODULES)


def _by_file(tests: Iterable[str]) -> list[list[str]]:
    """Share the tests out by their files: each is tried among as few others as with its mutant."""
    files = defaultdict(list)
    for test in sorted(tests):
        files[test.partition("::")[0]].append(test)
    return list(files.values())


def _in_any(copies: SimpleQueue[Path], attempt: Callable[[Path, T], V], what: T) -> V:
    copy = copies.get()
    try:
        return attempt(copy, what)
    finally:
        copies.put(copy)


def _verdict(copy: Path, mutant: dict[str, str]) -> str:
    file = copy / mutant["path"]
    times = file.read_text().count(mutant["old"])
    if times != 1:
        return f"STALE     {mutant['name']}: its old text stands {times} times in {mutant['path']}"
    with _broken(file, mutant):
        status = _status(copy, [mutant["test"]])
    words = {PASSED: "SURVIVED ", FAILED: "dead     ", NO_END: "NO END   "}
    return f"{words.get(status, f'PYTEST {status} ')} {mutant['name']}"


@contextmanager
def _broken(file: Path, mutant: dict[str, str]) -> Iterator[None]:
    sound, changed_at = file.read_text(), file.stat().st_mtime_ns
    file.write_text(sound.replace(mutant["old"], mutant["new"]))
    os.utime(file, (0, 0))  # Python knows by size and second whether bytecode is a file's: none is from 1970
    try:
        yield
    finally:
        file.write_text(sound)
        os.utime(file, ns=(changed_at, changed_at))


def _fault_when_sound(copy: Path, tests: Sequence[str]) -> str | None:
    """Return what fails before anything is broken, with the end of what pytest said; None if nothing does."""
    status = _status(copy, tests, keeps_bytecode=True)
    if status == PASSED:
        return None
    said = _said(copy).read_text(errors="replace").splitlines()[-LINES_MAX:]
    return "\n".join([f"fails before anything is broken, with status {status}: {' '.join(tests)}", *said])


def _status(copy: Path, tests: Sequence[str], *, keeps_bytecode: bool = False) -> int | None:
    """Return pytest's exit status; None if it did not end, and was killed with all that it had started."""
    child = forks.Process(target=_pytest, args=(copy, tests, keeps_bytecode))
    with ASKING:
        child.start()
    connection.wait([child.sentinel], SECONDS_MAX)
    with ASKING:
        if child.exitcode is None and child.pid:  # the others are still to be tried
            os.killpg(child.pid, signal.SIGKILL)
            child.join()
            return NO_END
        return child.exitcode


def _said(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.said")


def _pytest(copy: Path, tests: Sequence[str], keeps_bytecode: bool) -> None:
    os.setsid()
    os.chdir(copy)
    said = os.open(_said(copy), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for output in (1, 2):
        os.dup2(said, output)
    path = [str(copy / folder) for folder in ("layers/shared", "cli")]
    sys.path[:0] = [str(copy), *path]
    # The programs that the tests start are to see the same code.
    os.environ |= {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "" if keeps_bytecode else "1"}
    sys.dont_write_bytecode = not keeps_bytecode
    # Hypothesis takes the numbers of all modules of ours for examples: those of this one are not in a run of pytest.
    sys.modules |= {"__main__": pytest, "__mp_main__": pytest}
    # The profile of our tests descends from the default one, which in CI is not the one that is there at first.
    settings.register_profile("default", settings.get_profile("default"), phases=UNTIL_ONE_FAILS)
    settings.load_profile("default")
    gc.freeze()  # pytest collects all garbage several times: not among what was there before
    temporary = copy.with_name(f"{copy.name}.tmp")
    own = ["-q", "-x", "-p", "no:cacheprovider", "-W", ALREADY_IMPORTED, f"--basetemp={temporary}", SAME_EXAMPLES]
    sys.exit(pytest.main([*own, *tests]))


if __name__ == "__main__":
    forks.set_forkserver_preload(list(IMPORTED_ONCE))
    sys.exit(main())
