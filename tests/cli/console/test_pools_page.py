"""Pools: codes left, and more of them from a file that is dropped, with a look before and progress meanwhile."""

from playwright.sync_api import FilePayload, Page, expect

from chromium import serious_faults
from served_console import Console
from tombola_cli.operate.stack import Stack

CODES = FilePayload(name="a_b.csv", mimeType="text/csv", buffer=b"SECRET-1\nSECRET-2\nSECRET-1\n")


def test_a_file_is_dropped_looked_at_and_imported_and_no_code_is_shown(
    console_page: Page, console: Console, stack: Stack
) -> None:
    page = console_page
    page.goto(f"{console.url}/pools")
    page.locator("input[type=file]").set_input_files(CODES)
    expect(page.get_by_text("a_b.csv, 27 bytes")).to_be_visible()
    expect(page.get_by_text("Name the pool")).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_label("Pool").fill("pools-page")
    page.get_by_role("button", name="Import codes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would be imported into pool pools-page")).to_be_visible()
    expect(dialog.get_by_text("its code stands on line 1 already")).to_be_visible()
    expect(dialog.get_by_text("tombola codes import pools-page a_b.csv")).to_be_visible()
    dialog.get_by_role("button", name="Import codes").click()

    expect(page.get_by_text("is imported into pool pools-page")).to_be_visible()
    expect(page.get_by_text("a_b.csv, 27 bytes")).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="pools-page")
    expect(row.get_by_role("cell", name="2", exact=True)).to_be_visible()
    expect(page.get_by_text("Ended at ").first).to_be_visible()
    page.get_by_role("button", name="Count again").click()
    expect(row.get_by_role("cell", name="2", exact=True)).to_be_visible()
    page.set_viewport_size({"width": 400, "height": 800})
    page.reload()
    expect(page.get_by_text("is imported into pool pools-page")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert "SECRET" not in page.content()
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("body.body--dark")).to_be_attached()
    assert serious_faults(page) == []


def test_a_file_that_is_too_large_is_not_taken(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/pools")
    console_page.evaluate(
        """() => {
            const files = new DataTransfer()
            files.items.add(new File([new ArrayBuffer(65 * 1024 * 1024)], 'large.csv'))
            const input = document.querySelector('input[type=file]')
            input.files = files.files
            input.dispatchEvent(new Event('change', {bubbles: true}))
        }"""
    )
    expect(console_page.get_by_text("it is larger than 64 MB")).to_be_visible()
