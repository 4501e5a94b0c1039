"""Work of minutes is done beside the pages: one run at a time, and its end is there for whoever looks."""

from threading import Event

import pytest
from botocore.exceptions import EndpointConnectionError

from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.errors import TombolaError
from tombola_cli.screens.blocks import Block, Facts

PATIENCE_SECONDS = 10.0
DONE: list[Block] = [Facts({}, "done")]


def ended(work: LongWork) -> LongWork:
    work.wait(PATIENCE_SECONDS)
    assert not work.is_running
    return work


def test_what_came_of_a_run_stays_until_the_next() -> None:
    work = LongWork()
    work.start("Import", lambda: DONE)
    assert ended(work).blocks == DONE
    work.start("Import again", list)
    assert (ended(work).label, work.blocks, work.runs) == ("Import again", [], 2)


def test_a_second_run_is_refused_while_the_first_is_under_way_and_the_first_goes_on() -> None:
    work, may_end = LongWork(), Event()

    def call() -> list[Block]:
        may_end.wait(PATIENCE_SECONDS)
        return DONE

    work.start("Import", call)
    with pytest.raises(TombolaError, match="Import is still under way"):
        work.start("Count", list)
    may_end.set()
    assert ended(work).blocks == DONE


def test_trouble_is_told_where_the_result_would_stand() -> None:
    work = LongWork()

    def call() -> list[Block]:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    work.start("Import", call)
    assert str(ended(work).trouble).startswith("The stack does not answer")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_foresaw_is_told_without_its_words() -> None:
    work = LongWork()

    def call() -> list[Block]:
        raise KeyError("a code")

    work.start("Import", call)
    told = str(ended(work).trouble)
    assert "KeyError" in told
    assert "a code" not in told


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ((0, None, ""), ""),
        ((0, None, "one step"), "one step"),
        ((7, None, ""), "7"),
        ((1200, 5000, "lines"), "1,200 of 5,000 lines"),
    ],
)
def test_progress_is_said_in_figures(told: tuple[int, int | None, str], said: str) -> None:
    progress = Progress()
    progress.tell(*told)
    assert progress.said() == said
