"""A user's wins in one activity, in the order and the pages of the whole list."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.wins import win_key
from tombola_cli.errors import TombolaError
from tombola_cli.operate.index_walk import Place
from tombola_cli.operate.wins_list import Listing, Win, WinState, listing_of, page_of, wins_of

SHARDS, WINS = 3, 20
OLGA = "=cmd|' /C calc'!A0 <b>olga</b>/../%2F"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(hours=1)
        desk.ledger.apply(an_activity(win_shards=SHARDS), {})
        for number in range(WINS):  # several of one moment, in each shard, every other one of olga's
            desk.put(a_win(number, user_id=OLGA if number % 2 else "xiaofuge"))
        desk.put(a_lost_order(900, user_id=OLGA), an_order(901, user_id=OLGA, activity_id="other", win="other#00"))
        yield desk


def a_win(order_id: int, **changes: Any) -> Any:
    fields = {"win": win_key("100001", order_id % SHARDS), "drawn_at": NOON + order_id // 7 * SECOND}
    return an_order(order_id, **{**fields, **changes})


def listing(desk: Desk, **asked: Any) -> Listing:
    return listing_of("100001", desk.stack, **{"user_id": OLGA, **asked})


def ids(found: Any) -> list[int]:
    return [win.order_id for win in found if isinstance(win, Win)]


def all_of_olga(desk: Desk, **asked: Any) -> list[int]:
    """Return what the list of everybody has of the user."""
    everybody = wins_of(listing(desk, user_id=None, **asked), desk.stack)
    return ids(win for _, win in everybody if isinstance(win, Win) and win.user_id == OLGA)


def test_a_users_wins_are_those_of_the_whole_list_in_its_order(desk: Desk) -> None:
    assert ids(win for _, win in wins_of(listing(desk), desk.stack)) == all_of_olga(desk)
    assert len(all_of_olga(desk)) == WINS // 2


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11])
def test_pages_of_any_size_are_all_of_a_users_wins(desk: Desk, limit: int) -> None:
    found, after = list[int](), None
    for _ in range(WINS):
        page = page_of(listing(desk, after=after), limit, desk.stack)
        found += ids(page.found)
        if page.next is None:
            break
        after = page.next

    assert found == all_of_olga(desk)


def test_the_filters_hold_for_a_user_too(desk: Desk) -> None:
    desk.put(a_win(100, user_id=OLGA, award=an_award("3"), drawn_at=NOON + 59 * SECOND))
    in_time = {"since": "2026-11-23T20:00:01+08:00", "until": "2026-11-23T20:00:02+08:00"}

    assert ids(page_of(listing(desk, **in_time), 100, desk.stack).found) == all_of_olga(desk, **in_time) != []
    assert ids(page_of(listing(desk, state=WinState.GRANTED), 100, desk.stack).found) == []


def test_a_user_who_never_drew_has_won_nothing(desk: Desk) -> None:
    assert page_of(listing(desk, user_id="nobody"), 100, desk.stack).found == []


def test_a_token_of_another_list_is_refused(desk: Desk) -> None:
    elsewhere = Place(partition="other#00", at="1", pk="USER#a", sk="ORDER#1").token()
    with pytest.raises(TombolaError, match="token of another list"):
        page_of(listing(desk, after=elsewhere), 100, desk.stack)


def test_the_command_lists_a_users_wins(desk: Desk) -> None:
    said = desk.json("winners", "100001", "--user", OLGA)
    assert [row["order_id"] for row in said["winners"]] == list(map(str, all_of_olga(desk)))
