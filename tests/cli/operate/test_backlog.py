"""A backlog is counted in the index, and a watcher sees it go down."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, an_order
from shown import World, a_world
from tombola.aws.items import order_item
from tombola.rules.activity import GrantType
from tombola.rules.order import BY_HAND, DEADLINES, LANES, PARKED, GrantState, Order
from tombola.rules.unreadable import UNREADABLE
from tombola_cli.operate.backlog import SOON, Backlog, counted, until_granted

MILLI = timedelta(milliseconds=1)
NOTHING = Backlog(due=0, soon=0, later=0, by_hand=0, unclaimed=0, parked=0, unreadable=0)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    with a_world(monkeypatch, tmp_path) as stage:
        yield stage


def count(stage: World, *orders: Order) -> Backlog:
    for order in orders:
        stage.table.put_item(order_item(order))
    return counted(stage.stack, NOON)


def test_every_prize_is_counted_once_by_its_time(stage: World) -> None:
    times = [NOON - SOON, NOON, NOON + MILLI, NOON + SOON, NOON + SOON + MILLI, NOON + 9 * SOON]

    found = count(stage, *(an_order(place, due_at=at) for place, at in enumerate(times)))

    assert found == replace(NOTHING, due=2, soon=2, later=2)
    assert found.under_way == 4


def test_what_waits_for_a_person_is_counted_apart_and_what_is_granted_not_at_all(stage: World) -> None:
    by_hand = an_order(1, grant_type=GrantType.BY_HAND)
    parked = an_order(2, grant_state=GrantState.PARKED)
    granted = an_order(3, grant_state=GrantState.GRANTED, due_at=None)

    assert count(stage, by_hand, parked, granted) == replace(NOTHING, by_hand=1, unclaimed=0, parked=1)


def test_what_nobody_can_read_is_counted_where_it_stands(stage: World) -> None:
    stage.has_asides()

    assert count(stage) == replace(NOTHING, due=1, unreadable=1)


def test_every_lane_is_counted(stage: World) -> None:
    assert count(stage, *(an_order(place, due_at=NOON) for place in range(128))).due == 128


def test_an_empty_lane_costs_one_question(stage: World) -> None:
    asked: list[str] = []
    events = stage.stack.client("dynamodb").meta.events

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params["ExpressionAttributeValues"][":lane"]["S"])

    events.register("provide-client-params.dynamodb.Query", note, "note")
    count(stage, an_order(7, due_at=NOON))
    events.unregister("provide-client-params.dynamodb.Query", note, "note")

    assert Counter(asked) == Counter([*LANES, *["7"] * 3, BY_HAND, PARKED, UNREADABLE, *DEADLINES])


def test_a_watcher_sees_it_go_down_from_the_most_there_were_to_none() -> None:
    counts = [replace(NOTHING, due=due, soon=soon, later=7, parked=1) for due, soon in ((5, 0), (3, 6), (0, 4), (0, 0))]
    left, pauses = iter(counts), []

    seen = list(until_granted(lambda: next(left), lambda: pauses.append("pause")))

    assert [(found.under_way, most) for found, most in seen] == [(5, 5), (9, 9), (4, 9), (0, 9)]
    assert len(pauses) == 3  # and none after the last
