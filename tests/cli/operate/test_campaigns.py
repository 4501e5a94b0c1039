"""How the activities stand: the wins of each are counted once, and none is missed or counted twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

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
    watch = CampaignWatch(desk.stack)
    for number in range(60):
        won(desk, number)
        assert wins(watch) == number + 1
        desk.now += SECOND / 2


def test_a_win_that_the_index_shows_late_is_counted(desk: Desk) -> None:
    watch, drawn_at = CampaignWatch(desk.stack), desk.now
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
    watch = CampaignWatch(desk.stack)
    wins(watch)
    desk.now += timedelta(hours=1)
    wins(watch)
    assert spans == [None, NOON - ON_ITS_WAY, NOON - ON_ITS_WAY, desk.now - ON_ITS_WAY]


def test_draws_are_told_where_a_cap_counts_them(desk: Desk) -> None:
    applied(desk, an_activity(activity_id="2", cap=Cap(limit=10)))
    drawn = {each.activity.activity_id: each.draws for each in CampaignWatch(desk.stack).look().shown}
    assert drawn == {"100001": None, "2": 10 - LEFT}


def test_those_drawn_now_are_looked_at_first_and_of_the_others_no_more_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "CAMPAIGNS_MAX", 1)
    applied(desk, an_activity(activity_id="2", state=ActivityState.CLOSE, begin=NOON))
    found = CampaignWatch(desk.stack).look()
    assert [each.activity.activity_id for each in found.shown] == ["100001"]
    assert [getattr(each, "activity_id", "") for each in found.others] == ["2"]


def test_one_activity_that_cannot_be_read_hides_no_other(desk: Desk) -> None:
    applied(desk, an_activity(activity_id="2"))
    desk.ledger.put_item({**stock_key("2", "3", 0), "initial": text("many"), "left": text("few")})
    won(desk, 1)
    shown = {each.activity.activity_id: each for each in CampaignWatch(desk.stack).look().shown}
    assert (shown["100001"].wins, shown["100001"].left, shown["100001"].troubles) == (1, {"3": LEFT}, ())
    assert (shown["2"].wins, shown["2"].left) == (0, {})
    assert "STOCK#2#3#00" in shown["2"].troubles[0]
