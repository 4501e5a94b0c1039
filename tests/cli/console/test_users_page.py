"""A user's page shows their draws, newest first, and their quotas; an operator blocks or forgets them from there."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from builders import NOON, SECOND, a_lost_order, a_share
from chromium import serious_faults
from console_table import HTML, a_win_of, an_open_activity, put, put_activity, put_orders
from served_console import Console
from tombola.aws.activity_items import stock_item
from tombola.aws.items import number, quota_key
from tombola.rules.activity import GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.order import GrantState
from tombola_cli.console.desk import Desk
from tombola_cli.console.pages.users_page import FLAGS, act_of_block, act_of_forgetting, act_of_unblock
from tombola_cli.operate import forget_users
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import forget_sheets

ACTIVITY_ID, OVER = "users-page", "users-page-over"
USER = f"--user {HTML}/../a?b#c%2F"
BY_HAND: Any = {"grant_type": GrantType.BY_HAND, "grant_at": None}  # else the stack's own schedule grants it
GRANTED: Any = {"grant_state": GrantState.GRANTED, "granted_at": NOON + SECOND, "due_at": None}


def test_a_command_says_who_does_it() -> None:
    desk = Desk(stack=cast("Any", None), who="olga")
    acts = [
        act_of_unblock(desk, "-u", "100001"),
        act_of_block(desk, "-u", cast("Any", Chosen())),
        act_of_forgetting(desk, "-u", lambda: ["give_up"]),
    ]
    assert [act.command("a bot") for act in acts] == [
        "tombola activity apply --who olga --why 'a bot' 100001.yaml",
        "tombola activity apply --who olga --why 'a bot' 100002.yaml",
        "tombola user forget --give-up --who olga -- -u",
    ]


class Chosen:
    value = "100002"


@pytest.mark.parametrize("name", FLAGS)
def test_each_box_of_forgetting_is_a_wish_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    wishes: list[Any] = []
    monkeypatch.setattr(forget_users, "blocking", lambda *_: ())
    monkeypatch.setattr(forget_users, "performed", lambda _whom, wish, _stack: wishes.append(wish))
    monkeypatch.setattr(forget_sheets, "done", lambda *_: [])
    desk = Desk(stack=cast("Any", None), who="olga")

    act_of_forgetting(desk, "-u", lambda: [name]).run("")

    assert [flag for flag in FLAGS if getattr(wishes[0], flag)] == [name]


@pytest.fixture(scope="session")
def user(stack: Stack) -> Stack:
    put_activity(stack, an_open_activity(ACTIVITY_ID, a_share("3"), activity_name=HTML, time_zone="Asia/Tokyo"))
    put(stack, stock_item(ACTIVITY_ID, "3", 0, 5) | {"left": number(4)})
    ended: Any = {"begin": NOON - timedelta(days=90), "end": NOON - timedelta(days=60), "state": ActivityState.CLOSE}
    closed = an_open_activity(OVER, a_share("3"), **ended, since=NOON - timedelta(days=60), time_zone="Asia/Tokyo")
    put_activity(stack, closed)
    put_orders(
        stack,
        [
            a_win_of(ACTIVITY_ID, 101, NOON, user_id=USER, **BY_HAND),
            a_lost_order(102, activity_id=ACTIVITY_ID, drawn_at=NOON + SECOND, user_id=USER),
            a_win_of(OVER, 103, NOON - timedelta(days=70), user_id=USER, **GRANTED),
        ],
    )
    put(stack, quota_key(USER, ACTIVITY_ID) | {"taken": number(2)}, quota_key(USER, OVER) | {"taken": number(1)})
    return stack


def opened(page: Page, console: Console) -> Page:
    page.goto(f"{console.url}/users")
    page.get_by_label("User id").fill(USER)
    page.get_by_label("User id").press("Enter")
    page.get_by_role("button", name="Forget").wait_for()
    return page


def done(page: Page, label: str) -> None:
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=label, exact=True)).to_be_enabled()
    dialog.get_by_role("button", name=label, exact=True).click()


@pytest.mark.usefixtures("user")
def test_a_users_draws_come_newest_first_and_their_quotas_are_told(console_page: Page, console: Console) -> None:
    page = opened(console_page, console)
    drawn = [words for words in page.locator("tbody a").all_inner_texts() if words.isdecimal()]
    assert drawn == ["102", "101", "103"]
    expect(page.get_by_role("columnheader", name="drawn (Asia/Tokyo)")).to_be_visible()
    expect(page.get_by_role("cell", name="2026-11-23 21:00:01", exact=True)).to_be_visible()
    assert page.get_by_role("link", name="101").get_attribute("href") == f"/orders/{quote(USER, safe='')}/101"
    quotas = page.get_by_role("row").filter(has=page.get_by_role("cell", name="activity", exact=True))
    expect(quotas.filter(has_text=f"{ACTIVITY_ID}activity1028never")).to_be_visible()
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 400, "height": 800})
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert serious_faults(page) == []


@pytest.mark.usefixtures("user")
def test_of_a_user_id_that_nobody_has_drawn_by_nothing_is_forgotten_and_it_can_be_blocked(
    console_page: Page, console: Console
) -> None:
    console_page.goto(f"{console.url}/users?user=nobody")
    expect(console_page.get_by_text("Nobody has drawn by this user id.")).to_be_visible()
    expect(console_page.get_by_text("There are no draws, quotas or parcels of this user id.")).to_be_visible()
    expect(console_page.get_by_role("button", name="Forget")).to_have_count(0)
    expect(console_page.get_by_label("Activity in which to block")).to_be_visible()


def test_a_user_is_blocked_and_let_draw_again(console_page: Page, console: Console, user: Stack) -> None:
    page = opened(console_page, console)
    expect(page.get_by_text("No activity blocks this user.")).to_be_visible()
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("Choose an activity.")
    page.get_by_role("button", name="Cancel").click()

    page.get_by_label("Activity in which to block").click()
    page.get_by_role("option", name=f"{ACTIVITY_ID} {HTML}").click()
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text(f'put "{USER}" under blocked there too')).to_be_visible()
    page.get_by_label("Why").fill("a bot")
    expect(page.get_by_text(f"tombola activity apply --who olga --why 'a bot' {ACTIVITY_ID}.yaml")).to_be_visible()
    done(page, "Block")
    expect(page.get_by_text("changed; draws know it within ten seconds")).to_be_visible()
    page.get_by_role("button", name="Close").click()

    (activity,) = [activity_ledger(user).activity(ACTIVITY_ID)]
    assert USER in getattr(activity, "blocked", ())
    page.get_by_role("button", name=f"Unblock in {ACTIVITY_ID}").click()
    done(page, f"Unblock in {ACTIVITY_ID}")
    expect(page.get_by_text("No activity blocks this user.")).to_be_attached()


def test_a_user_is_forgotten_where_nothing_waits_after_a_look_at_what_goes(
    console_page: Page, console: Console, user: Stack
) -> None:
    page = opened(console_page, console)
    page.get_by_role("button", name="Forget").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would erase 1 order of 1 user; 1 left as it is")).to_be_visible()
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    expect(dialog.get_by_text(f"tombola user forget --who olga -- '{USER}'")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()

    page.get_by_role("checkbox", name="Give up prizes").click()
    page.get_by_role("checkbox", name="Also where draws may go on").click()
    page.get_by_role("button", name="Forget").click()
    expect(dialog.get_by_text("warning: while an activity is open")).to_be_visible()
    expect(dialog.get_by_text("tombola user forget --give-up --while-open --who olga -- ")).to_be_visible()
    done(page, "Forget")
    expect(page.get_by_text("erased 3 orders of 1 user; 1 prize given up")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("link", name="101")).to_have_count(0)
    assert activity_ledger(user).log(ACTIVITY_ID, 0, 9)
