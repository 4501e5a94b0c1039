"""Dynoxide, a DynamoDB in one small process: is it there, and the one that a run's tests share."""

import atexit
import os
import shutil
import socket
import subprocess
import time
from functools import cache

import pytest

from tombola_cli.files.repository import ROOT
from tombola_cli.local.loopback import free_port

PROGRAM = ROOT / ".local/dynoxide/bin/dynoxide"
START_SECONDS_MAX = 10.0
POLL_SECONDS = 0.002


def why_missing() -> str | None:
    """Return why there is no Dynoxide here, or None."""
    if PROGRAM.exists():
        return None
    if shutil.which("cargo"):
        return "Dynoxide is missing: make .local/dynoxide/.installed builds it"
    return "Dynoxide is missing: cargo builds it, and there is no cargo (Rust 1.88 or newer)"


def is_there() -> bool:
    """Return whether there is a Dynoxide; in CI, where it has to be there, fail."""
    why = why_missing()
    if why and "CI" in os.environ:
        pytest.fail(why, pytrace=False)
    return why is None


@cache
def endpoint_url() -> str:
    """Start it, for as long as this process lives, and return its endpoint."""
    port = free_port()
    process = subprocess.Popen([PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(port), "--log", "quiet"])
    atexit.register(process.wait)
    atexit.register(process.terminate)
    deadline = time.monotonic() + START_SECONDS_MAX
    while not _is_listening(port):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{PROGRAM} does not answer (exit status {process.poll()})", pytrace=False)
        time.sleep(POLL_SECONDS)
    return f"http://127.0.0.1:{port}"


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
