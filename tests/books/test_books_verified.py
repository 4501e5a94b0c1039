"""docs/verify.py and web/verify/verify.html say the same of every recorded book: honest, and forged at each place."""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from books.reading import draws_shown
from books.recording import ACTIVITY, Recording, recorded_folders
from public_campaign import Papers, rechained
from test_verify_deadlines import papers_of_deadlines
from verify_page import judged_by_page, judged_by_script
from verify_script import verify

DAY = timedelta(days=1)
DRAWS_MAX = 6  # of an activity, that are forged
# What null becomes: a text, or the number that the field may have. Any other null stays.
TEXTS, NUMBERS = {"tree_id", "fallback"}, {"taken", "state_from", "stock", "stock_left", "activity", "month", "day"}


def told_of(book: Recording) -> list[Papers]:
    """Return what was answered of each approved activity, its log and its draws."""
    draws = list(draws_shown(book).values())
    return [
        {
            "activity": each.answer,
            "log": book.log[each.answer["activity_id"]],
            "draws": {"draws": [draw for draw in draws if draw["activity_id"] == each.answer["activity_id"]]},
        }
        for each in book.shown
        if each.route == ACTIVITY and each.answer.get("odds")
    ]


def forgeries(papers: Papers) -> Iterator[tuple[str, Papers]]:
    """Yield papers with one value changed, each in its turn; the log also with its hashes computed anew."""
    for path in paths(papers["activity"]):
        yield f"activity {path}", forged(papers, ["activity", *path])
    for path in paths(papers["log"]["entries"]):
        if path:
            yield f"log {path}", forged(papers, ["log", "entries", *path])
            anew = forged(papers, ["log", "entries", *path])
            rechained(anew)
            yield f"log {path}, whole again", anew
    for path in paths(papers["draws"]["draws"][:DRAWS_MAX]):
        yield f"draw {path}", forged(papers, ["draws", "draws", *path])
    for path in paths(json.loads(papers["activity"]["odds"])):
        yield f"odds {path}, committed to", with_odds(papers, path)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value that can be changed."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if value is None:
        yield from [path] if path[-1] in TEXTS | NUMBERS else []
    elif not isinstance(value, dict):
        yield path
    for name, each in inside:
        yield from paths(each, (*path, name))


def forged(papers: Papers, path: list[Any]) -> Papers:
    copied = copy.deepcopy(papers)
    place: Any = copied
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = another(place[path[-1]], path[-1])
    return copied


def another(value: Any, name: Any) -> Any:
    """Return another value of the same form."""
    if value is None:
        return "0" if name in TEXTS else 0
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return value[:-1] if value else ["0"]
    try:
        return (datetime.fromisoformat(value) + DAY).isoformat()
    except ValueError:
        return value[:-1] + ("1" if value.endswith("0") else "0")


def with_odds(papers: Papers, path: tuple[Any, ...]) -> Papers:
    """Return papers whose log and activity have committed to odds with one value changed."""
    copied = copy.deepcopy(papers)
    odds = forged({"odds": json.loads(papers["activity"]["odds"])}, ["odds", *path])["odds"]
    text = copied["activity"]["odds"] = json.dumps(odds, sort_keys=True, separators=(",", ":"))
    for entry in copied["log"]["entries"]:
        if entry["what"] == "approve":
            entry["changes"][1] = f"odds: {verify().sha256(text)}"
    rechained(copied)
    return copied


@pytest.mark.parametrize("folder", recorded_folders(), ids=lambda folder: folder.name)
def test_page_and_script_agree_on_every_book_honest_and_forged(folder: Path, page: Page, tmp_path: Path) -> None:
    honest = told_of(Recording.load(folder))
    revealed = [papers for papers in honest if papers["activity"]["seed"]]

    statuses = agreed(honest, page, tmp_path)

    assert statuses[0] == len(revealed) > 0
    assert statuses[1] == 0
    for papers in revealed:
        assert agreed_on_forgeries(papers, page, tmp_path) == {0, 1, 2}


def test_page_and_script_agree_on_deadlines_forged_at_each_place(page: Page, tmp_path: Path) -> None:
    assert agreed_on_forgeries(papers_of_deadlines(), page, tmp_path) == {0, 1, 2}


def agreed_on_forgeries(papers: Papers, page: Page, folder: Path) -> set[int]:
    names, forged_papers = zip(*forgeries(papers), strict=True)
    return {*agreed(forged_papers, page, folder, names)}


def agreed(papers: Sequence[Papers], page: Page, folder: Path, names: Sequence[str] = ()) -> Counter[int]:
    """Let both judge papers, and return how often they agreed on each verdict."""
    of_page = judged_by_page(page, papers)
    for number, shown in enumerate(of_page):
        told = judged_by_script(papers[number], folder)
        assert (shown.status, shown.named) == (told.status, told.named), names[number] if names else number
    return Counter(shown.status for shown in of_page)
