"""The history of wins: each win in one span, and a course of each stock that ends where the stock is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_share, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.order import GrantState, Outcome
from tombola.rules.wins import win_key
from tombola_cli.operate import win_history
from tombola_cli.operate.win_history import SPANS_MAX, WinHistory, courses, edges_of, history_of
from tombola_cli.operate.wins_list import Win, WinState

MILLI = timedelta(milliseconds=1)
ACTIVITY = an_activity(a_share("1", stock=10), a_share("2", stock=None), begin=NOON, win_shards=2)
WINS = 30


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(minutes=10)
        for number in range(WINS):
            award = an_award("1" if number % 3 == 0 and number < 24 else "2")
            at = NOON + number * SECOND
            desk.put(an_order(number, award=award, win=win_key("100001", number % 2), drawn_at=at))
        yield desk


def history(desk: Desk, left: int = 2, activity: Activity = ACTIVITY) -> WinHistory:
    found = history_of(activity, {"1": left}, desk.stack, desk.now)
    assert found is not None
    return found


def test_each_win_is_in_one_span_and_the_first_span_begins_with_the_first_win(desk: Desk) -> None:
    found = history(desk)
    assert (found.begin, sum(found.wins), len(found.wins)) == (NOON, WINS, SPANS_MAX)
    assert found.wins[:3] == [13, 12, 5]  # of 12.5 seconds each
    assert not any(found.wins[3:])
    assert found.ends[-1] > desk.now


def test_what_is_read_whole_is_exact(desk: Desk) -> None:
    found = history(desk)
    assert (found.read, found.is_estimated) == (WINS, False)
    assert found.left.keys() == {"1"}  # the other has no stock
    assert [round(units, 6) for units in found.left["1"][:3]] == [5, 2, 2]


def test_where_not_all_orders_are_read_the_course_is_estimated_and_ends_at_what_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(win_history, "ORDERS_MAX", 10 * SPANS_MAX)
    found = history(desk)
    assert (found.read, found.is_estimated) == (25, True)
    assert found.left["1"][-1] == pytest.approx(2)
    assert found.left["1"][0] > found.left["1"][1]


def test_the_reads_of_a_picture_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def note(params: Any, model: Any, **_: Any) -> None:
        reads.append(model.name)

    desk.ledger.dynamodb.meta.events.register("provide-client-params.dynamodb", note)
    activity = an_activity(a_share("1", stock=10), begin=NOON, win_shards=100)
    history(desk, activity=activity)
    desk.ledger.dynamodb.meta.events.unregister("provide-client-params.dynamodb", note)
    assert reads.count("Query") <= 100 + 2 * 8 * 100
    assert reads.count("BatchGetItem") <= 8


def test_an_activity_without_a_win_has_no_history(desk: Desk) -> None:
    assert history_of(an_activity(activity_id="none"), {}, desk.stack, desk.now) is None


def test_of_a_closed_activity_the_time_after_it_is_not_shown(desk: Desk) -> None:
    closed = an_activity(
        a_share("1", stock=10), begin=NOON, win_shards=2, state=ActivityState.CLOSE, since=NOON + SECOND
    )
    assert history(desk, activity=closed).ends[-1] == NOON + 31 * SECOND + MILLI


def test_spans_are_whole_milliseconds_and_no_more_than_there_are() -> None:
    assert edges_of(NOON, NOON, 48) == [NOON, NOON + MILLI]
    edges = edges_of(NOON, NOON + 100 * MILLI, 48)
    assert (len(edges), edges[0], edges[-1]) == (49, NOON, NOON + 101 * MILLI)
    assert all(edge.microsecond % 1000 == 0 for edge in edges)


def a_win(award_id: str, state: WinState = WinState.GRANTED) -> Win:
    fields: Any = {
        "drawn_at": NOON,
        "user_id": "u",
        "order_id": 1,
        "award_type": 1,
        "award_name": "",
        "granted_at": None,
    }
    return Win(**fields, award_id=award_id, outcome=Outcome.WON, state=state)


def test_a_void_win_takes_no_unit() -> None:
    assert WinState.VOID.name == GrantState.VOID.name
    seen = [[a_win("1", WinState.VOID)], [a_win("1")]]
    assert courses(ACTIVITY, {"1": 9}, [1, 1], seen) == {"1": [10.0, 9.0]}


def test_of_an_award_of_which_too_little_was_read_nothing_is_told() -> None:
    seen = [[a_win("1")], [a_win("2")]]
    assert courses(ACTIVITY, {"1": 5}, [100, 100], seen) == {}
    assert courses(ACTIVITY, {"1": 5}, [100, 100], [[a_win("2")], [a_win("2")]]) == {}
    assert courses(ACTIVITY, {"1": 10}, [100, 100], [[a_win("2")], [a_win("2")]]) == {"1": [10.0, 10.0]}


def test_a_stock_that_cannot_be_read_has_no_course() -> None:
    assert courses(ACTIVITY, {}, [1], [[a_win("1")]]) == {}
