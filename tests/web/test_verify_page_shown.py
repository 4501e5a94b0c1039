"""What a player sees of web/verify/verify.html, opened from disk: pasted, refused, forged, narrow, by keyboard."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chromium import Heard, serious_faults, watched_page
from public_campaign import Papers
from test_verify import DOUBTED, FORGED, revealed_papers
from verify_page import FAULTS, PAGE

BOXES = ("activity", "log", "draws")
WON = "6203206037717223913"  # of the papers, the draw that won
NAME = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def paste(page: Page, papers: Papers) -> None:
    page.goto(PAGE.as_uri())
    for box in BOXES:
        page.fill(f"#{box}", json.dumps(papers[box]))


def check(page: Page) -> str:
    """Press the button, and return the verdict."""
    page.click("button[type=submit].first")
    expect(page.locator("#result h2").first).to_be_focused()
    return page.locator("#result .verdict").inner_text()


def forged(name: str) -> Papers:
    papers = revealed_papers()
    (FORGED | DOUBTED)[name][0](papers)
    return papers


def unrevealed() -> Papers:
    papers = revealed_papers()
    papers["activity"]["seed"] = None
    papers["log"]["entries"].pop()
    return papers


def test_what_is_as_promised_is_right_and_each_step_shows_its_inputs(page: Page) -> None:
    papers = revealed_papers()
    paste(page, papers)

    verdict = check(page)

    assert "Right: every draw is what the seed makes it" in verdict
    assert "Right draws: 2 of 2" in verdict
    assert papers["activity"]["commitment"] in verdict
    assert page.locator("li.right").count() == page.locator("li").count() == 10
    page.locator("details.draw").nth(1).locator("summary").click()
    expect(page.locator("details[open] li.right")).to_have_count(11)
    shown = page.locator("details.draw").nth(1).inner_text()
    assert f"19:{WON},8:xiaofuge,1:0,1:0," in shown
    assert "e70db75470440ed2f474e4544a5049120418d39294c6a667e10dfdb37c533cc2" in shown.replace("\n", "")
    assert "mod 1000000 = " in shown


def test_the_text_that_is_hashed_of_each_entry_is_shown(page: Page) -> None:
    papers = revealed_papers()
    paste(page, papers)
    check(page)

    page.get_by_text("All entries, with the text that is hashed").click()
    page.locator("details.inner details summary").nth(2).click()

    first = papers["log"]["entries"][2]
    assert page.locator("details.inner details[open] dd").nth(1).inner_text() == first["hash"]
    assert f'"before":"{first["before"]}"' in page.locator("details.inner details[open] dd").first.inner_text()


def test_before_the_reveal_what_needs_the_seed_cannot_be_checked_yet(page: Page) -> None:
    paste(page, unrevealed())

    verdict = check(page)

    assert "It cannot be told yet" in verdict
    assert "The seed is not revealed yet" in verdict
    assert page.locator("ol li.open").count() == 3
    assert "cannot be checked yet" in page.locator("ol li.open").first.inner_text()
    assert page.locator("details.draw.open").count() == 2


def test_a_forgery_is_named_at_its_step_and_on_top_by_mark_and_word(page: Page) -> None:
    paste(page, forged("another award"))

    verdict = check(page)

    assert "Wrong: this is not as it was promised" in verdict
    assert f"{WON}: The seed says: won 1" in verdict
    assert "do activity and log belong together" in verdict
    step = page.locator("details.draw[open] li.wrong")
    assert step.count() == 1
    assert step.locator(".mark").inner_text() == "✗"
    assert step.locator(".word").inner_text() == "wrong"
    assert step.locator(".fault").inner_text() == "The seed says: won 1"


def test_of_many_faults_the_verdict_tells_the_first(page: Page) -> None:
    papers = revealed_papers()
    papers["draws"]["draws"] = [
        {**draw, "code": "x", "drawn_at": "2020-01-01T00:00:00Z", "order_id": str(number)}
        for draw in papers["draws"]["draws"][:1]
        for number in range(9)
    ]
    paste(page, papers)

    check(page)

    lines = page.locator(".verdict li")
    assert lines.count() == 11
    assert lines.last.inner_text().endswith("more, below")


# ---- Bad input


def a_number_that_browsers_round(papers: Papers) -> str:
    return json.dumps({**papers["draws"]["draws"][1], "order_id": int(WON)})


BAD: dict[str, tuple[str, Callable[[Papers], str], str]] = {
    "words": ("activity", lambda p: "\nnot JSON", "Line 2 is no JSON"),
    "a word in JSON": ("draws", lambda p: '{"draws": [wrong]}', "Line 1 is no JSON"),
    "half an answer": ("log", lambda p: json.dumps(p["log"])[:-2], "The JSON that begins in line 1 has no end"),
    "half an answer behind another": (
        "log",
        lambda p: json.dumps(p["log"]) + "\n\n{",
        "The JSON that begins in line 3 has no end",
    ),
    "a refusal of the API": (
        "activity",
        lambda p: '{"type": "about:blank", "status": 404, "code": "NO_SUCH_ACTIVITY", "title": "no", "detail": "gone"}',
        "The API refused this: 404 NO_SUCH_ACTIVITY gone",
    ),
    "another JSON": ("draws", lambda p: '{"name": "x"}', "This is no answer of the API"),
    "a list of texts": ("draws", lambda p: '["draws"]', "This is no answer of the API"),
    "an order id as a number": ("draws", a_number_that_browsers_round, f"order_id is {WON}, and no answer"),
    "a number with decimals": (
        "log",
        lambda p: json.dumps(p["log"]).replace('"number": 1,', '"number": 1.0,'),
        "number is 1.0, and no answer",
    ),
    "nothing": ("log", lambda p: "", "It is missing: Log"),
    "a field that is missing": (
        "activity",
        lambda p: json.dumps({**p["activity"], "begin": None}),
        "begin of Activity is missing, or of another form",
    ),
    "a day that is not there": (
        "draws",
        lambda p: json.dumps({**p["draws"]["draws"][1], "drawn_at": "2026-02-30T00:00:00+00:00"}),
        "drawn_at of Draws is missing, or of another form",
    ),
    "half a letter": (
        "draws",
        lambda p: json.dumps({**p["draws"]["draws"][1], "user_id": "\ud83d"}),
        "user_id of Draws is missing, or of another form",
    ),
    "two activities": (
        "activity",
        lambda p: json.dumps(p["activity"]) + json.dumps({**p["activity"], "activity_id": "2"}),
        "Two different activities are here",
    ),
    "no approval yet": (
        "activity",
        lambda p: json.dumps({**p["activity"], "odds": None, "commitment": None}),
        "The activity is not approved yet",
    ),
    "a quota of tomorrow": (
        "activity",
        lambda p: json.dumps({**p["activity"], "quotas": {**p["activity"]["quotas"], "week": 1}}),
        "This page is too old to judge this activity: it does not know week",
    ),
}


def test_what_cannot_be_judged_is_told_with_its_reason(page: Page) -> None:
    papers = revealed_papers()
    for name, (box, text, words) in BAD.items():
        paste(page, papers)
        page.fill(f"#{box}", text(papers))

        verdict = check(page)

        assert "This cannot be judged" in verdict, name
        assert words in verdict, name


def test_a_box_tells_at_once_what_it_holds_and_what_is_wrong_with_it(page: Page) -> None:
    paste(page, revealed_papers())

    assert [page.locator(f"#{box}_told").inner_text() for box in BOXES] == [
        "activity 100004 活动名",
        "entries of the log: 6",
        "draws: 3",
    ]
    page.fill("#log", "{")
    assert "has no end" in page.locator("#log_told").inner_text()
    assert page.locator("#log").get_attribute("aria-invalid") == "true"


def test_a_text_that_is_too_long_is_not_read(page: Page) -> None:
    page.goto(PAGE.as_uri())

    told = page.evaluate("foundIn(' '.repeat(TEXT_MAX + 1))")

    assert told == ["This is longer than 10000000 characters: paste fewer pages", True]
    assert page.evaluate("foundIn(' '.repeat(TEXT_MAX))") == ["", False]


def test_a_file_that_is_too_long_is_not_even_read(page: Page) -> None:
    page.goto(PAGE.as_uri())

    page.evaluate("takeFiles([new File([new ArrayBuffer(40_000_001)], 'big.json')])")

    expect(page.locator("#files_told")).to_have_text(
        "big.json: This is longer than 10000000 characters: paste fewer pages"
    )
    assert page.input_value("#draws") == ""


def test_names_are_texts_whatever_stands_in_them(page: Page) -> None:
    papers = revealed_papers()
    papers["activity"]["activity_name"] = NAME
    papers["activity"]["awards"][0]["award_name"] = NAME
    for draw in papers["draws"]["draws"]:
        draw.update(user_id=NAME, outcome=NAME, award={"award_id": "1", "award_name": f"{NAME}."}, tree_id=NAME)
    papers["log"]["entries"][0].update(what=NAME, why=NAME)
    paste(page, papers)

    verdict = check(page)
    for summary in page.locator("details.draw:not([open]) > summary").all():
        summary.click()

    assert NAME in verdict
    assert page.locator("img, #result script").count() == 0


# ---- How papers may come


def test_pages_may_come_in_any_order_and_twice_and_a_draw_by_itself(page: Page) -> None:
    papers = revealed_papers()
    entries, draws = papers["log"]["entries"], papers["draws"]["draws"]
    pages: list[Any] = [{"entries": entries[:4], "next": 4}, {"entries": entries[4:], "next": None}]
    paste(page, papers)
    page.fill("#log", "\n".join(json.dumps(each) for each in (pages[1], pages[0], pages[1])))
    page.fill("#draws", json.dumps(draws[0]) + "," + json.dumps(draws[1:]))

    verdict = check(page)

    assert "Right draws: 2 of 2" in verdict
    assert "next page" not in verdict


def test_a_page_that_is_missing_is_told_and_accuses_nobody(page: Page) -> None:
    papers = revealed_papers()
    papers["log"] = {"entries": papers["log"]["entries"][:2], "next": 2, "unreadable": 1}
    paste(page, papers)

    verdict = check(page)

    assert "It cannot be told yet" in verdict
    assert "The log does not reach the reveal" in verdict
    assert "An answer has a next page" in verdict
    assert "cannot show now, and that are missing here: 1" in verdict


def test_files_find_their_boxes(page: Page) -> None:
    papers = revealed_papers()
    page.goto(PAGE.as_uri())
    files = [
        {"name": f"{box}.json", "mimeType": "application/json", "buffer": json.dumps(papers[box]).encode()}
        for box in papers
    ]

    page.set_input_files("#files", files)  # type: ignore[arg-type]  # typed dictionaries of Playwright's own
    expect(page.locator("#draws_told")).to_have_text("draws: 3")

    assert "Right draws: 2 of 2" in check(page)


def test_files_may_be_dropped_anywhere(page: Page) -> None:
    papers = revealed_papers()
    page.goto(PAGE.as_uri())
    drop = """(texts) => {
      const dataTransfer = new DataTransfer();
      texts.forEach((text, number) => dataTransfer.items.add(new File([text], `${number}.json`)));
      const how = { dataTransfer, bubbles: true, cancelable: true };
      document.querySelector("h1").dispatchEvent(new DragEvent("drop", how));
    }"""

    page.evaluate(drop, [json.dumps(answer) for answer in papers.values()])
    expect(page.locator("#draws_told")).to_have_text("draws: 3")

    assert "Right draws: 2 of 2" in check(page)


@pytest.mark.parametrize("which", ["commitment", "a hash of the log"])
def test_a_hash_that_was_saved_before_is_found_again(page: Page, which: str) -> None:
    papers = revealed_papers()
    saved = papers["activity"]["commitment"] if which == "commitment" else papers["log"]["entries"][2]["hash"]
    paste(page, papers)
    page.fill("#saved", f" {saved.upper()} ")

    assert "Right draws: 2 of 2" in check(page)
    assert page.locator("li.right", has_text="The hash that you saved").count() == 1


def test_a_whole_log_that_is_another_than_the_saved_one_is_wrong(page: Page) -> None:
    paste(page, revealed_papers())
    page.fill("#saved", "0" * 64)

    verdict = check(page)

    assert "Wrong" in verdict
    assert "The hash that you saved is neither the commitment nor in the log" in verdict


def test_a_verdict_goes_once_its_papers_change(page: Page) -> None:
    paste(page, revealed_papers())
    check(page)

    page.locator("#draws").press_sequentially(" ")

    expect(page.locator("#result")).to_be_empty()


def test_a_fault_of_the_page_itself_accuses_nobody(page: Page, heard: Heard) -> None:
    heard.expected = ["page error: lost"]
    paste(page, revealed_papers())
    page.evaluate("() => { crypto.subtle.digest = () => { throw new Error('lost') } }")

    verdict = check(page)

    assert "This cannot be judged" in verdict
    assert "This page has failed, which says nothing about the draws: Error: lost" in verdict
    assert heard.faults != []


def test_clear_leaves_nothing(page: Page) -> None:
    paste(page, revealed_papers())
    check(page)

    page.click("button[type=reset]")

    expect(page.locator("#result")).to_be_empty()
    assert [page.input_value(f"#{box}") for box in BOXES] == ["", "", ""]
    assert page.locator("#draws_told").inner_text() == ""


# ---- For everybody


def test_from_disk_it_asks_nobody_and_cannot(page: Page, heard: Heard) -> None:
    page.goto(PAGE.as_uri())

    assert page.locator("#fetching").is_hidden()
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert any("Content Security Policy" in fault for fault in heard.faults)
    heard.expected = ["Content Security Policy", "Fetch API cannot load"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for papers in (revealed_papers(), forged("another award"), unrevealed()):
        paste(page, papers)
        page.fill("#log", "{") if papers["activity"]["seed"] is None else None
        check(page)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        page.locator("details.draw li").first.wait_for() if page.locator("details.draw").count() else None
        assert serious_faults(page) == []


def test_at_400_pixels_nothing_is_cut_off(browser: Browser, heard: Heard) -> None:
    with watched_page(browser, heard, width=400) as page:
        paste(page, forged("another award"))
        check(page)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

        assert page.evaluate("document.documentElement.scrollWidth") == 400
        wide = "[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > 400)"
        assert page.evaluate(f"{wide}.map((each) => each.outerHTML.slice(0, 99))") == []
    assert heard.unexpected() == []


def test_a_keyboard_is_enough(page: Page) -> None:
    papers = revealed_papers()
    page.goto(PAGE.as_uri())
    page.keyboard.press("Tab")  # the language
    for box in BOXES:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == box
        page.keyboard.insert_text(json.dumps(papers[box]))
    for _ in ("files", "saved", "check"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#result h2").first).to_be_focused()

    for _ in ("all entries", "the first draw"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.locator("details.draw[open]").count() == 1


@pytest.mark.parametrize(("language", "words"), [("de", "Richtig: jede Ziehung"), ("zh", "每次抽奖都与种子相符")])
def test_it_speaks_the_language_that_is_chosen_also_of_what_is_shown_already(
    page: Page, language: str, words: str
) -> None:
    paste(page, revealed_papers())
    check(page)

    page.select_option("#language", language)

    assert words in page.locator(".verdict").inner_text()
    assert page.evaluate("document.documentElement.lang") == language


def test_every_text_is_there_in_each_language_with_the_same_values(page: Page) -> None:
    page.goto(PAGE.as_uri())
    texts: dict[str, list[str]] = page.evaluate("TEXTS")
    values = page.evaluate(
        "Object.values(TEXTS).map((all) => all.map((each) => (each.match(/\\{\\w+\\}/g) ?? []).sort().join()))"
    )
    steps = page.evaluate("[...Object.keys(OF_ACTIVITY), ...Object.keys(OF_DRAW)]")

    assert all(len(all_) == 3 and all(all_) for all_ in texts.values())
    assert [each for each in values if len(set(each)) > 1] == []
    assert {*FAULTS.values(), *steps} <= texts.keys()
