"""The console opens on an overview of the activities, whatever they are called."""

from playwright.sync_api import Page

from chromium import serious_faults


def test_the_overview_shows_the_activities_of_the_stack(console_page: Page) -> None:
    console_page.get_by_role("heading", name="Overview").wait_for()
    assert serious_faults(console_page) == []
