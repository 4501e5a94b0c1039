"""The package as a web developer takes it: from its README onto a page of one's own."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripted_api import ScriptedApi, Turn, running_api
from tombola_cli.files.repository import ROOT
from wheel_page import Wheel, folder_or_say_what_is_missing

PACKAGE = ROOT / "web/wheel"
README = (PACKAGE / "README.md").read_text("utf-8")
POLICY = re.findall(r"Content-Security-Policy of `([^`]+)`", README)[0]
API = "https://draws.example.com"
TICKING_MS = 400
GONE_MS = 1200  # its answer comes after 1000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the page of the README in it, its script in a file of its own, and the package's files."""
    folder_or_say_what_is_missing()
    (html,) = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    (script,) = re.findall(r"<script type=\"module\">(.*?)</script>", html, re.DOTALL)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.replace(API, "")}">'
    head = f'<!doctype html><html lang="en"><head><title>A shop</title>{policy}<link rel="icon" href="icon.svg"></head>'
    body = html.replace(script, "").replace('type="module"', 'type="module" src="own.js"')
    (tmp_path / "own.html").write_text(f"{head}<body><main><h1>A shop</h1>{body}</main></body></html>")
    (tmp_path / "own.js").write_text(script.replace(API, "/api"))
    (tmp_path / "session").mkdir()
    (tmp_path / "session/token").write_text("a-token")
    shutil.copy(PACKAGE / "public/icon.svg", tmp_path)
    for file in (PACKAGE / "dist/lib").glob("*.js"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def api(site: Path) -> Iterator[ScriptedApi]:
    with running_api(site) as api:
        yield api


def test_the_page_of_the_readme_draws_under_its_content_security_policy(api: ScriptedApi, page: Page) -> None:
    api.token, api.wins = "a-token", ["2"]
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{api.url}/own.html")
    wheel = Wheel(page).is_ready()
    wheel.draw()

    expect(page.locator("li[data-order]")).to_contain_text("iphone")
    assert [draw.body for draw in api.draws] == [{}]


def test_it_leaves_its_element_empty_and_may_come_back(api: ScriptedApi, page: Page) -> None:
    page.goto(f"{api.url}/own.html")
    Wheel(page).is_ready()
    script = """async () => {
        const { mountWheel } = await import("/tombola-wheel.js");
        const [place, options] = [document.createElement("div"), { api: "/api", activity: "1", user: "ann" }];
        document.body.append(place);
        const inside = [];
        for (let time = 0; time < 2; time += 1) {
            const wheel = mountWheel(place, options);
            inside.push(place.shadowRoot.childElementCount);
            wheel.unmount();
            inside.push(place.shadowRoot.childElementCount);
        }
        return inside;
    }"""

    assert page.evaluate(script) == [1, 0, 1, 0]


def test_a_wheel_that_leaves_while_it_draws_is_quiet_and_shows_the_draw_when_it_is_back(
    api: ScriptedApi, page: Page
) -> None:
    api.wins, api.turns = ["2"], [Turn(seconds=1)]
    page.goto(f"{api.url}/own.html")
    Wheel(page).is_ready()
    page.evaluate("""async () => {
        const { mountWheel } = await import("/tombola-wheel.js");
        window.sounding = [];
        const { AudioContext } = window;
        window.AudioContext = class extends AudioContext { constructor() { super(); sounding.push(this); } };
        document.body.replaceChildren(document.createElement("main"));
        const options = { api: "/api", activity: "1", user: "ann", language: "en" };
        window.mounted = () => mountWheel(document.querySelector("main"), options);
        window.wheel = mounted();
    }""")
    Wheel(page).is_ready().button.click()
    page.wait_for_timeout(TICKING_MS)

    page.evaluate("wheel.unmount()")
    page.wait_for_timeout(GONE_MS)
    assert page.evaluate("sounding.map(({ state }) => state)") == ["closed"]
    page.evaluate("void mounted()")

    assert Wheel(page).stopped() == "You have won: iphone"
    assert len(api.draws) == 2
    assert len(api.keys) == 1


def test_the_readme_tells_each_option_of_the_types() -> None:
    options = (
        (PACKAGE / "src/options.ts").read_text("utf-8").partition("export interface Options {")[2].partition("\n}")[0]
    )

    told = re.findall(r"^\| `(\w+)` \| ", README.partition("## Options")[2].partition("\n## ")[0], re.MULTILINE)

    assert sorted(told) == sorted(re.findall(r"^  (\w+)\??:", options, re.MULTILINE))


@pytest.mark.parametrize(
    ("file", "constant", "told"),
    [
        ("machine.ts", "ASKS_MAX = 8;", "up to 8 times"),
        ("machine.ts", "FIRST_WAIT_MS = 500;", "after 0.5 s and twice as long each time"),
        ("pending_draw.ts", "RESUME_MS_MAX = 10 * 60 * 1000;", "within 10 minutes"),
        ("page.ts", "REFRESH_MS = 30_000;", "every 30\nseconds"),
        ("page.ts", "REFRESH_SOON_MS = 5000;", "every 5 seconds once it is due to open"),
    ],
)
def test_what_the_pages_tell_of_its_patience_is_what_it_has(file: str, constant: str, told: str) -> None:
    assert constant in (PACKAGE / "src" / file).read_text("utf-8")
    assert told in README + (ROOT / "docs/wheel.md").read_text("utf-8")


def test_the_package_has_its_module_its_types_and_the_licence_of_what_is_packed_with_it() -> None:
    folder_or_say_what_is_missing()
    npm = ROOT / ".local/web/bin/npm"
    done = subprocess.run([npm, "pack", "--dry-run", "--json"], cwd=PACKAGE, capture_output=True, text=True, check=True)

    packed = json.loads(done.stdout)
    (files,) = [each["files"] for each in (packed.values() if isinstance(packed, dict) else packed)]
    assert {each["path"] for each in files} == {
        "README.md",
        "package.json",
        *(f"dist/lib/{name}" for name in ("tombola-wheel.js", "lucky-canvas.js", "lucky-canvas.LICENSE")),
        *(f"dist/lib/types/{name}.d.ts" for name in ("index", "options")),
    }


def test_the_lock_names_no_registry() -> None:
    locked = json.loads((PACKAGE / "package-lock.json").read_text("utf-8"))["packages"]

    assert [name for name, package in locked.items() if "resolved" in package] == []
    assert [name for name, package in locked.items() if name and "integrity" not in package] == []
