"""All pages share one count of the codes, with its time: each code is counted when somebody asks, not at each load."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, current_thread
from typing import Any

import pytest

from builders import NOON, a_share, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.aws.activity_items import name_item
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import no_code_left
from tombola.rules.order import GrantState
from tombola_cli.console import pool_counts
from tombola_cli.console.pool_counts import PoolCounts
from tombola_cli.errors import TombolaError

PATIENCE_SECONDS = 10.0


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def ended(counts: PoolCounts) -> PoolCounts:
    counts.work.wait(PATIENCE_SECONDS)
    assert not counts.work.is_running
    return counts


def test_a_count_is_made_again_after_an_import_or_when_somebody_asks(desk: Desk) -> None:
    counts = PoolCounts(desk.stack)
    made = []
    for imports in (0, 0, 1, 1):
        counts.since(imports)
        made.append(ended(counts).work.runs)
    assert made == [1, 1, 2, 2]
    counts.again()
    assert ended(counts).work.runs == 3


def test_a_page_that_is_opened_has_an_old_count_made_anew_and_no_fresh_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = PoolCounts(desk.stack)
    counts.since(0, opened=True)
    counts.since(0, opened=True)
    ended(counts).since(0, opened=True)
    assert ended(counts).work.runs == 1

    monkeypatch.setattr(pool_counts, "FRESH", timedelta(seconds=-1))
    counts.since(0)
    assert ended(counts).work.runs == 1
    counts.since(0, opened=True)
    assert ended(counts).work.runs == 2


def test_prizes_that_are_parked_for_want_of_a_code_are_told_though_no_activity_is_short(desk: Desk) -> None:
    award = an_award(award_type=AwardType.CODE, award_content="", source="spring")
    desk.ledger.apply(an_activity(a_share("3", award=award, stock=0)), {})
    desk.ledger.put_item(name_item("100001"))
    counts = PoolCounts(desk.stack)
    counts.again()
    assert "no prize is parked" in str(ended(counts).work.blocks)
    assert counts.pools == ["spring"]

    parked = {"grant_state": GrantState.PARKED, "parked_because": no_code_left("spring"), "due_at": NOON}
    desk.put(an_order(7, award=award, **parked))
    counts.again()

    told = str(ended(counts).work.blocks)
    assert "pool spring had no code for 1 order, parked since: import codes" in told
    assert "no prize is parked" not in told


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
