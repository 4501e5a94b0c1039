"""From an empty form to an activity: a file is dropped, mended and applied; what is too long is refused."""

from pathlib import Path

from playwright.sync_api import Page, expect

from campaign_files import campaign_file
from chromium import serious_faults
from served_console import Console
from tombola_cli.files.activity_file import read_activity
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.apply import apply
from tombola_cli.operate.registry import log_of
from tombola_cli.operate.stack import Stack

TEN_MEGABYTES = 10_000_000


def test_a_file_is_dropped_mended_and_applied(
    console_page: Page, console: Console, stack: Stack, tmp_path: Path
) -> None:
    page = console_page
    page.goto(console.url)
    page.get_by_role("link", name="Apply a file").click()
    choice = page.get_by_label("Drop a file here, or choose one")

    long = tmp_path / "long.yaml"
    long.write_text("#" * TEN_MEGABYTES)
    choice.set_input_files(long)
    expect(page.get_by_role("alert")).to_have_text(
        "The file was not taken: an activity file has 1,000,000 bytes at most."
    )

    file = campaign_file(tmp_path, "dropped", bikes=-1)
    choice.set_input_files(file)
    expect(page.get_by_role("row", name="11 awards.1.stock")).to_be_visible()
    expect(page.get_by_role("button", name="Apply", exact=True)).to_have_count(0)
    assert serious_faults(page) == []

    choice.set_input_files(campaign_file(tmp_path, "dropped"))
    expect(page.get_by_text("would create activity dropped")).to_be_visible()
    page.get_by_role("button", name="Apply", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("the spring campaign")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog.get_by_text("dropped.yaml: applied")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_text("nothing would change")).to_be_visible()
    entries, _ = log_of(found("dropped", stack), stack)
    assert [(getattr(each, "who", ""), getattr(each, "why", "")) for each in entries] == [
        ("olga", "the spring campaign")
    ]

    choice.set_input_files(campaign_file(tmp_path, "dropped", bikes=11))
    expect(page.get_by_role("row", name="award 1 stock 10 11")).to_be_visible()
    apply(read_activity(campaign_file(tmp_path, "dropped", bikes=30)), stack, "bob", "", stack.now())
    page.get_by_role("button", name="Apply", exact=True).click()
    dialog.get_by_role("button", name="Apply").click()
    told = "activity dropped was changed by somebody else meanwhile: look, and apply again"
    expect(dialog.get_by_role("alert")).to_have_text(told)
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("row", name="award 1 stock 30 11")).to_be_visible()

    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.get_by_role("link", name="Look at activity dropped").click()
    expect(page.get_by_text("30 of 30 left")).to_be_visible()
