"""Winners are listed as the command lists them: by filters, in pages of 100, and all of them as a file."""

import csv
import io
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from builders import NOON, SECOND, a_share, an_award
from chromium import serious_faults
from console_table import FORMULA, HTML, a_win_of, an_open_activity, put_activity, put_orders
from served_console import Console
from tombola_cli.console.desk import Desk
from tombola_cli.console.pages.winners_page import Asked, as_files_have_it
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.wins_export import COLUMNS

ACTIVITY_ID, WINS = "winners-page", 205
LONG = "very-long-" + "x" * 245


@pytest.fixture(scope="session")
def winners(stack: Stack) -> Stack:
    shares = a_share("3"), a_share("7", award=an_award("7", award_name=HTML))
    put_activity(stack, an_open_activity(ACTIVITY_ID, *shares, activity_name=HTML))
    names: dict[int, dict[str, Any]] = {
        0: {"user_id": FORMULA, "award": an_award("7", award_name=HTML)},
        1: {"user_id": LONG},
        2: {"user_id": HTML},
    }
    wins = [a_win_of(ACTIVITY_ID, place, NOON + place * SECOND, **names.get(place, {})) for place in range(WINS)]
    put_orders(stack, wins)
    return stack


def opened(page: Page, console: Console, **asked: str) -> Page:
    page.goto(f"{console.url}/winners?{urlencode({'activity': ACTIVITY_ID, **asked})}")
    page.get_by_role("table").wait_for()
    return page


def orders_on(page: Page) -> list[int]:
    return [int(words) for words in page.locator("tbody a").all_inner_texts() if words.isdecimal()]


@pytest.mark.usefixtures("winners")
def test_a_hundred_winners_are_a_page_and_the_list_goes_on_and_back(console_page: Page, console: Console) -> None:
    page = opened(console_page, console)
    assert orders_on(page) == list(range(100))
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="First page").wait_for()
    assert orders_on(page) == list(range(100, 200))
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="Previous page").wait_for()
    assert orders_on(page) == list(range(200, WINS))
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    expect(page.get_by_text("whole until")).to_be_visible()
    page.get_by_role("link", name="Previous page").click()
    page.get_by_role("link", name="First page").wait_for()
    assert orders_on(page) == list(range(100, 200))
    assert page.get_by_role("link", name="150", exact=True).get_attribute("href") == "/orders/xiaofuge/150"


@pytest.mark.usefixtures("winners")
def test_names_are_words_whatever_they_hold_and_the_filters_are_filled_in_by_keyboard(
    console_page: Page, console: Console
) -> None:
    page = opened(console_page, console, award="7")
    assert orders_on(page) == [0]
    expect(page.get_by_role("cell", name=HTML)).to_be_visible()
    page.get_by_label("User id").fill(HTML)
    page.get_by_label("Award").press("Backspace")
    page.get_by_label("User id").press("Enter")
    expect(page.get_by_text(f"--user '{HTML}'")).to_be_visible()
    assert page.get_by_label("User id").input_value() == HTML
    assert serious_faults(page) == []


@pytest.mark.usefixtures("winners")
def test_an_activity_that_there_is_none_of_is_told(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/winners?{urlencode({'activity': HTML})}")
    expect(console_page.get_by_role("alert")).to_contain_text(f"there is no activity {HTML}")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2027-03-01 18:30", "2027-03-01T18:30:00"),
        ("2027-03-01 18:30:05", "2027-03-01T18:30:05"),
        ("2027-03-01", "2027-03-01"),
        ("1.3.2027 18:30", "1.3.2027 18:30"),  # which is refused, with what to write
    ],
)
def test_a_time_is_taken_as_the_page_itself_writes_it(written: str, read: str) -> None:
    assert as_files_have_it(written) == read


def test_the_command_has_times_in_the_form_that_it_reads_and_a_user_id_as_it_is() -> None:
    desk = Desk(stack=cast("Any", None), who="olga")
    line = Asked(activity="1", since="2027-03-01 18:30", user="2027-03-01 18:30").command(desk)
    assert "--since 2027-03-01T18:30:00 --user '2027-03-01 18:30'" in line


def test_a_time_that_is_none_is_told_by_the_name_of_its_field(console_page: Page, console: Console) -> None:
    console_page.goto(f"{console.url}/winners?activity={ACTIVITY_ID}&until=tomorrow")
    expect(console_page.get_by_role("alert")).to_contain_text("Drawn until: tomorrow: write a date")


def test_a_state_that_there_is_none_of_is_told_and_not_passed_over() -> None:
    desk = Desk(stack=cast("Stack", None), who="olga")
    with pytest.raises(TombolaError, match="There is no state won: take one of waiting, granted, parked, void"):
        Asked(activity="1", state="won").listing(desk, None)


@pytest.mark.usefixtures("winners")
def test_all_winners_are_a_file_that_no_spreadsheet_computes_and_that_is_fetched_once(
    console_page: Page, console: Console
) -> None:
    page = opened(console_page, console)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download all of them as CSV").click()
    rows = list(csv.DictReader(io.StringIO(fetched.value.path().read_text("utf-8"))))
    assert fetched.value.suggested_filename == f"winners-{ACTIVITY_ID}.csv"
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["order_id"]) for row in rows] == list(range(WINS))
    assert rows[0]["user_id"] == f"'{FORMULA}"
    assert rows[1]["user_id"] == LONG
    assert page.locator(".q-table__middle").evaluate("box => box.scrollWidth <= box.clientWidth")
    expect(page.get_by_text(f"205 winners of activity {ACTIVITY_ID}")).to_be_visible()
    assert page.request.get(fetched.value.url).status == 404


@pytest.mark.usefixtures("winners")
def test_a_narrow_page_of_long_ids_does_not_scroll_sideways(console_page: Page, console: Console) -> None:
    console_page.set_viewport_size({"width": 400, "height": 800})
    page = console_page
    page.goto(f"{console.url}/winners?activity={ACTIVITY_ID}&user={LONG}")
    page.get_by_text("whole until").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert serious_faults(page) == []
    page.goto(
        f"{console.url}/winners?activity={ACTIVITY_ID}&until={(NOON + timedelta(seconds=9)).isoformat()}".replace(
            "+", "%2B"
        )
    )
    page.get_by_text("whole until").wait_for()
    page.get_by_role("button", name="Light or dark").click()
    assert serious_faults(page) == []
