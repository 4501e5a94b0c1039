"""A walk through lanes: whole, the oldest first, and to be taken up at every place."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, SECOND, an_order
from desk import Desk, a_desk
from tombola.rules.due import Standing
from tombola.rules.order import LANES
from tombola_cli.errors import TombolaError
from tombola_cli.operate import lane_walk
from tombola_cli.operate.index_walk import Place
from tombola_cli.operate.lane_walk import place_behind, walk

LATER = NOON + timedelta(days=1)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(lane_walk, "PAGE", 2)
    with a_desk(monkeypatch) as desk:
        # In three lanes, and each moment has several orders of one lane and of others.
        desk.put(
            *(an_order(128 * row + lane, due_at=NOON + row // 3 * SECOND) for lane in (3, 7, 9) for row in range(7))
        )
        yield desk


def ids(entries: list[Standing]) -> list[int]:
    return [int(entry.sk.removeprefix("ORDER#")) for entry in entries]


def test_a_walk_meets_every_entry_once_and_the_oldest_first(desk: Desk) -> None:
    found = list(walk(LANES, LATER, None, desk.stack))

    assert [entry.at for entry in found] == sorted(NOON + row // 3 * SECOND for row in range(7) for _ in range(3))
    assert sorted(ids(found)) == sorted(128 * row + lane for lane in (3, 7, 9) for row in range(7))


@pytest.mark.parametrize("lanes", [LANES, ("7",)], ids=["many lanes", "one lane"])
def test_a_walk_goes_on_behind_any_place_as_if_it_had_not_ended(desk: Desk, lanes: tuple[str, ...]) -> None:
    whole = ids(list(walk(lanes, LATER, None, desk.stack)))

    for place, entry in enumerate(walk(lanes, LATER, None, desk.stack), 1):
        after = Place.read(place_behind(entry).token())
        assert ids(list(walk(lanes, LATER, after, desk.stack))) == whole[place:]


def test_a_walk_ends_at_its_time_wherever_it_begins(desk: Desk) -> None:
    assert len(list(walk(LANES, NOON, None, desk.stack))) == 9
    *_, last = walk(LANES, LATER, None, desk.stack)
    assert list(walk(LANES, NOON, place_behind(last), desk.stack)) == []


@pytest.mark.parametrize("token", ["", "nonsense", "e30", "W10", "bnVsbA", "ü"])
def test_a_token_that_no_list_has_printed_is_refused(token: str) -> None:
    with pytest.raises(TombolaError, match="no token of a list"):
        Place.read(token)


def test_a_token_whose_time_is_none_is_refused(desk: Desk) -> None:
    first = next(walk(("7",), LATER, None, desk.stack))

    with pytest.raises(TombolaError, match="no token of a list"):
        Place.read(replace(place_behind(first), at="soon").token())


def test_a_token_of_another_list_is_refused(desk: Desk) -> None:
    first = next(walk(("7",), LATER, None, desk.stack))

    with pytest.raises(TombolaError, match="token of another list"):
        next(walk(("parked",), LATER, place_behind(first), desk.stack))
