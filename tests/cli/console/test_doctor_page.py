"""Doctor: an examination that is asked for, goes on while the page is opened anew, and tells its findings."""

from playwright.sync_api import Page, expect

from chromium import serious_faults
from served_console import Console

EXAMINED_MS_MAX = 120_000


def test_an_examination_goes_on_when_the_page_is_opened_anew(console_page: Page, console: Console) -> None:
    page = console_page
    page.goto(f"{console.url}/doctor")
    page.get_by_role("button", name="Examine the stack").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("draws once on an activity of its own")).to_be_visible()
    expect(dialog.get_by_text("tombola doctor")).to_be_visible()
    dialog.get_by_role("button", name="Examine the stack").click()
    expect(page.get_by_text("It goes on, whether this page is open or not")).to_be_visible()
    page.reload()
    expect(page.get_by_text("stack tests", exact=True)).to_be_visible(timeout=EXAMINED_MS_MAX)
    first = page.get_by_role("row").nth(1)  # a local stack is none that somebody should campaign on
    expect(first.get_by_role("cell", name="wrong", exact=True)).to_be_visible()
    assert serious_faults(page) == []
