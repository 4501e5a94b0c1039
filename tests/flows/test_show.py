"""What is on record is shown a page at a time, and a user's draws to that user alone."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders import NOON, SECOND, a_lost_order, a_share, an_activity, an_entry, an_order
from fakes import MemoryActivities, MemoryLedger
from tombola.flows import show
from tombola.rules.activity import CAP, Cap
from tombola.rules.answer import order_answer
from tombola.rules.order import Order
from tombola.rules.page import SIZE, SIZE_MAX, PageRequest
from tombola.rules.problem import Problem
from tombola.rules.quota import Quotas, count_of
from tombola.rules.request import Asked, Bearer

FIRST_PAGE = PageRequest()
PAGES_MAX = 10
SELF, STRANGER = Bearer("xiaofuge", {}), Bearer("fustack", {})


def show_order(user_id: str, order_id: str, bearer: Bearer | None, ledger: MemoryLedger) -> Any:
    asked = Asked({"user_id": user_id, "order_id": order_id}, FIRST_PAGE, bearer)
    return show.show_order(asked, MemoryActivities(ledger), ledger, NOON)


def show_orders(user_id: str, page: PageRequest, bearer: Bearer | None, ledger: MemoryLedger) -> Any:
    return show.show_orders(Asked({"user_id": user_id}, page, bearer), MemoryActivities(ledger), ledger, NOON)


def show_quotas(user_id: str, activity_id: str, bearer: Bearer | None, ledger: MemoryLedger) -> Any:
    asked = Asked({"user_id": user_id, "activity_id": activity_id}, FIRST_PAGE, bearer)
    return show.show_quotas(asked, MemoryActivities(ledger), ledger, NOON)


def show_log(activity_id: str, page: PageRequest, ledger: MemoryLedger) -> Any:
    asked = Asked({"activity_id": activity_id}, page, None)
    return show.show_log(asked, MemoryActivities(ledger), ledger, NOON)


def show_activity(activity_id: str, ledger: MemoryLedger) -> Any:
    asked = Asked({"activity_id": activity_id}, FIRST_PAGE, None)
    return show.show_activity(asked, MemoryActivities(ledger), ledger, NOON)


def a_ledger(*orders: Order) -> MemoryLedger:
    ledger = MemoryLedger()
    for order in orders:
        ledger.put(order)
    return ledger


def ids(ledger: MemoryLedger, size: int) -> list[list[int]]:
    """Return the ids of all pages of that size."""
    pages: list[list[int]] = []
    after: str | None = None
    while len(pages) < PAGES_MAX:
        page: Any = show_orders("xiaofuge", PageRequest(after, str(size)), None, ledger)
        pages.append([int(order["order_id"]) for order in page["draws"]])
        after = page["next"]
        if after is None:
            return pages
    raise AssertionError("the pages have no end")


def test_a_user_s_draws_are_shown_newest_first_lost_ones_too() -> None:
    orders = [an_order(5, drawn_at=NOON), a_lost_order(9, drawn_at=NOON - SECOND), an_order(2, drawn_at=NOON + SECOND)]
    ledger = a_ledger(*orders, an_order(3, user_id="fustack"))

    assert show_orders("xiaofuge", FIRST_PAGE, None, ledger) == {
        "draws": [order_answer(orders[number]) for number in (2, 0, 1)],
        "unreadable": 0,
        "next": None,
    }


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7, 100])
def test_pages_hold_every_draw_once_also_of_the_same_moment(size: int) -> None:
    moments = [0, 0, 0, 1, 1, 2]
    ledger = a_ledger(*(an_order(number, drawn_at=NOON + moment * SECOND) for number, moment in enumerate(moments)))

    pages = ids(ledger, size)

    assert [order_id for page in pages for order_id in page] == [5, 4, 3, 2, 1, 0]
    assert all(len(page) == size for page in pages[:-1])
    assert 0 < len(pages[-1]) <= size


def test_a_draw_made_while_somebody_turns_pages_is_shown_neither_twice_nor_instead_of_another() -> None:
    ledger = a_ledger(*(an_order(number, drawn_at=NOON + number * SECOND) for number in range(4)))
    first: Any = show_orders("xiaofuge", PageRequest(limit="2"), None, ledger)
    ledger.put(an_order(9, drawn_at=NOON + 9 * SECOND))

    second: Any = show_orders("xiaofuge", PageRequest(first["next"], "2"), None, ledger)

    assert [order["order_id"] for order in second["draws"]] == ["1", "0"]


def test_a_user_who_never_drew_has_no_draws() -> None:
    assert show_orders("nobody", FIRST_PAGE, None, a_ledger()) == {"draws": [], "unreadable": 0, "next": None}


def test_a_page_has_its_usual_size_unless_asked_otherwise() -> None:
    ledger = a_ledger(*(an_order(number, drawn_at=NOON + number * SECOND) for number in range(SIZE_MAX + 1)))
    usual: Any = show_orders("xiaofuge", FIRST_PAGE, None, ledger)
    largest: Any = show_orders("xiaofuge", PageRequest(limit=str(SIZE_MAX)), None, ledger)

    assert (len(usual["draws"]), len(largest["draws"])) == (SIZE, SIZE_MAX)


BAD_PAGES = {
    "no draw at all": (PageRequest(limit="0"), "limit"),
    "one more than allowed": (PageRequest(limit=str(SIZE_MAX + 1)), "limit"),
    "a limit that is no number": (PageRequest(limit="ten"), "limit"),
    "a limit of another script": (PageRequest(limit="\u0661"), "limit"),
    "a negative limit": (PageRequest(limit="-1"), "limit"),
    "an empty limit": (PageRequest(limit=""), "limit"),
    "an empty cursor": (PageRequest(after=""), "after"),
    "a cursor of words": (PageRequest(after="yesterday"), "after"),
    "a cursor with a tail": (PageRequest(after="1-2-3"), "after"),
    "a cursor beyond every time": (PageRequest(after="9" * 99 + "-1"), "after"),
}


@pytest.mark.parametrize("case", BAD_PAGES)
def test_a_page_that_nobody_can_turn_to_is_refused_with_its_field(case: str) -> None:
    page, field = BAD_PAGES[case]
    ledger = MemoryLedger()
    ledger.apply(an_activity(), {})

    answers = [
        show_orders("xiaofuge", page, None, ledger),
        show_log("100001", page, ledger),
    ]

    for answer in answers:
        assert isinstance(answer, Problem)
        assert (answer.status, answer.code, answer.field) == (400, "0002", field)


def test_a_cursor_of_the_draws_turns_no_page_of_a_log_and_the_other_way_round() -> None:
    ledger = MemoryLedger()
    ledger.apply(an_activity(), {})

    assert isinstance(show_log("100001", PageRequest("5-7"), ledger), Problem)
    assert isinstance(show_orders("xiaofuge", PageRequest("5"), None, ledger), Problem)


def test_a_token_shows_its_user_s_draws_and_nobody_else_s() -> None:
    order = an_order()
    ledger = a_ledger(order)

    assert show_order("xiaofuge", "7", SELF, ledger) == order_answer(order)
    assert show_orders("xiaofuge", FIRST_PAGE, SELF, ledger) == {
        "draws": [order_answer(order)],
        "unreadable": 0,
        "next": None,
    }
    for answer in (
        show_order("xiaofuge", "7", STRANGER, ledger),
        show_order("xiaofuge", "8", STRANGER, ledger),
        show_orders("xiaofuge", FIRST_PAGE, STRANGER, ledger),
        show_orders("xiaofuge", PageRequest(limit="x"), STRANGER, ledger),
        show_quotas("xiaofuge", "100001", STRANGER, ledger),
    ):
        assert isinstance(answer, Problem)
        assert (answer.status, answer.field) == (403, "user_id")


def test_me_is_the_token_s_user() -> None:
    order = an_order()
    ledger = a_ledger(order)

    assert show_order("me", "7", SELF, ledger) == order_answer(order)
    assert show_orders("me", FIRST_PAGE, SELF, ledger) == {
        "draws": [order_answer(order)],
        "unreadable": 0,
        "next": None,
    }
    assert show_orders("me", FIRST_PAGE, STRANGER, ledger) == {"draws": [], "unreadable": 0, "next": None}


def test_without_a_token_nobody_is_me() -> None:
    for answer in (
        show_order("me", "7", None, a_ledger(an_order(user_id="me"))),
        show_orders("me", FIRST_PAGE, None, a_ledger(an_order(user_id="me"))),
        show_quotas("me", "100001", None, with_quotas(day=3)),
    ):
        assert isinstance(answer, Problem)
        assert (answer.status, answer.field) == (404, "user_id")


@pytest.mark.parametrize("user_id", ["", "a\nb", "j\ufffdrg", "u" * 256])
def test_a_user_id_that_cannot_be_is_refused(user_id: str) -> None:
    for answer in (
        show_order(user_id, "7", None, a_ledger()),
        show_orders(user_id, FIRST_PAGE, None, a_ledger()),
        show_quotas(user_id, "100001", None, with_quotas(day=3)),
    ):
        assert isinstance(answer, Problem)
        assert (answer.status, answer.field) == (400, "user_id")


def test_a_log_is_shown_oldest_first_a_page_at_a_time() -> None:
    ledger = MemoryLedger()
    ledger.apply(an_activity(), {})
    ledger.logs["100001"] = [an_entry(number) for number in range(1, 6)]
    pages: list[list[int]] = []
    for after in (None, "2", "4"):
        page: Any = show_log("100001", PageRequest(after, "2"), ledger)
        pages.append([entry["number"] for entry in page["entries"]])
        assert page["next"] == {None: 2, "2": 4, "4": None}[after]

    assert pages == [[1, 2], [3, 4], [5]]


def test_the_log_of_an_unknown_activity_is_a_404() -> None:
    refusal = show_log("999", FIRST_PAGE, MemoryLedger())

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.field) == (404, "activity_id")


def test_an_activity_is_shown_with_what_is_left_in_all_shards_of_stock_and_cap() -> None:
    ledger = MemoryLedger()
    activity = an_activity(a_share(stock=5, shards=2), a_share("4", stock=None), cap=Cap(limit=9, shards=3))
    ledger.apply(activity, {("3", 0): 3, ("3", 1): 2, **{(CAP, shard): 3 for shard in range(3)}})
    ledger.left["100001", "3", 1] = ledger.left["100001", CAP, 2] = 0

    shown: Any = show_activity("100001", ledger)

    assert [award["stock_left"] for award in shown["awards"]] == [3, None]
    assert shown["cap"] == {"limit": 9, "left": 6}


def test_what_nobody_approved_is_unknown_to_the_public() -> None:
    ledger = MemoryLedger()
    ledger.apply(an_activity(approved=False), {("3", 0): 5})

    for refusal in (
        show_activity("100001", ledger),
        show_log("100001", FIRST_PAGE, ledger),
        show_quotas("xiaofuge", "100001", None, ledger),
    ):
        assert isinstance(refusal, Problem)
        assert (refusal.status, refusal.field) == (404, "activity_id")


def test_a_draw_is_in_the_quotas_that_are_shown_next_to_its_user_alone() -> None:
    ledger = with_quotas(day=3)
    ledger.record(a_lost_order(), count_of(Quotas(day=3), ZoneInfo("Asia/Shanghai"), NOON))
    today = {"period": "day", "draws": 3, "taken": 1, "left": 2, "renews_at": "2026-11-24T00:00:00+08:00"}
    shown = {"user_id": "xiaofuge", "activity_id": "100001", "quotas": [today], "left": 2, "renews_at": None}

    assert show_quotas("xiaofuge", "100001", None, ledger) == shown
    assert show_quotas("me", "100001", SELF, ledger) == shown
    assert show_quotas("me", "100001", STRANGER, ledger)["left"] == 3


def test_the_quotas_of_an_unknown_activity_are_a_404() -> None:
    refusal = show_quotas("xiaofuge", "999", None, with_quotas(day=3))

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.field) == (404, "activity_id")


def with_quotas(**draws: int) -> MemoryLedger:
    """Return a ledger with an activity in Shanghai that limits a user's draws so."""
    ledger = MemoryLedger()
    ledger.apply(an_activity(time_zone="Asia/Shanghai", quotas=Quotas(**draws)), {("3", 0): 5})
    return ledger
