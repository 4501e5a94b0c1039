"""A container engine of one's own, in a network that has no way out and with mounts that end with it.

Neither its bridge nor its rules touch the machine's network, and another engine that runs there is left alone.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tombola_cli.errors import TombolaError
from tombola_cli.local.process import Background

BRIDGE = "172.17.0.1"  # the machine, as a container sees it
BRIDGE_NETWORK = f"{BRIDGE}/16"
STARTED_SECONDS_MAX = 60.0
COMMAND_SECONDS_MAX = 300.0
POLL_SECONDS = 0.05
LAMBDAS = "label=sam.cli.container.type=lambda"


@dataclass(frozen=True)
class Engine:
    """A daemon that runs, and its short folder: a socket's path has room for some 100 characters."""

    daemon: Background
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.folder / 'docker.sock'}"}

    def inside(self, *command: str | Path) -> list[str]:
        """Return what runs a command in the engine's network, as the same process: signals reach it."""
        return [shutil.which("nsenter") or "nsenter", f"--net=/proc/{self.daemon.pid}/ns/net", "--", *map(str, command)]

    def docker(self, *words: str, file: Path | None = None) -> str:
        """Run a docker command, from a file if there is one; raise TombolaError with what it said when it fails."""
        with (file or Path(os.devnull)).open("rb") as stream:
            done = subprocess.run(
                ["docker", *words],
                stdin=stream,
                env={**os.environ, **self.variables},
                capture_output=True,
                text=True,
                check=False,
                timeout=COMMAND_SECONDS_MAX,
            )
        if done.returncode:
            raise TombolaError(f"docker {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def remove_functions(self) -> None:
        """Remove the containers that SAM started and did not stop."""
        if left := self.docker("ps", "--all", "--quiet", "--filter", LAMBDAS).split():
            self.docker("rm", "--force", *left)


@contextmanager
def running(home: Path) -> Iterator[Engine]:
    """Start the engine, whose images stay in home, and stop it whatever happens."""
    daemon = Background(home / "engine")
    if daemon.is_alive():
        raise TombolaError(f"an engine of another run is there (pid {daemon.pid}): wait for it, or end it")
    folder = Path(tempfile.mkdtemp(prefix="tombola-"))
    try:
        daemon.start(_command(folder, home / "images"), dict(os.environ))
        engine = Engine(daemon, folder)
        _await_answer(engine)
        with ExitStack() as at_end:
            at_end.callback(_leave_only_images, engine)
            yield engine
    finally:
        daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path, images: Path) -> list[str]:
    """Return a command that becomes the daemon: unshare and the shell hand their process over."""
    daemon = [
        *("dockerd", "--host", f"unix://{folder / 'docker.sock'}"),
        *("--data-root", str(images), "--exec-root", str(folder / "run"), "--pidfile", str(folder / "pid")),
        *("--bip", BRIDGE_NETWORK, "--config-file", str(_no_settings(folder))),
    ]
    unshare = shutil.which("unshare") or "unshare"
    return [unshare, "--net", "--mount", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *daemon]


def _no_settings(folder: Path) -> Path:
    """Return a file of settings that says nothing: the machine's own is for its own engine."""
    file = folder / "daemon.json"
    file.write_text(json.dumps({}))
    return file


def _await_answer(engine: Engine) -> None:
    deadline = time.monotonic() + STARTED_SECONDS_MAX
    while time.monotonic() < deadline and engine.daemon.is_alive():
        try:
            engine.docker("info")
        except TombolaError:
            time.sleep(POLL_SECONDS)
        else:
            return
    log = engine.daemon.log.read_text(errors="replace")
    raise TombolaError(f"the container engine did not start: {engine.daemon.last_words()}\n{log}")


def _leave_only_images(engine: Engine) -> None:
    """Remove containers, and images without a name, of which SAM makes one for each function at each start."""
    engine.remove_functions()
    engine.docker("image", "prune", "--force")
