"""A process in the background, known by a lock and not by its number.

After a crash the number may belong to another program, which must not be stopped in its place. The lock on
the pid file is inherited by the process and held exactly as long as it lives.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tombola_cli.errors import TombolaError

STOP_SECONDS_MAX = 8.0
LEFT_OVER_SECONDS_MAX = 2.0  # a killed process is gone at once, but its entry may stay until somebody looks
POLL_SECONDS = 0.02

STDIN = 0
STDOUT = 1
STDERR = 2
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
READABLE = 0o644


@dataclass(frozen=True)
class Background:
    """A program, its pid file and its log in one folder."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def pid(self) -> int | None:
        """The process's number, or None when it does not run."""
        return int(self._pid_file.read_text()) if self.is_alive() else None

    def is_alive(self) -> bool:
        if not self._pid_file.exists():
            return False
        with self._pid_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start command as the leader of a process group, so that its children can be stopped with it."""
        reads_nothing = (os.POSIX_SPAWN_OPEN, STDIN, os.devnull, os.O_RDONLY, 0)
        writes_log = (os.POSIX_SPAWN_OPEN, STDOUT, str(self.log), NEW_FILE, READABLE)
        errors_too = (os.POSIX_SPAWN_DUP2, STDOUT, STDERR)
        with self._locked_pid_file() as descriptor:
            pid = os.posix_spawn(
                command[0],
                list(command),
                environment,
                setpgroup=0,
                file_actions=[reads_nothing, writes_log, errors_too],
            )
            os.write(descriptor, str(pid).encode())

    @contextmanager
    def _locked_pid_file(self) -> Iterator[int]:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._pid_file, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(descriptor, 0)
            os.set_inheritable(descriptor, True)
            yield descriptor
        except BlockingIOError:
            raise TombolaError(f"{self.folder}: somebody else is starting it at this moment") from None
        finally:
            os.close(descriptor)

    def stop(self) -> None:
        """Ask the process to end, then end it and all it started."""
        pid = self.pid
        if pid is None:
            return
        _signal_group(pid, signal.SIGTERM)
        _wait_while(self.is_alive, STOP_SECONDS_MAX)
        self._end(pid)

    def kill(self) -> None:
        """End the process and all it started, without asking."""
        if (pid := self.pid) is not None:
            self._end(pid)

    def _end(self, pid: int) -> None:
        _signal_group(pid, signal.SIGKILL)
        _reap(pid)
        _wait_while(lambda: _signal_group(pid, 0), LEFT_OVER_SECONDS_MAX)

    def last_words(self) -> str:
        """Return the last line of the log; rather one that is not indented, as the places of an error's trace are."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        lines = [line for line in reversed(text.split("\n")) if line.strip()]
        return next((line for line in lines if line[:1].strip()), lines[0] if lines else "it wrote nothing").strip()


def _signal_group(group: int, number: int) -> bool:
    """Return whether any process of the group was left to receive the signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS raises the latter for a dead process
        return False
    return True


def _reap(pid: int) -> None:
    """Collect the exit status if the process is a child of ours; otherwise its parent does."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _wait_while(condition: Callable[[], bool], seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while condition() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
