"""Lottery's own JSON library at work: a Java program that reads messages into its InvoiceVO and writes them again."""

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import java

T = TypeVar("T")


@dataclass(frozen=True)
class LotterysJson:
    """A process that answers a line with a line."""

    process: "subprocess.Popen[bytes]"

    def written(self, message: str) -> str:
        """Return message as Lottery would send it again; fail if it cannot read it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(base64.b64encode(message.encode()) + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, "Lottery's program ended"
        assert not answer.startswith(b"!"), f"Lottery cannot read {message!r}: {answer.decode()}"
        return base64.b64decode(answer).decode()


@contextmanager
def lotterys_json() -> Iterator[LotterysJson]:
    """Run Lottery's JSON library; where there is no Java, skip with a sentence, but never in CI."""
    program, jars = or_say_what_is_missing(
        lambda: (java.found("java", "Lottery's JSON library"), java.jars(ROOT, "fastjson", print))
    )
    source = ROOT / "tests/java/LotterysInvoices.java"
    command = [program, "-XX:+UseSerialGC", "-cp", f"{jars}/*", str(source)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield LotterysJson(process)
        finally:
            process.terminate()


def or_say_what_is_missing(attempt: Callable[[], T]) -> T:
    """Return what attempt returns; without the tools that it needs skip the test, or fail in CI, and say which."""
    try:
        return attempt()
    except java.MissingToolError as error:
        if "CI" not in os.environ:
            pytest.skip(str(error))
        pytest.fail(str(error), pytrace=False)
    except TombolaError as error:
        pytest.fail(str(error), pytrace=False)
