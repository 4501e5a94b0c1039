"""What the runner of mutants says of a small project, and that nothing of one mutant reaches the next."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.popen_forkserver import Popen
from pathlib import Path
from threading import Event

import pytest

from mutants import run
from process_groups import living

CODE = "def double(number):\n    return number * 2\n"
TESTS = """
import os
import subprocess
from pathlib import Path

from hypothesis import given, strategies

import code_of_ours


def test_four():
    assert code_of_ours.double(2) == 4


def test_six():
    assert code_of_ours.double(3) == 6


def test_end():
    if code_of_ours.double(2) != 4:
        other = subprocess.Popen(["sleep", "600"])
        Path("group").write_text(str(os.getpgid(other.pid)))
        other.wait()


@given(strategies.text())
def test_any(text):
    if len(code_of_ours.double(text)) != 2 * len(text):
        with Path("failed").open("a") as failed:
            failed.write("once more\\n")
        raise AssertionError
"""
FAILS_MAX = 3  # of a property: when it is found, when that is made sure of, and when it is shown
ENOUGH_SECONDS = 6  # for a fork to come to its test, or a thread to its next line, on a busy machine


@pytest.fixture(scope="module", autouse=True)
def _imported_once() -> None:
    run.forks.set_forkserver_preload(list(run.IMPORTED_ONCE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy = tmp_path / "0"
    (copy / "cli").mkdir(parents=True)
    (copy / "pytest.ini").write_text("[pytest]")
    (copy / "cli/code_of_ours.py").write_text(CODE)
    (copy / "test_code.py").write_text(TESTS)
    return copy


def a_mutant(new: str, test: str = "test_six", old: str = "number * 2") -> dict[str, str]:
    return {"name": "a fault", "path": "cli/code_of_ours.py", "old": old, "new": new, "test": f"test_code.py::{test}"}


def test_what_a_test_says_is_the_verdict_and_the_file_is_sound_again(copy: Path) -> None:
    assert run._verdict(copy, a_mutant("number + 2")) == "dead      a fault"
    assert run._verdict(copy, a_mutant("number + 2", test="test_four")) == "SURVIVED  a fault"
    assert (copy / "cli/code_of_ours.py").read_text() == CODE


def test_a_test_that_fails_before_anything_is_broken_is_told_with_what_pytest_says(copy: Path) -> None:
    (copy / "cli/code_of_ours.py").write_text(CODE.replace("* 2", "* 3"))
    told = run._fault_when_sound(copy, ["test_code.py::test_six"])

    assert told is not None
    assert told.startswith("fails before anything is broken, with status 1: test_code.py::test_six\n")
    assert "assert 9 == 6" in told


@pytest.mark.parametrize("mutant", [a_mutant("number + 2", test="test_gone"), a_mutant("number *")])
def test_where_no_test_speaks_the_verdict_is_pytests_status(copy: Path, mutant: dict[str, str]) -> None:
    """Be it that there is no such test, or that its file cannot be imported."""
    assert run._verdict(copy, mutant) == f"PYTEST {int(pytest.ExitCode.USAGE_ERROR)}  a fault"


@pytest.mark.parametrize("old", ["number * 3", "number"])
def test_a_text_that_does_not_stand_once_is_stale(copy: Path, old: str) -> None:
    assert run._verdict(copy, a_mutant("0", old=old)).startswith("STALE     a fault: its old text stands ")


def test_a_mutant_without_end_is_killed_with_all_that_it_started(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run._fault_when_sound(copy, ["test_code.py"]) is None
    monkeypatch.setattr(run, "SECONDS_MAX", ENOUGH_SECONDS)

    assert run._verdict(copy, a_mutant("number + 3", test="test_end")) == "NO END    a fault"

    assert living(int((copy / "group").read_text())) == 0


def test_no_smaller_example_is_looked_for_than_the_first_that_fails(copy: Path) -> None:
    assert run._verdict(copy, a_mutant("number + 'more'", test="test_any")) == "dead      a fault"
    assert len((copy / "failed").read_text().splitlines()) <= FAILS_MAX


def test_one_thread_at_a_time_asks_a_child_how_it_ended(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is waited for until a second thread asks the same child, which its start of another would do."""
    poll, asking, asked, asked_twice = Popen.poll, list[Popen](), Event(), Event()

    def slowly(child: Popen, *flags: int) -> int | None:
        if child.returncode is not None:
            return child.returncode
        asking.append(child)
        if asking.count(child) > 1:
            asked_twice.set()
        elif not asked.is_set():
            asked.set()
            asked_twice.wait(ENOUGH_SECONDS)
        asking.remove(child)
        return poll(child, *flags)

    monkeypatch.setattr(Popen, "poll", slowly)
    other = copy.with_name("1")
    shutil.copytree(copy, other)
    with ThreadPoolExecutor() as workers:
        first = workers.submit(run._fault_when_sound, copy, ["test_code.py::test_six"])
        assert asked.wait(run.SECONDS_MAX)
        second = workers.submit(run._fault_when_sound, other, ["test_code.py::test_six"])

    assert not asked_twice.is_set()
    assert (first.result(), second.result()) == (None, None)


def test_bytecode_is_kept_of_sound_files_only_and_none_is_taken_for_that_of_a_broken_one(copy: Path) -> None:
    assert run._fault_when_sound(copy, ["test_code.py"]) is None
    kept = {file: file.read_bytes() for file in copy.rglob("*.pyc")}
    assert {file.name.partition(".")[0] for file in kept} == {"code_of_ours", "test_code"}
    file = copy / "cli/code_of_ours.py"
    changed_at = file.stat().st_mtime_ns

    with run._broken(file, a_mutant("number + 2")):
        assert file.stat().st_mtime_ns == 0
    assert file.stat().st_mtime_ns == changed_at
    assert run._verdict(copy, a_mutant("number + 2")) == "dead      a fault"  # a text of the same length

    assert {file: file.read_bytes() for file in copy.rglob("*.pyc")} == kept


def test_a_fork_has_nothing_of_ours_before_it_reads_its_copy() -> None:
    ours = {"tombola", "tombola_cli", *(file.stem for file in (run.ROOT / "tests").glob("*.py"))}

    assert ours.isdisjoint(name.partition(".")[0] for name in run.IMPORTED_ONCE)


def test_the_tests_of_a_file_are_tried_together_when_nothing_is_broken_and_those_of_another_are_not_there() -> None:
    tests = {"a.py::one", "b.py", "a.py::two", "c.py::one"}

    assert run._by_file(tests) == [["a.py::one", "a.py::two"], ["b.py"], ["c.py::one"]]
