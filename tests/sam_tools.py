"""SAM's own programs, run from the environment that holds them."""

import os
import subprocess
from pathlib import Path

import pytest

from sam_template import ROOT

ENVIRONMENT = ROOT / ".local/sam"
SECONDS_MAX = 900.0


def path_of(*parts: str) -> Path:
    """Return a file of SAM's environment; fail, never skip, when it is missing."""
    path = ENVIRONMENT.joinpath(*parts)
    if not path.exists():
        pytest.fail(f"{path.relative_to(ROOT)} is missing: run `make .local/sam/.installed`")
    return path


def python_folder() -> Path:
    """Return the folder of a python3.13 that really runs and has pip; fail, never skip, where there is none."""
    probe = ["bash", "requirements/find_python.sh"]
    found = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True, check=True)
    python = Path(found.stdout.strip())
    if not python.with_name("python3.13").exists():
        pytest.fail(f"sam build needs CPython 3.13 with pip, and there is only {python}: install python3.13")
    return python.parent


def run(tool: str, *arguments: str | Path, python_folder: Path | None = None) -> None:
    """Run a tool at the root of the project; fail with all it said when it does not end well."""
    folders = [str(python_folder)] if python_folder else []
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "PIP_CONFIG_FILE") if name in os.environ},
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        "PATH": os.pathsep.join([*folders, os.environ["PATH"]]),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        [path_of("bin", tool), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, f"{tool} {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}"
