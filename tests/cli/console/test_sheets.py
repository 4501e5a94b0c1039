"""What the command prints, a page shows: every word as text, every figure exact, every row reachable."""

import pytest
from playwright.sync_api import Page, expect

from builders import NOON
from chromium import serious_faults
from served_console import Console
from tombola_cli.console.sheets import in_zone, moment_in
from tombola_cli.screens.blocks import Column, Table
from tombola_cli.screens.plain import words


@pytest.fixture
def specimens(console_page: Page, console: Console) -> Page:
    console_page.goto(f"{console.url}/specimens")
    console_page.get_by_text("a sentence").wait_for()
    return console_page


def test_times_are_told_in_the_zone_that_their_titles_name() -> None:
    drawn, user = Column("drawn_at", "drawn (UTC)"), Column("user_id", "user")
    table = in_zone(Table("winners", [drawn, user, Column("hidden", None)], [[NOON, "ann", None]]), "Asia/Shanghai")

    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["drawn (Asia/Shanghai)", "user", None]
    assert [words(cell) for cell in table.rows[0]] == ["2026-11-23 20:00:00", "ann", ""]


def test_a_moment_is_told_with_the_zone_of_its_clocks() -> None:
    assert moment_in(NOON, "Asia/Shanghai") == "2026-11-23 20:00:00 (Asia/Shanghai)"


def test_html_and_templates_in_names_are_words(specimens: Page) -> None:
    assert specimens.get_by_role("cell", name="<img src=x onerror=alert(1)>").is_visible()
    assert specimens.get_by_role("definition").get_by_text("<img src=x onerror=alert(1)>").is_visible()
    assert specimens.get_by_role("cell", name="{{ 6 * 7 }}").is_visible()


def test_an_order_id_is_shown_to_its_last_digit_and_leads_to_its_page(specimens: Page) -> None:
    link = specimens.get_by_role("link", name="9223372036854775807")
    assert link.get_attribute("href") == "/orders/1"


def test_words_for_people_stand_in_place_of_values_and_hidden_columns_are_hidden(specimens: Page) -> None:
    assert specimens.get_by_role("cell", name="told").is_visible()
    assert specimens.get_by_role("definition").get_by_text("5 DOING").is_visible()
    headers = [each.inner_text().replace("arrow_upward", "") for each in specimens.get_by_role("columnheader").all()]
    assert headers == ["order", "name", "drawn"]
    assert specimens.get_by_text("nothing").count() == 0
    assert specimens.get_by_text("unseen").count() == 0


def test_figures_are_put_in_order_as_figures(specimens: Page) -> None:
    specimens.get_by_role("columnheader", name="drawn").click()
    expect(specimens.locator("tbody tr td:last-child")).to_have_text(["9", "10", "100"])


def test_a_narrow_page_has_a_card_a_row_with_its_link_and_does_not_scroll_sideways(specimens: Page) -> None:
    specimens.set_viewport_size({"width": 400, "height": 800})
    specimens.reload()
    assert specimens.get_by_role("link", name="9223372036854775807").get_attribute("href") == "/orders/1"
    assert specimens.evaluate("document.documentElement.scrollWidth") == 400
    assert serious_faults(specimens) == []
