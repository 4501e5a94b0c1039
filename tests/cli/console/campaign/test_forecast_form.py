"""What an activity will do is told with its picture before it is applied: here, of the sample file."""

from pathlib import Path

from playwright.sync_api import Page, expect

from chromium import serious_faults
from served_console import Console


def test_a_sample_file_is_there_and_can_be_simulated(console_page: Page, console: Console, tmp_path: Path) -> None:
    console_page.goto(f"{console.url}/apply")
    with console_page.expect_download() as download:
        console_page.get_by_role("button", name="Download a sample file").click()
    download.value.save_as(tmp_path / "sample.yaml")
    console_page.get_by_label("Drop a file here, or choose one").set_input_files(tmp_path / "sample.yaml")
    console_page.get_by_role("button", name="Simulate").click()
    console_page.get_by_role("button", name="Start the simulation").click()
    picture = console_page.get_by_role("img", name="over the simulated draws of activity my-campaign")
    expect(picture).to_be_visible()
    expect(console_page.get_by_text("1,000 users can make no more")).to_be_visible()
    assert serious_faults(console_page) == []
