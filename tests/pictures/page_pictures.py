"""Take the pictures of the pages: the console and the wheel as they stand after a demo's campaign."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from chromium import Heard, running_chromium, watched_page
from served_console import Console, served
from tombola_cli.console import texts
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.demo import ACTIVITY_ID
from tombola_cli.local.wheel_server import WheelServer, with_origin
from tombola_cli.operate.stack import Place, Stack

FOLDER = ROOT / "docs/pictures"
TOMBOLA = Path(sys.executable).with_name("tombola")
EMULATOR = ROOT / ".local/emulator"
SIZE = {"width": 1100, "height": 900}
LOADED_MS_MAX = 60_000
QUIET_MS = 2_000  # a chart moves until then
STOPPED = ".result[data-outcome]:not([data-outcome=''])"
PAGES = {"console-overview": ("/", "Overview"), "console-activity": (f"/activities/{ACTIVITY_ID}", "Stock")}
TOP_PX = 60  # of the frame, which covers the page


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        _campaign() as (stack, wheel),
        tempfile.TemporaryDirectory() as folder,
        served(stack, Path(folder), "olga") as console,
        running_chromium() as chromium,
        watched_page(chromium, Heard(), **SIZE) as page,
    ):
        _console(page, console)
        page.goto(wheel)
        page.locator("button.draw[aria-disabled=false]").click()
        page.locator(STOPPED).wait_for()
        _take(page, "wheel")


@contextmanager
def _campaign() -> Iterator[tuple[Stack, str]]:
    """Play the demo, let the wheel page call its stack, and end both afterwards."""
    wheel: WheelServer | None = None
    try:
        done = subprocess.run([TOMBOLA, "demo", "--keep", "--json"], stdout=subprocess.PIPE, check=True)
        file = Path(json.loads(done.stdout)["kept"].rpartition(" ")[2])
        stack, wheel = Stack.load(file), WheelServer(file.parent)
        settings = with_origin(local_stack.PARAMETERS, wheel.start(print))
        place = Place(region=stack.region, endpoint_url=stack.endpoint_url)
        local_stack.deployed(place, EMULATOR, print, stack.stack_name, settings)
        query = urlencode({"api": stack.api_url, "activity": ACTIVITY_ID})
        yield stack, f"{wheel.origin}/?{query}&user=ann"
    finally:
        if wheel is not None:
            wheel.stop()
        subprocess.run([TOMBOLA, "down"], stdout=subprocess.DEVNULL, check=True)


def _console(page: Page, console: Console) -> None:
    name, value = console.cookie
    page.context.add_cookies([{"name": name, "value": value, "url": console.url, "sameSite": "Strict"}])
    for picture, (path, heading) in PAGES.items():
        page.goto(f"{console.url}{path}")
        shown = page.get_by_role("heading", name=heading, exact=True)
        expect(page.get_by_text(texts.LOOKING)).to_have_count(0, timeout=LOADED_MS_MAX)
        shown.evaluate("(shown, top) => scrollTo(0, shown.getBoundingClientRect().y - top)", TOP_PX)
        _take(page, picture)


def _take(page: Page, picture: str) -> None:
    page.wait_for_timeout(QUIET_MS)
    page.screenshot(path=FOLDER / f"{picture}.png")
    sys.stdout.write(f"docs/pictures/{picture}.png\n")


if __name__ == "__main__":
    main()
