"""An activity is run on its page: each button is one that may act, and what somebody else did meanwhile is told."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from campaign_files import campaign_file
from chromium import CHART_GONE, Heard, serious_faults
from served_console import Console
from tombola.rules.activity_states import Action
from tombola_cli.files.activity_file import read_activity
from tombola_cli.operate import activity_moves
from tombola_cli.operate.apply import apply
from tombola_cli.operate.registry import log_of, stock_of
from tombola_cli.operate.stack import Stack

MOVES = ("Submit", "Approve", "Refuse", "Withdraw", "Close the activity", "Open again", "Reveal the seed")


@pytest.fixture
def clicked(console_page: Page, console: Console, stack: Stack, tmp_path: Path, heard: Heard) -> Page:
    """Open the page of a new activity."""
    heard.expected.append(CHART_GONE)
    apply(read_activity(campaign_file(tmp_path, "clicked")), stack, "tests", "", stack.now())
    console_page.goto(f"{console.url}/activities/clicked")
    console_page.get_by_text("the chain of hashes is whole").wait_for()
    return console_page


def buttons(page: Page) -> list[str]:
    return [name for name in MOVES if page.get_by_role("button", name=name, exact=True).count()]


def asked(page: Page, label: str) -> Locator:
    page.get_by_role("button", name=label, exact=True).click()
    return page.get_by_role("dialog")


def do(page: Page, label: str, why: str) -> None:
    dialog = asked(page, label)
    dialog.get_by_label("Why").fill(why)
    dialog.get_by_role("button", name=label, exact=True).click()
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("cell", name=why)).to_be_visible()


def test_an_activity_is_submitted_approved_restocked_and_closed(clicked: Page, stack: Stack) -> None:
    assert buttons(clicked) == ["Submit", "Close the activity"]
    assert serious_faults(clicked) == []
    do(clicked, "Submit", "please look")
    assert buttons(clicked) == ["Approve", "Refuse", "Withdraw"]
    expect(clicked.get_by_text("Change the stock")).to_have_count(0)
    assert "approve clicked --who olga" in asked(clicked, "Approve").inner_text()
    activity_moves.take(Action.WITHDRAW, "clicked", stack, "bob", "wait", stack.now())
    dialog = clicked.get_by_role("dialog")
    dialog.get_by_role("button", name="Approve").click()
    told = "activity clicked was changed by somebody else meanwhile: look, and try again"
    expect(dialog.get_by_role("alert")).to_have_text(told)
    dialog.get_by_role("button", name="Close").click()
    expect(clicked.get_by_role("button", name="Submit")).to_be_visible()

    clicked.get_by_text("Change the stock").first.click()
    clicked.get_by_label("Bike: units in all").fill("12")
    dialog = asked(clicked, "Change the stock")
    expect(dialog.get_by_role("row", name="award 1 stock 10 12")).to_be_visible()
    dialog.get_by_label("Why").fill("two more came")
    dialog.get_by_role("button", name="Change the stock").click()
    dialog.get_by_role("button", name="Close").click()
    expect(clicked.get_by_text("12 of 12 left")).to_be_visible()

    activity = activity_moves.found("clicked", stack)
    entries, broken = log_of(activity, stack)
    assert (stock_of(activity, stack)["1"], broken) == (12, None)
    assert [getattr(entry, "who", "") for entry in entries] == ["tests", "olga", "bob", "olga"]
    clicked.set_viewport_size({"width": 400, "height": 800})
    clicked.get_by_role("button", name="Light or dark").click()
    clicked.reload()
    assert clicked.evaluate("document.documentElement.scrollWidth") == 400


def test_no_activity_of_that_name_is_told(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/activities/%3Cb%3Enone")
    expect(console_page.get_by_role("alert")).to_contain_text("there is no activity <b>none")
