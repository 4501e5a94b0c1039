"""The bench of the export replays answers: it exports as many winners as it says, however many pages they are."""

from pathlib import Path

import pytest

import winners


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1_234])
def test_so_many_winners_are_exported_as_are_asked_for(count: int, tmp_path: Path) -> None:
    assert winners.export(count, tmp_path) > 0
    assert list(tmp_path.iterdir()) == []


def test_the_peak_is_that_of_the_process_that_exports() -> None:
    assert 10 < winners.peak_mb(10) < 500
