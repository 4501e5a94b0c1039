"""The wheel page draws on the deployed stack, from another origin, until the stock ends."""

import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from pages import ORIGINS
from tombola.aws.activity_cache import SHOWN
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack
from wheel_page import FOLDER, Wheel, folder_or_say_what_is_missing

ORIGIN = ORIGINS[1]
STOCK = 3
ACTIVITY = f"""
activity_id: wheel
activity_name: Until it ends
activity_desc: three mugs
creator: tests
time_zone: UTC
begin: 2026-01-01T00:00:00
end: 2035-12-31T23:59:59
strategy: total
quotas: {{ day: {STOCK + 2} }}
awards:
  - {{ award_id: 1, award_type: 1, award_name: Mug, award_content: Code, rate: 1, stock: {STOCK} }}
"""


RECORDED = "url => fetch(url).then(answer => answer.json()).then(({ draws }) => draws.map(draw => draw.order_id))"


@pytest.fixture
def user() -> str:
    return f"ann-{uuid.uuid4()}"


@pytest.fixture
def wheel(page: Page, stack: Stack, user: str, tmp_path: Path) -> Wheel:
    """Open the page, served under an origin whose pages the stack lets call its API."""
    folder_or_say_what_is_missing()
    (tmp_path / "wheel.yaml").write_text(ACTIVITY)
    launch(tmp_path / "wheel.yaml", stack)
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(path=FOLDER / (_path(route.request.url) or "index.html")))
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{ORIGIN}/?{urlencode({'api': stack.api_url, 'activity': 'wheel', 'user': user, 'language': 'en'})}")
    return Wheel(page).is_ready()


def _path(url: str) -> str:
    return url.removeprefix(f"{ORIGIN}/").partition("?")[0]


def test_it_draws_until_the_stock_ends_and_the_quota_after_it(
    page: Page, stack: Stack, user: str, wheel: Wheel
) -> None:
    wheel.button.dblclick()
    told = [wheel.stopped()]
    told += [wheel.draw() for _ in range(STOCK + 1)]

    assert told == ["You have won: Mug"] * STOCK + ["No prize this time."] * 2
    expect(page.get_by_text("Draws left: 0 More on")).to_be_visible()
    wheel.press_in_vain()
    expect(page.locator("li[data-order][data-standing='granted'] q")).to_have_count(STOCK)
    page.wait_for_timeout(SHOWN.seconds * 1000)  # so long the stock may be an old one
    page.reload()
    expect(page.locator("tr[data-award='1']")).to_contain_text("all gone")
    order_ids = page.evaluate(RECORDED, f"{stack.api_url}/users/{user}/draws")
    assert len(set(order_ids)) == len(told)
