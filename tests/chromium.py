"""Debian's Chromium by Playwright: no request leaves this machine, and an error in its console fails the test."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tombola_cli.files.repository import ROOT

PROGRAM = ROOT / ".local/chromium/chromium"
# As root there is no sandbox; nothing of Chromium's own asks the internet for anything.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=LocalNetworkAccessChecks",  # of which the headless shell can ask nobody
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
ELSEWHERE = re.compile(r"^(?!(https?|wss?)://127\.0\.0\.1[:/]|file:|data:|blob:|about:)")
# Of NiceGUI's chart that is taken away before its library has come: expected where a page has charts, nowhere else.
CHART_GONE = "Cannot read properties of undefined (reading 'dispose')"
PATIENCE_MS = 15_000  # for one step of a page, on a busy machine
SERIOUS = frozenset({"serious", "critical"})


@dataclass  # no slots: Playwright keeps a note on whose method listens
class Heard:
    """What the pages of one test told; expected are words of errors that the test provokes."""

    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", self._request)

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(words in fault for words in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        if ELSEWHERE.match(request.url):
            self.faults.append(f"a request leaves this machine: {request.url}")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start Chromium; where there is none, skip and say so, and fail in CI."""
    if not PROGRAM.exists():
        why = "Chromium is missing: make .local/chromium/.installed brings it; no page is tested without it"
        (pytest.fail if "CI" in os.environ else pytest.skip)(why)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=PROGRAM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@contextmanager
def watched_page(browser: Browser, heard: Heard, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Open a page of its own context, cookies and storage, and close it; heard is told of its faults."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    context.on("page", heard.listen)
    yield context.new_page()
    context.close()


def serious_faults(page: Page) -> list[str]:
    """Return what axe-core finds on the page that keeps somebody out, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['help']} {[node['html'][:200] for node in fault['nodes'][:3]]}"
        for fault in found
        if fault["impact"] in SERIOUS
    ]
