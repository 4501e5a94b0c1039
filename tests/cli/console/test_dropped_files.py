"""A dropped file is its operator's alone, and no way in which the console ends leaves one on the disk."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE

from served_console import END_SECONDS_MAX
from tombola_cli.console.dropped_files import Dropped, Tray

PROGRAM = Path(__file__).parents[2] / "serve_dropped.py"
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


def test_each_file_has_a_folder_of_its_own_that_nobody_else_may_read() -> None:
    tray = Tray()
    files = [tray.empty("vouchers.csv") for _ in range(2)]
    assert files[0].path != files[1].path
    assert {stat.S_IMODE(each.path.parent.stat().st_mode) for each in files} == {0o700}


def test_the_file_that_lies_there_gives_way_and_one_that_is_taken_out_stays() -> None:
    tray = Tray()
    taken, waiting = (dropped(tray, take=take) for take in (True, False))
    tray.empty("another.csv")
    assert taken.path.exists()
    assert not waiting.path.parent.exists()


def dropped(tray: Tray, *, take: bool) -> Dropped:
    file = tray.dropped = tray.empty("vouchers.csv")
    file.path.write_text("SECRET-1\n")
    if take:
        tray.take(file)
    return file


def test_no_file_is_left_however_the_console_is_told_to_end(tmp_path: Path) -> None:
    folders = {number: tmp_path / number.name for number in SIGNALS}
    with ExitStack() as running:
        consoles = {number: running.enter_context(serving(folder)) for number, folder in folders.items()}
        for number, console in consoles.items():
            assert console.stdout
            assert console.stdout.readline() == "dropped\n"
            assert [*folders[number].rglob("file")]
            console.send_signal(number)
        ends = {number.name: -console.wait(END_SECONDS_MAX) for number, console in consoles.items()}
    assert ends == {"SIGHUP": signal.SIGTERM, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
    assert {number: [*folder.iterdir()] for number, folder in folders.items()} == {number: [] for number in SIGNALS}


@contextmanager
def serving(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """Serve a console that writes its temporary files there, with some of them dropped."""
    temporary.mkdir()
    environ = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, PROGRAM], stdout=PIPE, stderr=DEVNULL, text=True, env=environ) as console:
        try:
            yield console
        finally:
            console.kill()
