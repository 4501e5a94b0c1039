"""What winners read can be proofread, and whoever asks for it is on record."""

import json
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from builders import a_share, an_activity, an_award
from console_table import HTML, an_open_activity, put_activity
from served_console import Console
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola_cli.console.campaign.award_texts import asked_texts, award_texts
from tombola_cli.console.desk import Desk
from tombola_cli.operate.stack import Stack


class Named:
    stack_name = "prod"


DESK = Desk(stack=cast("Any", Named()), who="olga")
ACTIVITY_ID, OVER = "award-texts", "award-texts-over"


def test_of_awards_with_a_text_it_is_told_and_of_codes_nothing() -> None:
    code = a_share("1", award=an_award("1", award_type=AwardType.CODE, source="spring", award_content=""))
    text = a_share("2", award=an_award("2", award_name="Cap", award_content="Come\nand get it"))

    assert award_texts(an_activity(code, text)).rows == [["2", "Cap", "Come\nand get it"]]
    assert award_texts(an_activity(code)).rows == []


def test_whoever_asks_for_the_texts_is_on_record_and_the_texts_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    activity = an_activity(a_share("2", award=an_award("2", award_content="Say cheese")))

    assert asked_texts(DESK, activity) == award_texts(activity)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["who"], said["activity_id"]) == ("olga", "100001")
    assert "cheese" not in line


def test_a_text_is_on_no_page_until_somebody_asks_for_it(console_page: Page, console: Console, stack: Stack) -> None:
    award = an_award("1", award_content=f"Say {HTML}")
    put_activity(stack, an_open_activity(ACTIVITY_ID, a_share("1", award=award), activity_desc="A bike for you"))
    console_page.goto(f"{console.url}/activities/{ACTIVITY_ID}")
    expect(console_page.get_by_text("A bike for you")).to_be_visible()
    parked = console_page.get_by_role("link", name="Look at prizes that are parked")
    assert parked.get_attribute("href") == f"/waiting?activity={ACTIVITY_ID}"
    expect(console_page.get_by_text("Users draw on your own site.")).to_be_visible()
    asking = console_page.get_by_role("button", name="Show what winners read")
    asking.wait_for()
    assert "Say" not in console_page.content()

    asking.click()

    expect(console_page.get_by_role("cell", name=f"Say {HTML}")).to_be_visible()


def test_of_an_activity_that_is_over_it_is_not_told_where_users_draw(
    console_page: Page, console: Console, stack: Stack
) -> None:
    put_activity(stack, an_open_activity(OVER, a_share("1"), state=ActivityState.CLOSE))
    console_page.goto(f"{console.url}/activities/{OVER}")
    expect(console_page.get_by_text("Look at the winners")).to_be_visible()

    expect(console_page.get_by_text("Users draw on your own site.")).to_have_count(0)
    expect(console_page.get_by_text("The page on which users draw it")).to_have_count(0)
