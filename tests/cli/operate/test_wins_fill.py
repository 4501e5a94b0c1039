"""Wins of before the index of wins come into it: each once, from where a run before ended."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.items import number, order_item, order_key
from tombola_cli.errors import TombolaError
from tombola_cli.operate import wins_fill
from tombola_cli.operate.wins_fill import RECORD_KEY, fill_wins
from tombola_cli.operate.wins_list import Win, listing_of, wins_of

OLD = 12
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(wins_fill, "SEGMENTS", 4)
    monkeypatch.setattr(wins_fill, "PART", 5)
    with a_desk(monkeypatch) as desk:
        desk.now = LATER
        desk.ledger.apply(an_activity(win_shards=3), {})
        desk.put(*(an_order(number_, drawn_at=NOON + number_ * SECOND) for number_ in range(OLD)))
        desk.put(a_lost_order(100), an_order(101, win="100001#02", drawn_at=NOON))
        yield desk


def listed(desk: Desk) -> list[int]:
    return [win.order_id for _, win in wins_of(listing_of("100001", desk.stack), desk.stack) if isinstance(win, Win)]


def wins(desk: Desk) -> dict[int, str | None]:
    orders = [item for item in desk.ledger.items() if item["sk"]["S"].startswith("ORDER#")]
    return {int(item["sk"]["S"].removeprefix("ORDER#")): item.get("win", {}).get("S") for item in orders}


def test_every_old_win_is_listed_afterwards_and_nothing_else_changes(desk: Desk) -> None:
    before = desk.ledger.items()
    assert listed(desk) == [101]

    done = fill_wins(desk.stack, LATER)

    assert (done.filled, done.unreadable, done.finished_at) == (OLD, 0, LATER)
    assert sorted(listed(desk)) == [*range(OLD), 101]
    assert wins(desk) == {**{each: f"100001#0{each % 3}" for each in range(OLD)}, 100: None, 101: "100001#02"}
    after = [{name: value for name, value in item.items() if name != "win"} for item in desk.ledger.items()]
    assert [item for item in after if item["pk"] != RECORD_KEY["pk"]] == [
        {name: value for name, value in item.items() if name != "win"} for item in before
    ]


def test_a_segment_of_many_pages_is_filled_to_its_end(desk: Desk) -> None:
    events = desk.ledger.dynamodb.meta.events

    def one(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = 1  # as if an item were a megabyte

    events.register("provide-client-params.dynamodb.Scan", one, "one")
    try:
        done = fill_wins(desk.stack, LATER)
    finally:
        events.unregister("provide-client-params.dynamodb.Scan", unique_id="one")

    assert done.filled == OLD
    assert sorted(listed(desk)) == [*range(OLD), 101]


def test_a_fill_wakes_no_stream(desk: Desk) -> None:
    desk.put(an_order(50, wake=True))

    fill_wins(desk.stack, LATER)

    assert not [item for item in desk.ledger.items() if "wake" in item]


def test_a_fill_that_is_run_again_finds_what_came_since_and_nothing_else(desk: Desk) -> None:
    fill_wins(desk.stack, LATER)
    desk.put(an_order(50))

    assert fill_wins(desk.stack, LATER).filled == 1
    assert fill_wins(desk.stack, LATER).filled == 0


@pytest.mark.parametrize("ends_after", [1, 2, 3])
def test_a_fill_that_ended_goes_on_behind_the_segments_that_are_done(desk: Desk, ends_after: int) -> None:
    segments = list[int]()
    events = desk.ledger.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.Scan", lambda params, **_: segments.append(params["Segment"]), "s")

    def tell(done: int, *_: int) -> None:
        if done == ends_after:
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            fill_wins(desk.stack, LATER, tell)
        done = fill_wins(desk.stack, LATER)
    finally:
        events.unregister("provide-client-params.dynamodb.Scan", unique_id="s")

    assert segments == list(range(4))
    assert (done.filled, len(listed(desk))) == (OLD, OLD + 1)


def test_an_order_that_is_listed_or_gone_meanwhile_is_left_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the scan and the write another run listed one, and a user was forgotten."""
    unlisted = wins_fill._Wins.unlisted

    def late(self: Any, segment: int) -> Iterator[Any]:
        found = list(unlisted(self, segment))
        if found:  # they are one user's, and so of one segment
            desk.put(an_order(0, win="100001#02"))
            desk.ledger.dynamodb.delete_item(TableName=desk.ledger.table, Key=order_key("xiaofuge", 1))
        return iter(found)

    monkeypatch.setattr(wins_fill._Wins, "unlisted", late)
    done = fill_wins(desk.stack, LATER)

    assert done.filled == OLD - 2
    assert (wins(desk)[0], 1 in wins(desk)) == ("100001#02", False)


def test_an_order_whose_activity_is_gone_is_listed_in_the_first_shard(desk: Desk) -> None:
    desk.put(an_order(77, activity_id="gone"))

    fill_wins(desk.stack, LATER)

    assert wins(desk)[77] == "gone#00"


def test_an_order_that_cannot_be_read_is_counted_and_hides_no_other(desk: Desk) -> None:
    desk.ledger.put_item(order_item(an_order(3)) | {"activity_id": number(1)})

    done = fill_wins(desk.stack, LATER)

    assert (done.filled, done.unreadable > 0) == (OLD - 1, True)


def test_of_two_runs_one_ends(desk: Desk) -> None:
    def other(*_: int) -> None:
        monkey.undo()
        fill_wins(desk.stack, LATER)

    with pytest.MonkeyPatch.context() as monkey, pytest.raises(TombolaError, match="another run fills the index"):
        fill_wins(desk.stack, LATER, other)


def test_the_record_names_no_user(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        fill_wins(desk.stack, LATER, ends)

    (record,) = [item for item in desk.ledger.items() if item["pk"] == RECORD_KEY["pk"]]
    assert "xiaofuge" not in str(record)
    assert record.keys() == {"pk", "sk", "done", "filled", "unreadable", "version", "run"}


def ends(*_: int) -> None:
    raise KeyboardInterrupt


def test_a_record_that_cannot_be_read_is_told(desk: Desk) -> None:
    desk.ledger.put_item({**RECORD_KEY, "done": number(-1)})

    with pytest.raises(TombolaError, match="WINS-FILL FILL cannot be read: done cannot be read"):
        fill_wins(desk.stack, LATER)
