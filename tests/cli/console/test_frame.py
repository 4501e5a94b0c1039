"""Every page says where it is and who acts, leads to the others, and can be light or dark."""

from playwright.sync_api import Page, expect

from chromium import serious_faults
from served_console import Console


def test_a_page_says_which_stack_it_shows_and_who_acts(console_page: Page, console: Console) -> None:
    console_page.goto(console.url)
    expect(console_page.get_by_role("banner").get_by_text("tests as olga")).to_be_visible()
    assert console_page.title() == "Overview - Tombola"


def test_the_way_to_the_other_pages_marks_this_one(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/doctor")
    here = console_page.get_by_role("navigation", name="Pages").get_by_role("link", name="Doctor")
    expect(here).to_have_attribute("aria-current", "page")


def test_a_page_can_be_dark_and_is_legible_then(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/specimens")
    console_page.get_by_role("button", name="Light or dark").click()
    expect(console_page.locator("body.body--dark")).to_be_attached()
    assert serious_faults(console_page) == []
