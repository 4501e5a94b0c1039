"""The installations that a local stack needs before it starts: the emulator, the layer's packages."""

import os
import subprocess  # nosec B404
from collections.abc import Callable, Sequence
from pathlib import Path

from tombola_cli.errors import TombolaError

INSTALL_SECONDS_MAX = 600


def emulator(root: Path, tell: Callable[[str], None]) -> Path:
    """Return the emulator's environment, installed first if it is missing or older than its lock."""
    return _installed(root, "emulator", "the emulator", tell)


def sam(root: Path, tell: Callable[[str], None]) -> Path:
    """Return the environment of SAM's tools, installed first if it is missing or older than its lock."""
    return _installed(root, "sam", "SAM's tools", tell)


def _installed(root: Path, name: str, called: str, tell: Callable[[str], None]) -> Path:
    environment, lock = root / ".local" / name, root / f"requirements/{name}.txt"
    mark = environment / ".installed"  # make leaves the same mark, and looks at it in the same way
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        tell(f"installing {called} (once)")
        run(["bash", "requirements/install.sh", f".local/{name}", f"requirements/{name}.txt"], root)
        mark.touch()
    return environment


def packages(root: Path, python: Path, requirements: Path, target: Path) -> None:
    """Install the locked packages for this interpreter into a folder, and nothing that is not in the lock."""
    options = ["--quiet", "--no-deps", "--require-hashes", "--python", str(python), "--target", str(target)]
    run(["uv", "pip", "install", *options, "--requirement", str(requirements)], root)


def run(command: Sequence[str], folder: Path) -> None:
    """Run command in folder; if it fails, its last output is the error."""
    path = f"{folder / '.local/uv/bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        # Each command is a list that stands in this module: no shell reads it, and nobody's input is in it.
        done = subprocess.run(  # nosec B603
            command,
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS_MAX,
        )
    except FileNotFoundError:
        raise TombolaError(f"{command[0]} is missing: run make up, which brings it") from None
    except subprocess.TimeoutExpired:
        raise TombolaError(f"{' '.join(command)} took more than {INSTALL_SECONDS_MAX} seconds") from None
    if done.returncode:
        words = [line.strip() for line in (done.stdout + done.stderr).split("\n") if line.strip()]
        said = words[-1] if words else f"exit status {done.returncode}"
        raise TombolaError(f"{' '.join(command[:2])} failed: {said}")
