"""A process in the background is known by the lock on its pid file."""

import os
import sys
import time
from pathlib import Path

import pytest

from process_groups import living
from tombola_cli.errors import TombolaError
from tombola_cli.local.process import Background

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]
SECONDS_MAX = 180.0


def test_a_process_is_alive_until_it_is_stopped(tmp_path: Path) -> None:
    process = Background(tmp_path)

    process.start(SLEEPS, {})
    alive = process.is_alive()
    process.stop()

    assert (alive, process.is_alive()) == (True, False)


def test_stopping_ends_what_the_process_started_and_what_ignores_a_request(tmp_path: Path) -> None:
    started = tmp_path / "started"
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {stubborn!r}]); "
    process = Background(tmp_path)
    process.start([sys.executable, "-c", script + f"open({str(started)!r}, 'w'); time.sleep(600)"], {})
    deadline = time.monotonic() + SECONDS_MAX
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pid = process.pid
    assert pid
    assert living(pid) == 2

    process.stop()

    assert living(pid) == 0


def test_a_number_that_was_given_to_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()))
    process = Background(tmp_path)

    process.stop()

    assert process.pid is None


def test_two_cannot_start_in_one_folder(tmp_path: Path) -> None:
    process = Background(tmp_path)
    process.start(SLEEPS, {})
    try:
        with pytest.raises(TombolaError, match="somebody else is starting it"):
            process.start(SLEEPS, {})
    finally:
        process.stop()


def test_what_a_process_says_and_complains_of_is_in_its_log_and_it_waits_for_no_keys(tmp_path: Path) -> None:
    process = Background(tmp_path)
    script = "import sys; print(repr(sys.stdin.read()), flush=True); sys.exit('it could not go on')"

    process.start([sys.executable, "-c", script], {})
    deadline = time.monotonic() + SECONDS_MAX
    while process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)

    assert process.log.read_text() == "''\nit could not go on\n"
    assert process.last_words() == "it could not go on"


def test_the_last_words_of_a_trace_are_its_error_and_not_a_place(tmp_path: Path) -> None:
    process = Background(tmp_path)
    process.log.write_text("ERROR not started\n\tat Server.start\nCaused by: no room\n\tat Disk.write\n\t... 3 more\n")

    assert process.last_words() == "Caused by: no room"


def test_of_a_log_whose_lines_are_all_indented_the_last_is_told(tmp_path: Path) -> None:
    process = Background(tmp_path)
    process.log.write_text("  + Errors\n    | no room\n\n")

    assert process.last_words() == "| no room"
