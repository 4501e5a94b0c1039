"""An act is planned, given a reason, shown as a command line, done once, and told; a missing right is on its button."""

import pytest
from playwright.sync_api import Locator, Page, expect

from chromium import serious_faults
from served_console import Console
from specimens import REMADE_SECONDS, SLOW_SECONDS


@pytest.fixture
def specimens(console_page: Page, console: Console) -> Page:
    console_page.goto(f"{console.url}/specimens")
    return console_page


def asked(page: Page, label: str) -> Locator:
    page.get_by_role("button", name=label).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would change one order")).to_be_visible()
    return dialog


def done(page: Page, label: str) -> Locator:
    dialog = asked(page, label)
    dialog.get_by_label("Why").fill("a test")
    dialog.get_by_role("button", name=label).click()
    return page.get_by_role("dialog")


def test_the_plan_and_the_command_that_does_the_same_are_shown_before(specimens: Page) -> None:
    dialog = asked(specimens, "Void")
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    dialog.get_by_label("Why").fill("no such user")
    expect(dialog.get_by_text("tombola orders void u1 7 --why 'no such user'")).to_be_visible()
    assert serious_faults(specimens) == []


def test_an_act_that_needs_a_reason_is_not_done_without(specimens: Page) -> None:
    dialog = asked(specimens, "Void")
    dialog.get_by_role("button", name="Void").click()
    expect(dialog.get_by_text("Say why")).to_be_visible()
    expect(specimens.get_by_text("not yet")).to_be_attached()


def test_an_act_that_is_given_up_does_nothing(specimens: Page) -> None:
    asked(specimens, "Void").get_by_role("button", name="Cancel").click()
    expect(specimens.get_by_role("dialog")).to_have_count(0)
    expect(specimens.get_by_text("not yet")).to_be_attached()


def test_an_act_tells_what_was_done_and_the_page_looks_again(specimens: Page) -> None:
    expect(done(specimens, "Void").get_by_text("done because a test")).to_be_visible()
    expect(specimens.get_by_text("looked again")).to_be_attached()


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Refuse", "the order was changed by somebody else meanwhile: look, and try again"),
        ("Break", "The stack does not answer: nothing listens there"),
        ("Write", "You lack dynamodb:PutItem."),
    ],
)
def test_trouble_is_told_in_its_place(specimens: Page, label: str, words: str) -> None:
    expect(done(specimens, label).get_by_role("alert")).to_have_text(words)


def test_the_button_of_an_act_whose_right_is_missing_says_which_and_can_be_pressed_no_more(specimens: Page) -> None:
    done(specimens, "Write").get_by_role("button", name="Close").click()
    expect(specimens.get_by_role("button", name="Write: not allowed, you lack dynamodb:PutItem")).to_be_disabled()


def test_work_whose_right_is_missing_is_told_on_the_page_and_by_its_button(specimens: Page) -> None:
    dialog = asked(specimens, "Fill")
    dialog.get_by_label("Why").fill("a test")
    dialog.get_by_role("button", name="Fill").click()
    expect(specimens.get_by_role("alert")).to_have_text("You lack dynamodb:PutItem.")
    expect(specimens.get_by_role("button", name="Fill: not allowed, you lack dynamodb:PutItem")).to_be_disabled()
    expect(specimens.get_by_text("looked again")).to_be_attached()


def test_an_act_is_done_by_keyboard_alone(specimens: Page) -> None:
    specimens.get_by_role("button", name="Void").focus()
    specimens.keyboard.press("Enter")
    expect(specimens.get_by_text("would change one order")).to_be_visible()
    specimens.get_by_label("Why").focus()
    specimens.keyboard.type("by hand")
    for _ in range(2):
        specimens.keyboard.press("Tab")
    specimens.keyboard.press("Enter")
    expect(specimens.get_by_text("done because by hand")).to_be_visible()


def test_a_double_click_asks_once(specimens: Page) -> None:
    specimens.get_by_role("button", name="Void").dblclick()
    expect(specimens.get_by_text("would change one order")).to_have_count(1)
    specimens.wait_for_timeout(500)
    expect(specimens.get_by_role("dialog")).to_have_count(1)


def test_an_act_can_be_given_up_while_its_plan_is_made(specimens: Page) -> None:
    specimens.get_by_role("button", name="Wait").click()
    dialog = specimens.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0, timeout=SLOW_SECONDS * 500)
    expect(asked(specimens, "Void")).to_be_visible()


def test_a_fault_that_nobody_foresaw_is_told_and_the_dialog_can_be_closed(specimens: Page) -> None:
    specimens.get_by_role("button", name="Fail").click()
    dialog = specimens.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("nobody foresaw (KeyError)")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_an_act_is_done_though_its_list_was_made_anew_while_it_asked(specimens: Page) -> None:
    dialog = asked(specimens, "Remade")
    dialog.get_by_label("Why").fill("a test")
    specimens.wait_for_timeout(REMADE_SECONDS * 1_500)
    dialog.get_by_role("button", name="Remade").click()
    expect(specimens.get_by_role("dialog").get_by_text("done because a test")).to_be_visible()
