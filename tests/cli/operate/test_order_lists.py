"""What an operator lists: each view has its orders and no other, page by page."""

from collections.abc import Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, an_award, an_order
from desk import Desk, a_desk
from sam_template import Stack as Template
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola_cli.errors import TombolaError
from tombola_cli.operate import lane_walk, order_lists
from tombola_cli.operate.order_lists import OVERDUE, Filter, Page, View, listed, of_user, standing

PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": "The pool is empty"}
FAILED: dict[str, Any] = {"failures": 1, "failed_at": NOON, "failed_because": "it is down"}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def ids(page: Page) -> list[int]:
    return [each.order_id for each in page.found if isinstance(each, Order)]


def test_each_view_has_its_orders_and_no_other(desk: Desk) -> None:
    desk.now = NOON + OVERDUE
    desk.put(
        an_order(1),  # due in a while
        an_order(2, due_at=NOON),
        an_order(3, due_at=NOON + 2 * OVERDUE, **FAILED),
        an_order(4, grant_type=GrantType.BY_HAND),
        an_order(5, **PARKED, **FAILED),
        an_order(6, grant_state=GrantState.GRANTED, due_at=None, **FAILED),
        an_order(7, grant_state=GrantState.VOID, due_at=None),
        an_order(8, grant_type=GrantType.AT_A_TIME, grant_at=NOON + 3 * OVERDUE, due_at=NOON + 3 * OVERDUE),
    )

    views = {View.OVERDUE: [2], View.FAILING: [3], View.BY_HAND: [4], View.PARKED: [5]}
    assert {view: ids(listed(view, Filter(), 10, None, desk.stack)) for view in views} == views
    found = {view: ids(of_user("xiaofuge", view, Filter(), 10, None, desk.stack)) for view in views}
    assert found == views
    assert sorted(ids(of_user("xiaofuge", None, Filter(), 10, None, desk.stack))) == list(range(1, 9))


def test_overdue_is_as_late_as_the_alarm_has_it() -> None:
    assert Template().resources["OldestDueAlarm"]["Properties"]["Threshold"] == OVERDUE.total_seconds()


def test_an_index_that_is_behind_shows_no_order_that_has_moved_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(an_order(5, **PARKED))
    page = listed(View.PARKED, Filter(), 10, None, desk.stack)
    entries = list(lane_walk.walk(("parked",), NOON + 9 * OVERDUE, None, desk.stack))
    desk.put(an_order(5, grant_state=GrantState.GRANTED, due_at=None))
    monkeypatch.setattr(order_lists, "walk", lambda *_: iter(entries))

    assert ids(page) == [5]
    assert ids(listed(View.PARKED, Filter(), 10, None, desk.stack)) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_of_any_size_make_the_whole_list(desk: Desk, limit: int) -> None:
    desk.put(*(an_order(number, **PARKED, due_at=NOON + number // 2 * SECOND) for number in range(7)))
    whole = ids(listed(View.PARKED, Filter(), 10, None, desk.stack))

    found, page = [], listed(View.PARKED, Filter(), limit, None, desk.stack)
    for _ in range(10):
        found += ids(page)
        if page.next is None:
            break
        page = listed(View.PARKED, Filter(), limit, page.next, desk.stack)

    assert found == whole
    assert sorted(found) == list(range(7))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_a_users_pages_make_the_whole_list_the_newest_first(desk: Desk, limit: int) -> None:
    desk.put(*(an_order(number, drawn_at=NOON + number // 2 * SECOND) for number in range(7)))

    found, page = [], of_user("xiaofuge", None, Filter(), limit, None, desk.stack)
    for _ in range(10):
        found += ids(page)
        if page.next is None:
            break
        page = of_user("xiaofuge", None, Filter(), limit, page.next, desk.stack)

    assert found == [6, 5, 4, 3, 2, 1, 0]


def test_a_page_for_which_many_were_looked_at_ends_early_and_says_how_to_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_lists, "LOOKED_AT_MAX", 3)
    desk.put(*(an_order(number, **PARKED) for number in range(5)), an_order(5, **PARKED, activity_id="rare"))
    rare = Filter(activity_id="rare")

    first = listed(View.PARKED, rare, 10, None, desk.stack)
    second = listed(View.PARKED, rare, 10, first.next, desk.stack)

    assert (ids(first), ids(second), second.next) == ([], [5], None)


CODE = an_award("4", award_type=AwardType.CODE, award_content="", source="spring")
COUPON = an_award("5", award_type=AwardType.COUPON, award_content="", source="spring")
FILTERS = {
    "an activity": (Filter(activity_id="other"), [2]),
    "an award": (Filter(award_id="4"), [3]),
    "a part of the reason": (Filter(because="POOL is"), [1, 2, 3]),
    "the last failure": (Filter(because="down"), [4]),
    "a pool": (Filter(source=("pool", "spring")), [3]),
    "a provider": (Filter(source=("provider", "spring")), [5]),
    "two of them": (Filter(activity_id="100001", award_id="3"), [1, 4]),
    "none": (Filter(), [1, 2, 3, 4, 5]),
}


@pytest.mark.parametrize("case", FILTERS)
def test_a_filter_lets_its_orders_through_and_no_other(desk: Desk, case: str) -> None:
    wanted, expected = FILTERS[case]
    empty: dict[str, Any] = {"grant_state": GrantState.PARKED}
    desk.put(
        an_order(1, **PARKED),
        an_order(2, **PARKED, activity_id="other"),
        an_order(3, **PARKED, award=CODE),
        an_order(4, **empty, failed_at=NOON, failed_because="it is down"),
        an_order(5, **empty, award=COUPON),
    )

    assert sorted(ids(listed(View.PARKED, wanted, 10, None, desk.stack))) == expected
    (found,) = standing(View.PARKED, wanted, NOON + OVERDUE, desk.stack)
    assert sorted(each.order_id for each in found if isinstance(each, Order)) == expected


@pytest.mark.parametrize("view", [View.PARKED, View.BY_HAND])
def test_what_came_after_the_look_does_not_stand_there(desk: Desk, view: View) -> None:
    state: dict[str, Any] = PARKED if view is View.PARKED else {"grant_type": GrantType.BY_HAND}
    for number in range(3):
        at = NOON + number * SECOND
        desk.put(an_order(number, **state, drawn_at=at, due_at=at if view is View.PARKED else at + OVERDUE))

    (found,) = standing(view, Filter(), NOON + SECOND, desk.stack)

    assert sorted(each.order_id for each in found if isinstance(each, Order)) == [0, 1]


def test_a_word_that_is_no_users_place_is_refused(desk: Desk) -> None:
    with pytest.raises(TombolaError, match="--after: after must be the `next` of a page before"):
        of_user("xiaofuge", None, Filter(), 10, "nonsense", desk.stack)
