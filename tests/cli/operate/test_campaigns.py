"""How the activities stand: the wins of each are counted once, and none is missed or counted twice."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON, SECOND, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.activity_items import ACTIVITIES_PK
from tombola.aws.items import stock_key, text
from tombola.rules.activity import Activity, Cap
from tombola.rules.activity_states import ActivityState
from tombola.rules.wins import win_key
from tombola_cli.operate import campaigns
from tombola_cli.operate.campaigns import CampaignWatch
from tombola_cli.operate.index_walk import Route, count
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_list import ON_ITS_WAY

ACTIVITY = an_activity(win_shards=2)
LEFT = 3
PATIENT = 60.0
LONG_SECONDS = 5  # of a count; the watch that is tried waits for a small part of it


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON
        applied(desk, ACTIVITY)
        yield desk


def applied(desk: Desk, activity: Activity) -> None:
    shards = activity.shards.items()
    desk.ledger.apply(activity, {(award_id, shard): LEFT for award_id, count in shards for shard in range(count)})
    desk.ledger.put_item({"pk": text(ACTIVITIES_PK), "sk": text(activity.activity_id)})


def won(desk: Desk, number: int, **changes: Any) -> None:
    desk.put(an_order(number, **{"win": win_key("100001", number % 2), "drawn_at": desk.now, **changes}))


def wins(watch: CampaignWatch) -> int | None:
    return watch.look().shown[0].wins


def test_wins_are_counted_as_they_come_each_once(desk: Desk) -> None:
    watch = CampaignWatch(desk.stack, PATIENT)
    for number in range(60):
        won(desk, number)
        assert wins(watch) == number + 1
        desk.now += SECOND / 2


def test_a_win_that_the_index_shows_late_is_counted(desk: Desk) -> None:
    watch, drawn_at = CampaignWatch(desk.stack, PATIENT), desk.now
    won(desk, 1)
    desk.now += ON_ITS_WAY
    assert wins(watch) == 1
    won(desk, 2, drawn_at=drawn_at)  # its draw looked at the clock when the first one did
    assert wins(watch) == 2


def test_what_was_counted_is_not_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    spans: list[Any] = []

    def counted(route: Route, stack: Stack) -> int:
        spans.append(route.since)
        return count(route, stack)

    monkeypatch.setattr(campaigns, "count", counted)
    watch = CampaignWatch(desk.stack, PATIENT)
    wins(watch)
    desk.now += timedelta(hours=1)
    wins(watch)
    assert spans == [None, NOON - ON_ITS_WAY, NOON - ON_ITS_WAY, desk.now - ON_ITS_WAY]


def test_draws_are_told_where_a_cap_counts_them(desk: Desk) -> None:
    applied(desk, an_activity(activity_id="2", cap=Cap(limit=10)))
    drawn = {each.activity.activity_id: each.draws for each in CampaignWatch(desk.stack, PATIENT).look().shown}
    assert drawn == {"100001": None, "2": 10 - LEFT}


def test_those_drawn_now_are_looked_at_first_and_of_the_others_no_more_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "CAMPAIGNS_MAX", 1)
    applied(desk, an_activity(activity_id="2", state=ActivityState.CLOSE, begin=NOON))
    found = CampaignWatch(desk.stack, PATIENT).look()
    assert [each.activity.activity_id for each in found.shown] == ["100001"]
    assert [getattr(each, "activity_id", "") for each in found.others] == ["2"]


def test_one_activity_that_cannot_be_read_hides_no_other(desk: Desk) -> None:
    applied(desk, an_activity(activity_id="2"))
    desk.ledger.put_item({**stock_key("2", "3", 0), "initial": text("many"), "left": text("few")})
    won(desk, 1)
    shown = {each.activity.activity_id: each for each in CampaignWatch(desk.stack, PATIENT).look().shown}
    assert (shown["100001"].wins, shown["100001"].left, shown["100001"].troubles) == (1, {"3": LEFT}, ())
    assert (shown["2"].wins, shown["2"].left) == (0, {})
    assert "STOCK#2#3#00" in shown["2"].troubles[0]


def test_a_look_does_not_wait_for_a_long_count_and_tells_the_last_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, counts = Event(), itertools.count(1)
    monkeypatch.setattr(campaigns, "count", lambda *_: goes_on.wait(LONG_SECONDS) and next(counts))
    watch = CampaignWatch(desk.stack, 0.01)
    assert [wins(watch), wins(watch)] == [None, None]
    goes_on.set()
    assert until(lambda: wins(watch)) == 1 + 2
    goes_on.clear()
    assert wins(watch) == wins(watch) == 1 + 2
    goes_on.set()


def until(look: Callable[[], int | None]) -> int | None:
    for _ in range(1000):
        found = look()
        if found is not None:
            return found
    return None


def test_a_count_that_failed_is_made_anew_at_the_next_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "Query")]

    def denied_once(*_: object) -> int:
        if answers:
            raise answers.pop()
        return 0

    monkeypatch.setattr(campaigns, "count", denied_once)
    watch = CampaignWatch(desk.stack, PATIENT)
    watch.look()

    (shown,) = watch.look().shown
    assert (shown.wins, shown.troubles) == (0, ())


def test_who_cannot_count_wins_is_told_and_sees_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "Query")

    monkeypatch.setattr(campaigns, "count", denied)
    watch = CampaignWatch(desk.stack, PATIENT)
    for _ in range(2):
        (shown,) = watch.look().shown
        assert (shown.wins, shown.left) == (None, {"3": LEFT})
        assert "not allowed" in shown.troubles[0]
