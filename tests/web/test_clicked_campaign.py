"""A whole campaign is clicked through in a browser, from an empty stack to a result that a player has checked."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from playwright.sync_api import Locator, Page, expect

from chromium import CHART_GONE, Heard
from served_console import Console, served
from tombola_cli.local import local_stack
from tombola_cli.local.wheel_server import WheelServer, with_origin
from tombola_cli.operate.api import TIMEOUT_SECONDS
from tombola_cli.operate.stack import Stack
from verify_page import PAGE as VERIFY
from wheel_page import STOPPED, folder_or_say_what_is_missing

pytestmark = pytest.mark.apart
# Every draw wins until both awards have ended; the vouchers come from a pool that is empty at first.
FILE = """\
activity_id: clicked
activity_name: Clicked through
activity_desc: a campaign that a test clicks through
creator: olga
time_zone: Europe/Berlin
begin: 2026-01-01
end: 2035-12-31
strategy: total
awards:
  - { award_id: 1, award_type: 2, award_name: Voucher, pool: vouchers, rate: 0.5, stock: 2 }
  - { award_id: 2, award_type: 1, award_name: Cap, award_content: a cap, rate: 0.5, stock: 3 }
"""
UNITS, VOUCHERS = 5, 2
STARTS_MS_MAX = 150_000  # compensation starts it, within a minute
# The first draw meets a cold function; the wheel gives an answer up after 10 s, waits and asks again.
DRAWN_MS_MAX = 60_000
RELOADS_MAX, RELOAD_MS = 60, 2_000  # a voucher without a code is parked after its last failure
SAVED_MS_MAX = 60_000


@dataclass(frozen=True)
class Campaign:
    """The parts of a stack of its own that its people see."""

    stack: Stack
    console: Console
    wheel: str
    folder: Path


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    folder_or_say_what_is_missing()
    home, folder = tmp_path_factory.mktemp("clicked"), tmp_path_factory.mktemp("clicked-console")
    wheel = WheelServer(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        try:
            settings = with_origin({}, wheel.start(print))
            stack = local_stack.up(home, None, print, settings=settings)
            with served(stack, folder, "olga") as console:
                query = urlencode({"api": stack.api_url, "activity": "clicked", "user": "ann"})
                yield Campaign(stack, console, f"{wheel.origin}/?{query}", folder)
        finally:
            local_stack.down(home)


@pytest.fixture
def olga(page: Page, campaign: Campaign, heard: Heard) -> Page:
    """Open the console's overview for the operator."""
    heard.expected.append(CHART_GONE)
    name, value = campaign.console.cookie
    page.context.add_cookies([{"name": name, "value": value, "url": campaign.console.url, "sameSite": "Strict"}])
    page.goto(campaign.console.url)
    return page


def go(page: Page, to: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=to, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=to)).to_be_visible()


def do(page: Page, button: Locator, why: str | None = None) -> str:
    """Press a button, answer its question, and return what was told of it."""
    button.click()
    dialog = page.get_by_role("dialog")
    doing = dialog.get_by_role("button").last
    expect(doing).to_be_enabled()
    if why is not None:
        dialog.get_by_label("Why").fill(why)
    doing.click()
    close = dialog.get_by_role("button", name="Close", exact=True)
    expect(close).to_be_visible()
    expect(dialog.get_by_text("Working")).to_have_count(0)
    told = dialog.inner_text()
    close.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return told


def press(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def shown_at_last(page: Page, found: Locator, count: int) -> None:
    """Load the page anew until it has so many."""
    for _ in range(RELOADS_MAX):
        page.wait_for_timeout(RELOAD_MS)
        page.reload()
        expect(page.locator(".tombola-table, .tombola-told").first).to_be_visible()
        if found.count() == count:
            return
    pytest.fail(f"{page.url} has {found.count()}, and not {count}: {found}")


def drop(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)


def asked(campaign: Campaign, path: str) -> dict[str, object]:
    answer = urllib3.request("GET", f"{campaign.stack.api_url}{path}", timeout=TIMEOUT_SECONDS)
    found: dict[str, object] = json.loads(answer.data)
    return found


def test_a_campaign_is_run_from_a_browser_alone(olga: Page, campaign: Campaign) -> None:
    applied_and_approved(olga, campaign)
    drawn_until_stock_ends(olga, campaign)
    one_retried_and_one_void(olga, campaign)
    closed_and_revealed(olga, campaign)
    assert winners_exported(olga, campaign) == {"Voucher": ["granted", "void"], "Cap": ["granted"] * 3}
    checked_by_a_player(olga, campaign)


def applied_and_approved(olga: Page, campaign: Campaign) -> None:
    file = campaign.folder / "clicked.yaml"
    file.write_text(FILE.replace("rate: 0.5, stock: 3", "rate: half, stock: 3"))
    go(olga, "Apply a file")
    drop(olga, file)
    expect(olga.get_by_text("rate").first).to_be_visible()  # the mistake, by its line
    file.write_text(FILE)
    drop(olga, file)
    assert "applied" in do(olga, press(olga, "Apply"), "a new campaign")
    olga.goto(f"{campaign.console.url}/activities/clicked")
    do(olga, press(olga, "Submit"), "please look")
    do(olga, press(olga, "Approve"), "looked at")


def drawn_until_stock_ends(olga: Page, campaign: Campaign) -> None:
    wheel = olga.context.new_page()
    wheel.emulate_media(reduced_motion="reduce")
    wheel.goto(campaign.wheel)
    button = wheel.locator("button.draw")
    expect(button).to_have_attribute("aria-disabled", "false", timeout=STARTS_MS_MAX)
    results = []
    for draw in range(UNITS + 1):
        (button.dblclick if draw == 0 else button.click)()  # a double click is one draw
        wheel.locator(STOPPED).wait_for(timeout=DRAWN_MS_MAX)
        results.append(wheel.locator(".result").inner_text())
        expect(button).to_have_attribute("aria-disabled", "false")
    assert sorted(results) == ["No prize this time.", *["You have won: Cap"] * 3, *["You have won: Voucher"] * 2]
    wheel.close()
    draws = asked(campaign, "/users/ann/draws")["draws"]
    assert isinstance(draws, list)
    assert len(draws) == UNITS + 1


def one_retried_and_one_void(olga: Page, campaign: Campaign) -> None:
    codes = campaign.folder / "codes.csv"
    codes.write_text("code\nSPRING-1\n")
    go(olga, "Waiting")
    rows = olga.get_by_role("row").filter(has_text="Voucher")
    shown_at_last(olga, rows, VOUCHERS)
    rows.first.get_by_role("checkbox").click()
    do(olga, press(olga, "Void the chosen 1 order"), "a double prize")
    expect(rows).to_have_count(1)
    go(olga, "Pools")
    olga.get_by_label("Pool", exact=True).fill("vouchers")
    drop(olga, codes)
    press(olga, "Import codes").click()
    olga.get_by_role("dialog").get_by_role("button", name="Import codes").click()
    expect(olga.get_by_text("is imported into pool vouchers")).to_be_visible()
    go(olga, "Waiting")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("checkbox").click()
    do(olga, press(olga, "Retry the chosen 1 order"), "there are codes now")
    expect(rows).to_have_count(0)


def closed_and_revealed(olga: Page, campaign: Campaign) -> None:
    olga.goto(f"{campaign.console.url}/activities/clicked")
    do(olga, press(olga, "Close the activity"), "all prizes are won")
    shown_at_last(olga, press(olga, "Reveal the seed"), 1)  # once no function can draw from a copy in its memory
    do(olga, press(olga, "Reveal the seed"), "for everybody to check")
    expect(olga.get_by_text("the chain of hashes is whole")).to_be_visible()


def winners_exported(olga: Page, campaign: Campaign) -> dict[str, list[str]]:
    olga.goto(f"{campaign.console.url}/winners?activity=clicked")
    with olga.expect_download(timeout=SAVED_MS_MAX) as saved:
        press(olga, "Download all of them as CSV").click()
    rows = list(csv.DictReader(saved.value.path().read_text().splitlines()))
    states: dict[str, list[str]] = {}
    for row in rows:
        states.setdefault(row["award_name"], []).append(row["state"])
    return {award: sorted(each) for award, each in states.items()}


def checked_by_a_player(olga: Page, campaign: Campaign) -> None:
    verify = olga.context.new_page()
    verify.goto(VERIFY.as_uri())
    for box, path in (
        ("activity", "/activities/clicked"),
        ("log", "/activities/clicked/log"),
        ("draws", "/users/ann/draws"),
    ):
        verify.fill(f"#{box}", json.dumps(asked(campaign, path)))
    verify.click("button[type=submit].first")
    expect(verify.locator("#result .verdict")).to_contain_text(f"Right draws: {UNITS + 1} of {UNITS + 1}")
