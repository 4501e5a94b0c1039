"""The wheel page beside the local stack, where it is built: a web server of files on this machine alone."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local.process import Background

PAGE = ROOT / "web/wheel/dist/page"
SAMPLE = {"activity": "100001", "user": "xiaofuge"}  # what its address shows first
SERVING = re.compile(r"\((http://127\.0\.0\.1:\d+)/\)")
START_SECONDS_MAX = 20.0
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class WheelServer:
    """The server of the page in the home of a local stack."""

    home: Path
    page: Path = PAGE

    @property
    def process(self) -> Background:
        return Background(self.home / "wheel-page")

    @property
    def is_built(self) -> bool:
        return (self.page / "index.html").exists()

    @property
    def origin(self) -> str | None:
        """The origin of the page, None where it is not served."""
        said = SERVING.search(self.process.log.read_text()) if self.process.is_alive() else None
        return said and said[1]

    def url(self, api_url: str, activity_id: str = SAMPLE["activity"]) -> str | None:
        """Return the page's address for a user of an activity on the API at api_url, None without a server."""
        origin = self.origin
        return origin and f"{origin}/?{urlencode({'api': api_url, **SAMPLE, 'activity': activity_id})}"

    def start(self, tell: Callable[[str], None]) -> str | None:
        """Serve the page, unless it is served, and return its origin; None where it is not built."""
        if not self.is_built:
            self.stop()
            return None
        if not self.process.is_alive():
            tell("serving the wheel page")
            command = [
                sys.executable,
                "-u",
                "-m",
                "http.server",
                "--bind",
                "127.0.0.1",
                "--directory",
                str(self.page),
                "0",
            ]
            self.process.start(command, dict(os.environ))
        deadline = time.monotonic() + START_SECONDS_MAX
        while (origin := self.origin) is None:
            if not self.process.is_alive() or time.monotonic() > deadline:
                said = self.process.last_words()
                raise TombolaError(f"the wheel page is not served: {said} (log: {self.process.log})")
            time.sleep(POLL_SECONDS)
        return origin

    def stop(self) -> bool:
        """End the server and remove what it left; return whether it ran."""
        ran = self.process.is_alive()
        self.process.stop()
        shutil.rmtree(self.process.folder, ignore_errors=True)
        return ran


def with_origin(settings: Mapping[str, str], origin: str | None) -> dict[str, str]:
    """Return the template's parameters with the page's origin among those whose pages may call the API."""
    if origin is None:
        return dict(settings)
    others = [each for each in settings.get("CorsOrigins", "").split(",") if each not in {"", origin}]
    return {**settings, "CorsOrigins": ",".join([*others, origin])}
