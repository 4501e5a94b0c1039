"""Waiting: each prize with its reason, and the acts that its lane allows, one or many."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from builders import NOON, an_award, an_order
from chromium import serious_faults
from served_console import Console
from tombola.aws.items import order_item
from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola_cli.console.pages.waiting_page import Asked
from tombola_cli.operate.order_lists import Filter, View
from tombola_cli.operate.stack import Stack

ACTIVITY = "waiting-page"
NO_CODE, REFUSED = "the pool is empty", "refused: <b>no</b> such article"
PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "due_at": NOON}
COUPON = an_award("5", award_type=AwardType.COUPON, award_content="", source="spring", award_name="{{ 6 * 7 }}")


def test_an_address_keeps_what_was_asked_for_and_the_way_back() -> None:
    asked = Asked(view=View.PARKED, wanted=Filter(activity_id="a&b", because="no code"), after=["x"])
    assert asked.address(after=["x", "y"]) == "/waiting?view=parked&activity=a%26b&because=no+code&after=x&after=y"
    assert asked.address(activity="", because=None) == "/waiting?view=parked"


def put(stack: Stack, *orders: Order) -> None:
    for order in orders:
        stack.client("dynamodb").put_item(TableName=stack.table_name, Item=order_item(order))


def order_of(stack: Stack, user_id: str, order_id: int) -> Order:
    found = DynamoLedger(stack.client("dynamodb"), stack.table_name).order(user_id, order_id)
    assert isinstance(found, Order)
    return found


@pytest.fixture(scope="module")
def prizes(stack: Stack) -> Stack:
    """Put prizes of one activity into the lanes; its users' names are what a spreadsheet or a browser might run."""
    here: dict[str, Any] = {"activity_id": ACTIVITY, "shard": None}
    put(
        stack,
        an_order(1, **here, **PARKED, parked_because=NO_CODE, user_id="=1+1"),
        an_order(2, **here, **PARKED, parked_because=NO_CODE, user_id="a/b?c"),
        an_order(3, **here, **PARKED, parked_because=REFUSED, award=COUPON, user_id="<i>x</i>"),
        an_order(4, **here, **PARKED, parked_because="kept", award=an_award("9")),
        an_order(5, **here, grant_type=GrantType.BY_HAND),
        an_order(6, **here, accept_by=NOON, due_at=NOON.replace(year=NOON.year + 9)),
    )
    return stack


@pytest.fixture
def parked(console_page: Page, console: Console, prizes: Stack) -> Page:
    assert prizes
    console_page.goto(f"{console.url}/waiting?activity={ACTIVITY}")
    console_page.get_by_role("checkbox", name="Choose this row").first.wait_for()
    return console_page


def choose(page: Page, users: Sequence[str]) -> None:
    for user in users:
        page.get_by_role("row").filter(has_text=user).get_by_role("checkbox").click()


def acts(page: Page) -> list[str]:
    return [each.inner_text() for each in page.locator(".tombola-acts").get_by_role("button").all()]


def asked(page: Page, label: str) -> Locator:
    page.get_by_role("button", name=label).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would", exact=False)).to_be_visible()
    return dialog


def test_a_prize_is_retried_with_a_reason_and_the_list_is_shown_anew(parked: Page, prizes: Stack) -> None:
    assert acts(parked) == ["Retry the whole list", "Void the whole list"]
    choose(parked, ["=1+1", "a/b?c"])
    expect(parked.get_by_role("button", name="Retry the chosen 2 orders")).to_be_visible()
    dialog = asked(parked, "Retry the chosen 2 orders")
    expect(dialog.get_by_text("would retry 2 orders")).to_be_visible()
    expect(dialog.get_by_text("tombola orders retry --why '' --who olga 'a/b?c' 2")).to_be_visible()
    dialog.get_by_label("Why").fill("codes are there")
    dialog.get_by_role("button", name="Retry the chosen 2 orders").click()
    told = parked.get_by_role("dialog")
    expect(told.get_by_text("2 orders to be tried again")).to_be_visible()
    told.get_by_role("button", name="Close").click()
    expect(parked.get_by_role("row").filter(has_text="a/b?c")).to_have_count(0)
    assert [act.who for act in order_of(prizes, "a/b?c", 2).acts] == ["olga"]


def test_a_coupon_is_voided_only_once_somebody_says_that_it_was_not_issued(parked: Page, prizes: Stack) -> None:
    expect(parked.get_by_role("cell", name=REFUSED)).to_be_visible()
    expect(parked.get_by_role("cell", name="{{ 6 * 7 }}")).to_be_visible()
    choose(parked, ["<i>x</i>"])
    dialog = asked(parked, "Void the chosen 1 order")
    expect(dialog.get_by_text("would void 0 orders; 1 order refused")).to_be_visible()
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    assert serious_faults(parked) == []
    dialog.get_by_role("checkbox", name="I have asked the provider").click()
    expect(dialog.get_by_text("would void 1 order", exact=True)).to_be_visible()
    expect(dialog.get_by_text("--not-issued")).to_be_visible()
    dialog.get_by_label("Why").fill("no such article")
    dialog.get_by_role("button", name="Void the chosen 1 order").click()
    expect(parked.get_by_role("dialog").get_by_text("1 order void", exact=True)).to_be_visible()
    assert order_of(prizes, "<i>x</i>", 3).grant_state is GrantState.VOID


def test_a_whole_list_goes_on_when_the_page_is_opened_anew(parked: Page, prizes: Stack, console: Console) -> None:
    parked.goto(f"{console.url}/waiting?view=by-hand&activity={ACTIVITY}")
    parked.get_by_role("checkbox", name="Choose this row").wait_for()
    assert acts(parked) == ["Release the whole list"]
    dialog = asked(parked, "Release the whole list")
    expect(dialog.get_by_text(f"tombola orders release --activity {ACTIVITY}")).to_be_visible()
    dialog.get_by_label("Why").fill("the jury has met")
    dialog.get_by_role("button", name="Release the whole list").click()
    expect(parked.get_by_text("1 order released")).to_be_visible()
    expect(parked.get_by_text("Nothing here.")).to_be_visible()
    parked.reload()
    expect(parked.get_by_text("1 order released")).to_be_visible()
    assert order_of(prizes, "xiaofuge", 5).acts[0].why == "the jury has met"


def test_a_list_says_what_its_prizes_wait_for_and_offers_no_act_that_its_lane_forbids(
    parked: Page, console: Console
) -> None:
    parked.goto(f"{console.url}/waiting?view=unclaimed&activity={ACTIVITY}")
    parked.get_by_role("link", name="6", exact=True).wait_for()
    expect(parked.get_by_text("Their users have neither claimed")).to_be_visible()
    assert acts(parked) == []
    parked.goto(f"{console.url}/waiting?view=unreadable")
    parked.get_by_text("Nobody here can read these items.").wait_for()
    assert acts(parked) == []
    assert serious_faults(parked) == []


def test_a_filter_leaves_the_prizes_that_it_names(parked: Page) -> None:
    parked.set_viewport_size({"width": 400, "height": 800})
    parked.get_by_label("Award").fill("9")
    parked.get_by_label("Award").press("Enter")
    parked.wait_for_url("**award=9**")
    expect(parked.get_by_text("kept")).to_be_visible()
    expect(parked.get_by_role("checkbox", name="Choose this row")).to_have_count(1)
    assert parked.evaluate("document.documentElement.scrollWidth") == 400
    parked.get_by_role("button", name="Light or dark").click()
    expect(parked.locator("body.body--dark")).to_be_attached()
    assert serious_faults(parked) == []
