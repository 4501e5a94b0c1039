"""A walk through an index: what holds for it beside its lanes, whose walk is in test_lane_walk.py."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import NOON, SECOND, an_order
from desk import Desk, a_desk
from tombola_cli.operate.index_walk import Index, Place, Route, walk

WINS = Index("wins", partition="win", time="drawn_at")
SHARDS = ("100001#00", "100001#01")
LATER = NOON + timedelta(days=1)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.put(
            *(an_order(number, win=SHARDS[number % 2], drawn_at=NOON + number // 4 * SECOND) for number in range(40))
        )
        yield desk


def ids(desk: Desk, since: int | None = None, until: int = 99, after: Place | None = None) -> list[int]:
    begin = None if since is None else NOON + since * SECOND
    route = Route(index=WINS, partitions=SHARDS, since=begin, until=NOON + until * SECOND, after=after, page=3)
    return [int(entry.sk.removeprefix("ORDER#")) for entry in walk(route, desk.stack)]


def test_a_walk_meets_the_entries_of_a_span_of_time_both_of_its_ends_included(desk: Desk) -> None:
    assert sorted(ids(desk)) == list(range(40))
    assert sorted(ids(desk, since=3, until=5)) == list(range(12, 24))


def test_a_walk_that_goes_on_begins_no_earlier_than_its_span(desk: Desk) -> None:
    entries = list(walk(Route(index=WINS, partitions=SHARDS, until=LATER, page=3), desk.stack))

    for place, entry in enumerate(entries, 1):
        rest = [int(each.sk.removeprefix("ORDER#")) for each in entries[place:]]
        assert ids(desk, since=3, after=entry) == [number for number in rest if number >= 12]
