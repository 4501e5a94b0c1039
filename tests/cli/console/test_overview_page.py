"""The overview shows how each activity stands, whatever it is called, and looks again while it is open."""

from pathlib import Path

from playwright.sync_api import Page, expect

from campaign_files import campaign_file
from chromium import serious_faults
from served_console import Console
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import Api, accepted
from tombola_cli.operate.stack import Stack


def test_the_overview_follows_an_activity_that_is_drawn(
    console_page: Page, console: Console, stack: Stack, tmp_path: Path
) -> None:
    launch(campaign_file(tmp_path, "overview"), stack)
    console_page.goto(console.url)
    card = console_page.locator(".tombola-campaign").filter(has_text="overview: DOING (running), closes at 2035-12-31")
    expect(card.get_by_role("link", name="<b>Spring</b>")).to_have_attribute("href", "/activities/overview")
    expect(card.get_by_text("draws: 0, wins: 0")).to_be_visible()
    expect(card.get_by_role("meter", name="left of Bike")).to_have_attribute("aria-valuenow", "10")
    expect(card.get_by_text("1,000 of 1,000 left")).to_be_visible()
    expect(console_page.get_by_text("The local stack has none.")).to_be_visible()

    accepted(Api(stack).draw("overview", "xiaofuge", "key-1"))
    expect(card.get_by_text("draws: 1, wins: 1")).to_be_visible()
    expect(card.get_by_text("999 of 1,000 left")).to_be_visible()
    expect(card.get_by_role("meter", name="left of draws of all users")).to_have_attribute("aria-valuenow", "999")

    assert serious_faults(console_page) == []
    console_page.set_viewport_size({"width": 400, "height": 800})
    assert console_page.evaluate("document.documentElement.scrollWidth") == 400
