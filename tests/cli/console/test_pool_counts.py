"""All pages share one count of the codes, with its time: each code is counted when somebody asks, not at each load."""

from collections.abc import Iterator
from threading import Event, current_thread
from typing import Any

import pytest

from desk import Desk, a_desk
from tombola_cli.console import pool_counts
from tombola_cli.console.pool_counts import PoolCounts
from tombola_cli.errors import TombolaError
from tombola_cli.screens.blocks import Facts

PATIENCE_SECONDS = 10.0


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def ended(counts: PoolCounts) -> PoolCounts:
    counts.work.wait(PATIENCE_SECONDS)
    assert not counts.work.is_running
    return counts


def test_a_count_is_told_with_its_time_and_made_again_after_an_import_or_when_somebody_asks(desk: Desk) -> None:
    counts = PoolCounts(desk.stack)
    made = []
    for imports in (0, 0, 1, 1):
        counts.since(imports)
        made.append(ended(counts).work.runs)
    assert made == [1, 1, 2, 2]
    as_of = counts.work.blocks[0]
    assert isinstance(as_of, Facts)
    assert as_of.told == f"As of {desk.stack.now():%H:%M:%S} UTC"
    counts.again()
    assert ended(counts).work.runs == 3


def test_one_count_is_under_way_in_a_thread_of_its_own_and_one_that_an_import_missed_is_made_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, may_end, threads = PoolCounts(desk.stack), Event(), []

    def pools(_: Any) -> list[str]:
        threads.append(current_thread().name)
        may_end.wait(PATIENCE_SECONDS)
        return []

    monkeypatch.setattr(pool_counts, "pools_in", pools)
    counts.since(0)
    counts.since(1)
    with pytest.raises(TombolaError, match="still under way"):
        counts.again()
    may_end.set()
    assert ended(counts).work.runs == 1
    counts.since(1)
    assert ended(counts).work.runs == 2
    assert not [name for name in threads if name.startswith("asyncio")]
