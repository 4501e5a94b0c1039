"""Java and the jars of what runs on it: Maven brings them, once for all clones of this machine."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tombola_cli.errors import TombolaError
from tombola_cli.local import bundle, install


class MissingToolError(TombolaError):
    """A program that this machine has to bring is not there."""


def found(program: str, what_for: str) -> str:
    """Return the path of java or mvn; raise MissingToolError that says what it is wanted for."""
    path = shutil.which(program)
    if path is None:
        raise MissingToolError(f"{program} is missing, and {what_for} needs it: install a JDK from 17 on, and Maven")
    return path


def jars(root: Path, name: str, tell: Callable[[str], None]) -> Path:
    """Return a folder with the jars of requirements/NAME.xml, fetched first if no clone of this machine has yet.

    Maven keeps what it fetched in the home of the user, and is asked without the network first.
    """
    pom = root / f"requirements/{name}.xml"
    folder = root / f".local/jars/{name}-{bundle.digest([pom.read_bytes()])}"
    if not folder.exists():
        maven = found("mvn", name)
        try:
            _copy(maven, pom, folder, "--offline")
        except TombolaError:
            tell(f"fetching {name} by Maven (once)")
            _copy(maven, pom, folder)
    return folder


def _copy(maven: str, pom: Path, folder: Path, *more: str) -> None:
    """Let Maven copy what pom names into folder, all of it or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as temporary:
        options = ["--batch-mode", "--quiet", "--no-transfer-progress", "-Dstyle.color=never", *more]
        wanted = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={temporary}/jars"]
        install.run([maven, *options, "--file", str(pom), *wanted], pom.parent)
        with suppress(OSError):  # somebody else was first
            (Path(temporary) / "jars").rename(folder)
