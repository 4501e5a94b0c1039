"""A console of a stack, served as the command serves it, for the tests that look at its pages."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from tombola_cli.operate.stack import Stack

PROGRAM = Path(__file__).with_name("serve_console.py")
END_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Console:
    """Where it is, and the name and value of the cookie that it gave for its token."""

    url: str
    cookie: tuple[str, str]


@contextmanager
def served(stack: Stack, folder: Path, who: str) -> Iterator[Console]:
    """Serve a console of the stack in a process of its own."""
    file = folder / "stack.json"
    stack.save(file)
    with subprocess.Popen([sys.executable, PROGRAM, file, who], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            answer = urllib3.request("GET", address, redirect=False)
            assert answer.status == 303, answer.data
            name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
            yield Console(address.partition("/enter")[0], (name, value))
        finally:
            process.terminate()
            process.wait(END_SECONDS_MAX)
