"""Books: the auditor runs when it is asked to, says before what it costs, and afterwards which promise is kept."""

from playwright.sync_api import Page, expect

from chromium import serious_faults
from served_console import Console


def test_an_audit_says_what_it_costs_and_which_promises_are_kept(console_page: Page, console: Console) -> None:
    page = console_page
    page.goto(f"{console.url}/books")
    page.get_by_role("button", name="Audit the books").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("read units as DynamoDB counted them")).to_be_visible()
    expect(dialog.get_by_text("tombola audit")).to_be_visible()
    dialog.get_by_role("button", name="Audit the books").click()
    expect(page.get_by_role("cell", name="nobody draws past a quota")).to_be_visible()
    expect(page.get_by_text("what users were told")).to_be_visible()
    assert serious_faults(page) == []
