"""SAM's own programs, run from the environment that holds them."""

import os
import subprocess  # nosec B404
from collections.abc import Callable
from pathlib import Path

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import bundle

ENVIRONMENT = ROOT / ".local/sam"
BUILT = ROOT / ".local/built"
SOURCES = ("functions", "layers")  # what a build is made of, beside the template
SECONDS_MAX = 900.0


def path_of(*parts: str) -> Path:
    """Return a file of SAM's environment; raise TombolaError where it is missing."""
    path = ENVIRONMENT.joinpath(*parts)
    if not path.exists():
        raise TombolaError(f"{path.relative_to(ROOT)} is missing: run make .local/sam/.installed")
    return path


def python_folder() -> Path:
    """Return the folder of a python3.13 that really runs and has pip; raise TombolaError where there is none."""
    probe = ["bash", "requirements/find_python.sh"]
    found = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True, check=False)  # nosec B603
    python = Path(found.stdout.strip() or "no python")
    if not python.with_name("python3.13").exists():
        raise TombolaError(f"sam build needs CPython 3.13 with pip, and there is only {python}: install python3.13")
    return python.parent


def environment(python_folder: Path | None = None) -> dict[str, str]:
    """Return the environment of SAM's programs: nobody's credentials, with which it would ask AWS, and no telemetry."""
    folders = [str(python_folder)] if python_folder else []
    return {
        **{name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ},
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        "PATH": os.pathsep.join([*folders, os.environ["PATH"]]),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def run(tool: str, *arguments: str | Path, python_folder: Path | None = None) -> None:
    """Run a tool at the root of the project; raise TombolaError with all it said when it does not end well."""
    # The tools are SAM's own, from the environment that make installed; no shell reads the arguments.
    done = subprocess.run(  # nosec B603
        [path_of("bin", tool), *arguments],
        cwd=ROOT,
        env=environment(python_folder),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise TombolaError(f"{tool} {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}")


def built(tell: Callable[[str], None]) -> Path:
    """Return the folder of the functions and the layer as SAM builds them; build only what has changed since."""
    mark, now = BUILT / "digest", _digest()
    if not mark.exists() or mark.read_text() != now:
        tell("building with SAM")
        mark.unlink(missing_ok=True)
        places: list[str | Path] = ["--build-dir", BUILT / "build", "--cache-dir", BUILT / "cache"]
        run("sam", "build", *places, python_folder=python_folder())
        mark.write_text(now)
    return BUILT / "build"


def _digest() -> str:
    files = [ROOT / "template.yaml", *(file for folder in SOURCES for file in bundle.files_of(ROOT / folder))]
    return bundle.digest(part for file in files for part in (str(file.relative_to(ROOT)).encode(), file.read_bytes()))
