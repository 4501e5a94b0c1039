"""The demo, as anybody runs it."""

import json
import subprocess
import sys
from pathlib import Path

from tombola_cli.files.repository import ROOT
from tombola_cli.local.local_stack import HOME

SECONDS_MAX = 1200
FIGURES = [
    *("draws", "won", "lost", "granted", "parked", "waiting", "oversold"),
    *("granted_twice", "unaccounted", "sent_failed", "seconds"),
]


def test_the_demo_loses_messages_and_its_books_balance() -> None:
    command: list[str | Path] = [Path(sys.executable).with_name("tombola"), "demo"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "balanced\ttrue\n" in done.stdout  # in a pipe, as here
    figures = json.loads((HOME / "demo.json").read_text())
    assert list(figures) == FIGURES
    assert (figures["draws"], figures["won"], figures["granted"]) == (500, figures["granted"], 500 - figures["lost"])
    assert {figures[name] for name in ("parked", "waiting", "oversold", "granted_twice", "unaccounted")} == {0}
    assert figures["sent_failed"] > 0
    assert figures["lost"] > 0
    assert not list(HOME.glob("demo-*"))
