"""The built wheel page as tests open it."""

import os
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from chromium import PATIENCE_MS
from scripted_api import ScriptedApi
from tombola_cli.files.repository import ROOT

FOLDER = ROOT / "web/wheel/dist/page"
BUILT = ROOT / ".local/wheel/.built"
expect.set_options(timeout=PATIENCE_MS)
REFUSED_BY_STATUS = "Failed to load resource: the server responded with a status of"
STOPPED = ".result[data-outcome]:not([data-outcome=''])"


def folder_or_say_what_is_missing() -> None:
    """Skip where the page is not built, and say so; fail in CI."""
    if not BUILT.exists():
        (pytest.fail if "CI" in os.environ else pytest.skip)("the wheel page is not built: make wheel builds it")


@dataclass(frozen=True)
class Wheel:
    """A page with the wheel on it."""

    page: Page

    @property
    def button(self) -> Locator:
        return self.page.locator("button.draw")

    @property
    def result(self) -> Locator:
        return self.page.locator(".result")

    @property
    def said(self) -> Locator:
        return self.page.locator(".said.problem")

    def is_ready(self) -> "Wheel":
        """Wait until a draw is possible and everything is shown."""
        expect(self.page.locator("canvas")).to_be_visible()
        expect(self.button).to_have_attribute("aria-disabled", "false")
        expect(self.page.locator(".stage > p:last-child")).not_to_be_empty()  # the quotas
        expect(self.page.locator(".side section:last-child > :is(p, ul)")).to_be_visible()  # the user's prizes
        return self

    def draw(self) -> str:
        """Draw once and return the result as it is told."""
        self.button.click()
        return self.stopped()

    def press_in_vain(self) -> None:
        """Press the button while it says that it does nothing."""
        expect(self.button).to_have_attribute("aria-disabled", "true")
        self.button.click(force=True)

    def stopped(self) -> str:
        self.page.locator(STOPPED).wait_for()
        return self.result.inner_text()

    def picture(self) -> str:
        picture: str = self.page.locator("canvas").evaluate("canvas => canvas.toDataURL()")
        return picture

    def moves_from(self, picture: str) -> None:
        """Wait until the canvas shows another picture."""
        script = "picture => document.querySelector('main').shadowRoot.querySelector('canvas').toDataURL() !== picture"
        self.page.wait_for_function(script, arg=picture)

    def slice_colour(self, award_id: str) -> str:
        """Return the colour that the table of awards has for an award."""
        swatch = self.page.locator(f"tr[data-award='{award_id}'] .swatch")
        colour: str = swatch.evaluate("swatch => getComputedStyle(swatch).backgroundColor")
        return colour

    def colour_at(self, right: float, down: float) -> str:
        """Return the colour of the canvas at a point, in parts of its width and height."""
        script = """(canvas, [right, down]) => {
            const at = [Math.round(canvas.width * right), Math.round(canvas.height * down), 1, 1];
            const [red, green, blue] = canvas.getContext("2d").getImageData(...at).data;
            return `rgb(${red}, ${green}, ${blue})`;
        }"""
        colour: str = self.page.locator("canvas").evaluate(script, [right, down])
        return colour


def opened(page: Page, api: ScriptedApi, *, still: bool = True, **query: str) -> Wheel:
    """Open the page of an API; still asks for no motion, as a user's system may."""
    page.emulate_media(reduced_motion="reduce" if still else "no-preference")
    page.goto(f"{api.url}/?{urlencode({'user': 'ann', 'language': 'en', **query})}")
    return Wheel(page)
