"""Who still runs, and who stands still."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FREEZE_SECONDS_MAX = 10.0
POLL_SECONDS = 0.005


def living(group: int) -> int:
    """Count the processes of a group, without those that are dead and only not yet collected."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return sum(line.split()[0] == str(group) and "Z" not in line for line in listed.splitlines())


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process for a while. On a busy machine its threads go on for a moment after the signal, and may answer."""
    os.kill(pid, signal.SIGSTOP)
    try:
        deadline = time.monotonic() + FREEZE_SECONDS_MAX
        while not _is_stopped(pid):
            if time.monotonic() > deadline:
                pytest.fail(f"process {pid} does not stop within {FREEZE_SECONDS_MAX} s")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    """Return whether each thread has stopped, as /proc/PID/task/TID/stat tells behind its name in parentheses."""
    threads = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(thread.rpartition(")")[2].split()[0] == "T" for thread in threads)
