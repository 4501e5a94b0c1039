"""How `make sam-local` ends: well, with a fault, or without having run. What it started is stopped in any case."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from process_groups import living
from sam_local import main, needs
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT

SECONDS_MAX = 60.0
STARTS_AND_WAITS = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from sam_local import main, needs
from tombola_cli.local.process import Background

def faults():
    with ExitStack() as started:
        process = Background(Path(sys.argv[1]))
        started.callback(process.stop)
        process.start([sys.executable, "-c", "import time; time.sleep(600)"], {})
        print(process.pid, flush=True)
        time.sleep(600)

needs.missing = list
main._all_faults = faults
sys.exit(main.main())
"""


@pytest.fixture(autouse=True)
def nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "missing", list)
    monkeypatch.setattr(signal, "signal", lambda *_: None)


def test_where_something_is_missing_nothing_runs_and_a_caller_can_tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(needs, "missing", lambda: ["dockerd: bring it"])
    monkeypatch.setattr(main, "_all_faults", lambda: pytest.fail("it ran"))

    assert main.main() == 77
    assert capsys.readouterr().out == "sam local was not run. It needs\ndockerd: bring it\n"


def test_without_a_fault_it_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "_all_faults", list)

    assert main.main() == 0


def test_a_fault_is_told_and_ends_it_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "_all_faults", lambda: ["draw: status: expected 201, got 200"])

    assert main.main() == 1
    assert capsys.readouterr().out == "draw: status: expected 201, got 200\n"


def test_what_cannot_be_done_is_told_and_ends_it_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> list[str]:
        raise TombolaError("the container engine did not start")

    monkeypatch.setattr(main, "_all_faults", fails)

    assert main.main() == 1
    assert "the container engine did not start" in capsys.readouterr().out


def test_what_was_started_is_stopped_when_the_run_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_AND_WAITS, str(tmp_path / "process")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        assert living(pid) == 1
        run.send_signal(signal.SIGTERM)
        run.wait(SECONDS_MAX)

    assert (run.returncode, living(pid)) == (128 + signal.SIGTERM, 0)
