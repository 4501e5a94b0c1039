"""The winners of an activity: all of them, each once, in pages of any size, as their orders are now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_activity, an_award, an_order
from desk import Desk, a_desk
from sam_template import Stack
from tombola.aws.items import number, order_item, order_key
from tombola.rules.order import GrantState, Outcome
from tombola.rules.unreadable import Unreadable
from tombola.rules.wins import win_key
from tombola_cli.errors import TombolaError
from tombola_cli.operate import wins_list
from tombola_cli.operate.wins_list import ON_ITS_WAY, Listing, Win, WinState, listing_of, page_of, wins_of

SHARDS = 3
WINS = 45
ACTIVITY = an_activity(win_shards=SHARDS)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(hours=1)
        desk.ledger.apply(ACTIVITY, {})
        for number_ in range(WINS):  # several of one moment, in each shard
            desk.put(a_win(number_))
        desk.put(a_lost_order(900), an_order(901, activity_id="other", win="other#00"))
        yield desk


def a_win(order_id: int, **changes: Any) -> Any:
    fields = {"win": win_key("100001", order_id % SHARDS), "drawn_at": NOON + order_id // 7 * SECOND}
    return an_order(order_id, **{**fields, **changes})


def listing(desk: Desk, **asked: Any) -> Listing:
    return listing_of("100001", desk.stack, **asked)


def ids(found: Any) -> list[int]:
    return [win.order_id for win in found if isinstance(win, Win)]


def listed(desk: Desk, **asked: Any) -> list[int]:
    return ids(win for _, win in wins_of(listing(desk, **asked), desk.stack))


def test_every_win_is_listed_once_the_earliest_first_and_no_lost_draw_nor_another_activitys(desk: Desk) -> None:
    wins = [win for _, win in wins_of(listing(desk), desk.stack) if isinstance(win, Win)]

    assert sorted(ids(wins)) == list(range(WINS))
    assert [win.drawn_at for win in wins] == sorted(win.drawn_at for win in wins)


def test_a_row_says_who_won_what_and_what_became_of_it_and_nothing_that_is_worth_something(desk: Desk) -> None:
    code = an_award("7", award_name="平板", award_content="SECRET")
    granted: Any = {"grant_state": GrantState.GRANTED, "granted_at": NOON + SECOND, "content": "CODE"}
    desk.put(a_win(0, user_id="=1+1", award=code, outcome=Outcome.FALLBACK, **granted))
    desk.ledger.dynamodb.delete_item(TableName=desk.ledger.table, Key=order_key("xiaofuge", 0))

    first = page_of(listing(desk), 1, desk.stack).found[0]

    assert first == Win(
        drawn_at=NOON,
        user_id="=1+1",
        order_id=0,
        award_id="7",
        award_type=1,
        award_name="平板",
        outcome=Outcome.FALLBACK,
        state=WinState.GRANTED,
        granted_at=NOON + SECOND,
    )


def test_content_and_address_are_not_even_read(desk: Desk) -> None:
    asked = list[Any]()
    desk.ledger.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", lambda params, **_: asked.append(params), "asked"
    )
    listed(desk)
    desk.ledger.dynamodb.meta.events.unregister("provide-client-params.dynamodb.BatchGetItem", unique_id="asked")

    for each in asked:
        (read,) = each["RequestItems"].values()
        assert read["ConsistentRead"] is True
        assert set(read["ExpressionAttributeNames"].values()) & {"content", "award_content", "address"} == set()
        assert read["ProjectionExpression"]


@pytest.mark.parametrize("limit", [1, 2, 7, 44, 45, 46, 100])
def test_pages_of_any_size_are_the_whole_list(desk: Desk, limit: int) -> None:
    found, after = list[int](), None
    while True:
        page = page_of(listing(desk, after=after), limit, desk.stack)
        found += ids(page.found)
        assert len(page.found) == limit or page.next is None
        if page.next is None:
            break
        after = page.next

    assert found == listed(desk)


@pytest.mark.parametrize("place", range(0, WINS, 4))
def test_a_list_goes_on_behind_any_win_as_if_it_had_not_ended(desk: Desk, place: int) -> None:
    whole = list(wins_of(listing(desk), desk.stack))

    assert listed(desk, after=whole[place][0].token()) == ids(win for _, win in whole[place + 1 :])


@pytest.mark.parametrize("shards", [1, SHARDS])
def test_a_page_costs_one_query_a_shard_and_one_batch_read(desk: Desk, shards: int) -> None:
    desk.ledger.apply(replace(ACTIVITY, win_shards=shards), {})
    desk.put(*(a_win(order_id, win=win_key("100001", order_id % shards)) for order_id in range(150)))
    asked, calls = listing(desk), list[str]()
    events = desk.ledger.dynamodb.meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), "calls")
    page = page_of(asked, 100, desk.stack)
    events.unregister("before-call.dynamodb", unique_id="calls")

    assert (len(page.found), page.next is not None) == (100, True)
    assert sorted(calls) == ["BatchGetItem", *["Query"] * shards]


def test_wins_are_chosen_by_award_time_and_state(desk: Desk) -> None:
    mug: Any = {"award": an_award("mug")}
    desk.ledger.apply(replace(ACTIVITY, shares=(*ACTIVITY.shares, replace(ACTIVITY.shares[0], award=mug["award"]))), {})
    desk.put(a_win(3, **mug), a_win(20, **mug, grant_state=GrantState.PARKED), a_win(30, grant_state=GrantState.VOID))

    assert listed(desk, award_id="mug") == [3, 20]
    assert listed(desk, award_id="mug", state=WinState.PARKED) == [20]
    assert listed(desk, state=WinState.VOID) == [30]
    assert len(listed(desk, state=WinState.WAITING)) == WINS - 2
    assert sorted(listed(desk, since="2026-11-23T12:00:02", until="2026-11-23T12:00:03")) == list(range(14, 28))
    assert page_of(listing(desk, award_id="mug"), 1, desk.stack).found != []


def test_a_filtered_page_goes_on_where_it_ended(desk: Desk) -> None:
    wanted = list(range(2, WINS, 9))
    desk.put(*(a_win(number_, grant_state=GrantState.PARKED) for number_ in wanted))
    found, after = list[int](), None
    while True:
        page = page_of(listing(desk, state=WinState.PARKED, after=after), 2, desk.stack)
        found, after = found + ids(page.found), page.next
        if after is None:
            break

    assert sorted(found) == wanted


def test_a_page_ends_where_many_entries_were_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wins_list, "KEYS_MAX", 5)
    desk.put(a_win(WINS - 1, grant_state=GrantState.VOID))
    found, pages, after = list[int](), 0, None
    while True:
        page = page_of(listing(desk, state=WinState.VOID, after=after), 100, desk.stack, looked_at_max=10)
        found, after, pages = found + ids(page.found), page.next, pages + 1
        if after is None:
            break

    assert (found, pages) == ([WINS - 1], 5)


def test_an_order_that_is_gone_is_left_out_and_one_that_cannot_be_read_is_told(desk: Desk) -> None:
    desk.ledger.put_item(order_item(a_win(5)) | {"grant_state": number(9)})

    class Behind:
        """An index that still lists an order that has gone."""

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.ledger.dynamodb, name)

        def batch_get_item(self, **asked: Any) -> Any:
            (read,) = asked["RequestItems"].values()
            gone = order_key("xiaofuge", 8)
            asked = {desk.ledger.table: {**read, "Keys": [key for key in read["Keys"] if key != gone]}}
            return desk.ledger.dynamodb.batch_get_item(RequestItems=asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.stack), "client", lambda *_, **__: Behind())
        found = [win for _, win in wins_of(listing(desk), desk.stack)]

    assert sorted(ids(found)) == [each for each in range(WINS) if each not in (5, 8)]
    (hurt,) = [win for win in found if isinstance(win, Unreadable)]
    assert hurt.because == "grant_state cannot be read"


def test_wins_that_may_still_be_on_their_way_to_the_index_are_left_out(desk: Desk) -> None:
    """A draw looks at the clock and writes later: an entry may come before one that is listed already."""
    late = desk.now - ON_ITS_WAY
    desk.put(a_win(500, drawn_at=late), a_win(501, drawn_at=late + SECOND / 1000))

    assert listing(desk).until == late
    assert listing(desk, until="2027-01-01").until == late
    assert listing(desk, until="2026-11-23T12:00:01").until == NOON + SECOND
    assert 500 in listed(desk)
    assert 501 not in listed(desk)


def test_by_then_no_draw_writes_any_more() -> None:
    assert Stack().functions()["DrawFunction"]["Timeout"] == wins_list.DRAW_SECONDS


def test_a_list_goes_on_after_more_shards_were_made(desk: Desk) -> None:
    whole = list(wins_of(listing(desk), desk.stack))
    desk.ledger.apply(replace(ACTIVITY, win_shards=9), {})
    late = a_win(600, drawn_at=NOON + 600 * SECOND, win=win_key("100001", 8))
    desk.put(late)

    assert listed(desk, after=whole[9][0].token()) == [*ids(win for _, win in whole[10:]), 600]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"award_id": "mug"}, "--award: activity 100001 has no award mug, but 3"),
        ({"since": "yesterday"}, "--since: yesterday: write a date"),
        ({"until": "2026-13-01"}, "--until: 2026-13-01: there is no such day"),
        ({"after": "nonsense"}, "--after is no token of a list"),
    ],
)
def test_what_cannot_be_asked_for_is_told_by_its_option(desk: Desk, asked: Any, words: str) -> None:
    with pytest.raises(TombolaError, match=words):
        listing(desk, **asked)


def test_a_time_is_read_in_the_activitys_zone(desk: Desk) -> None:
    desk.ledger.apply(replace(ACTIVITY, time_zone="Asia/Shanghai"), {})

    asked = listing(desk, since="2026-11-23T20:00:03", until="2026-11-23T20:00:04")

    assert (asked.since, asked.until) == (NOON + 3 * SECOND, NOON + 4 * SECOND)
    assert asked.until.tzinfo is UTC


def test_an_unknown_activity_is_told(desk: Desk) -> None:
    with pytest.raises(TombolaError, match="there is no activity 7"):
        listing_of("7", desk.stack)
