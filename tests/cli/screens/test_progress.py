"""Long work tells what it does on stderr, and never in what is shown."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tombola_cli.screens import progress


@pytest.mark.parametrize("shows", [progress.working, progress.steps, lambda words: progress.bar(words, 10)])
def test_progress_never_stands_in_what_is_shown(
    shows: Callable[[str], AbstractContextManager[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with shows("[counting]") as tell:
        tell(*([3, 10] if shows not in (progress.working, progress.steps) else []), "[a step]")

    assert capsys.readouterr().out == ""


def test_steps_stay_on_stderr_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.steps("tombola") as tell:
        tell("building [the layer]")
    progress.note("busy [503]")

    assert capsys.readouterr().err == "- building [the layer]\nbusy [503]\n"
