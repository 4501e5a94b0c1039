"""The browser of the tests hears what goes wrong on a page, and lets none of its requests out."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from chromium import Heard, serious_faults

SOUND = "<!doctype html><html lang=en><title>t</title><main><h1>A page</h1><p>Words.</p></main>"


def opened(page: Page, folder: Path, html: str) -> Page:
    (folder / "page.html").write_text(html)
    page.goto((folder / "page.html").as_uri())
    return page


def test_a_sound_page_tells_of_nothing(page: Page, heard: Heard, tmp_path: Path) -> None:
    opened(page, tmp_path, SOUND)
    assert heard.faults == []
    assert serious_faults(page) == []


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("console.error('it broke')", "console: it broke"),
        ("nothing()", "page error: nothing is not defined"),
        ("fetch('https://elsewhere.example/x').catch(() => 0)", "leaves this machine: https://elsewhere.example/x"),
        ("fetch('http://127.0.0.1.elsewhere.example/').catch(() => 0)", "leaves this machine: http://127.0.0.1.else"),
    ],
)
def test_a_fault_of_a_page_is_heard(page: Page, heard: Heard, tmp_path: Path, script: str, told: str) -> None:
    opened(page, tmp_path, f"{SOUND}<script>{script}</script>").wait_for_timeout(200)
    assert any(told in fault for fault in heard.unexpected())
    heard.expected = [""]


def test_a_fault_that_keeps_somebody_out_is_found(page: Page, tmp_path: Path) -> None:
    assert any("image-alt" in fault for fault in serious_faults(opened(page, tmp_path, f"{SOUND}<img src='data:,'>")))
