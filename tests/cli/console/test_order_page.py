"""An order's page tells what happened to it, offers what the rules allow, and hides what its winner got."""

import json
from typing import Any, cast
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from builders import NOON, SECOND, a_share, an_award, an_order
from chromium import serious_faults
from console_table import HTML, a_win_of, an_open_activity, put_activity, put_orders
from served_console import Console
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola_cli.console import links
from tombola_cli.console.desk import Desk
from tombola_cli.console.pages.order_page import asked_content
from tombola_cli.operate.stack import Stack

ACTIVITY_ID = "order-page"
USER = f"{HTML}/../a?b#c%2F"
PARKED: Any = {"grant_state": GrantState.PARKED, "parked_because": f"{HTML} is no account", "failures": 3}
BY_HAND: Any = {"grant_type": GrantType.BY_HAND, "grant_at": None}
A_CODE = an_award("8", award_type=AwardType.CODE, source="pool", award_content="")
A_PARCEL = an_award("7", award_type=AwardType.PHYSICAL, award_content="")
GRANTED: Any = {"grant_state": GrantState.GRANTED, "granted_at": NOON + SECOND, "due_at": None}


class Named:
    stack_name = "prod"


DESK = Desk(stack=cast("Any", Named()), who="olga")


@pytest.mark.parametrize(
    ("order", "content"),
    [
        (an_order(award=A_CODE, content="CODE-1", **GRANTED), "CODE-1"),
        (an_order(award=A_CODE), "Nothing yet: the prize is not handed over."),
        (an_order(), "Code"),
        (an_order(**BY_HAND), "Nothing yet: the prize is not handed over."),
        (an_order(award=A_PARCEL, **GRANTED), "A parcel: its address is in the file of its batch alone."),
    ],
)
def test_whoever_asks_for_a_content_is_on_record_and_the_content_is_not(
    order: Order, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked_content(DESK, order) == content
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["who"], said["order_id"], said["activity_id"]) == ("olga", "7", "100001")
    assert content not in line
    assert order.user_id not in line


@pytest.fixture(scope="session")
def orders(stack: Stack) -> Stack:
    shares = a_share("3"), a_share("8", award=A_CODE, stock=None)
    put_activity(stack, an_open_activity(ACTIVITY_ID, *shares, time_zone="Asia/Tokyo"))
    put_orders(
        stack,
        [
            a_win_of(ACTIVITY_ID, 1, NOON, user_id=USER, shard=0, **PARKED),
            a_win_of(ACTIVITY_ID, 2, NOON, user_id=USER, award=A_CODE, content="CODE-2", **GRANTED),
        ],
    )
    return stack


def opened(page: Page, console: Console, order_id: int) -> Page:
    page.goto(f"{console.url}/orders/{quote(USER, safe='')}/{order_id}")
    return page


@pytest.mark.usefixtures("orders")
def test_an_order_is_retried_from_its_page_which_then_shows_its_new_state(console_page: Page, console: Console) -> None:
    page = opened(console_page, console, 1)
    expect(page.get_by_role("listitem").filter(has_text="parked")).to_contain_text(f"{HTML} is no account")
    expect(page.get_by_role("definition").get_by_text(USER, exact=True)).to_be_visible()
    expect(page.get_by_role("definition").get_by_text("2026-11-23 21:00:00 (Asia/Tokyo)")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="drawn")).to_contain_text("2026-11-23 21:00:00 (Asia/Tokyo)")
    expect(page.get_by_text("grant state")).to_be_hidden()
    page.get_by_role("button", name="All that is on record").press("Enter")
    expect(page.get_by_text("grant state")).to_be_visible()
    assert serious_faults(page) == []

    page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would retry 1 order")).to_be_visible()
    dialog.get_by_label("Why").fill("mended")
    dialog.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("1 order to be tried again")).to_be_visible()
    page.get_by_role("button", name="Close").click()

    expect(page.get_by_role("listitem").filter(has_text="mended (by olga)")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    expect(page.get_by_text("There is nothing for an operator to do now.")).to_be_visible()


@pytest.mark.usefixtures("orders")
def test_a_content_is_not_on_the_page_until_somebody_asks(console_page: Page, console: Console) -> None:
    console_page.set_viewport_size({"width": 400, "height": 800})
    page = opened(console_page, console, 2)
    expect(page.get_by_role("listitem").filter(has_text="the winner has the prize")).to_be_visible()
    assert "CODE-2" not in page.content()
    page.get_by_role("button", name="Show the content").press("Enter")
    expect(page.get_by_text("CODE-2")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.get_by_role("button", name="Light or dark").click()
    assert serious_faults(page) == []


@pytest.mark.usefixtures("orders")
def test_an_order_that_there_is_not_is_told(console_page: Page, console: Console) -> None:
    expect(opened(console_page, console, 3).get_by_role("alert")).to_contain_text("has no order 3")
    console_page.goto(f"{console.url}/orders/a/x")
    expect(console_page.get_by_role("alert")).to_contain_text("x is no order's number")
    console_page.goto(f"{console.url}{links.to_order('..', 7)}")
    expect(console_page.get_by_role("alert")).to_contain_text(".. has no order 7")
