"""Take the pictures of the console: its pages as they stand after a demo's campaign."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chromium import Heard, running_chromium, watched_page
from served_console import served
from tombola_cli.files.repository import ROOT
from tombola_cli.local.demo import ACTIVITY_ID
from tombola_cli.operate.stack import Stack

FOLDER = ROOT / "docs/pictures"
TOMBOLA = Path(sys.executable).with_name("tombola")
WIDTH, HEIGHT = 1100, 760
QUIET_MS = 1_500  # a chart moves until then
PAGES = {
    "console-overview": "/",
    "console-activity": f"/activities/{ACTIVITY_ID}",
    "console-waiting": "/waiting",
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        _campaign() as stack,
        tempfile.TemporaryDirectory() as folder,
        served(stack, Path(folder), "olga") as console,
        running_chromium() as chromium,
        watched_page(chromium, Heard(), width=WIDTH, height=HEIGHT) as page,
    ):
        name, value = console.cookie
        page.context.add_cookies([{"name": name, "value": value, "url": console.url, "sameSite": "Strict"}])
        for picture, path in PAGES.items():
            page.goto(f"{console.url}{path}")
            page.wait_for_timeout(QUIET_MS)
            page.screenshot(path=FOLDER / f"{picture}.png")
            sys.stdout.write(f"docs/pictures/{picture}.png\n")


@contextmanager
def _campaign() -> Iterator[Stack]:
    """Play the demo, and end its stack afterwards."""
    try:
        done = subprocess.run([TOMBOLA, "demo", "--keep", "--json"], stdout=subprocess.PIPE, check=True)
        file = json.loads(done.stdout)["kept"].rpartition(" ")[2]
        yield Stack.load(Path(file))
    finally:
        subprocess.run([TOMBOLA, "down"], stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
