"""web/verify/verify.html beside docs/verify.py: what does each say of the same papers?"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tombola_cli.files.repository import ROOT
from verify_script import said_by_script

PAGE = ROOT / "web/verify/verify.html"
AT_ONCE = 50  # papers that the page judges in one call
# The script's words for a fault, and the page's name of it. Two implementations share no text.
FAULTS = {
    "the log is broken at entry .*": "broken",
    "entry .* of the log cannot follow on the one before": "misfit",
    "entry .* of the log changes the activity after its seed was revealed": "changed_later",
    "the seed is not the one that the log reveals": "other_seed_in_log",
    "the activity's state and version are not those of the log's end": "other_end",
    "the seed is not the one committed to": "other_seed",
    "commitment and odds are not those of the approval": "other_approval",
    "the awards are shown with other odds than those committed to": "other_odds",
    "it is shown with other ways in, conditions or deadlines than those committed to": "other_terms",
    "a unit came back after a deadline, and nobody had promised that": "unpromised_return",
    "there cannot be such odds: .*": "odd_sum",
    "draw .* is told in two ways": "two_ways",
    ".* each say that .* came before": "same_place",
    ".* cannot be left of .*": "left_of",
    ".* are in these draws, and only .* are gone": "too_many",
    ".* has drawn .* times.*, and .* are the most": "too_often",
    "its id is not the hash of its key": "other_id",
    "the seed says .*": "other_result",
    "it came by a way in that the activity does not have": "other_way",
    "its code .* says otherwise": "other_code",
    "its award is called .*": "other_name",
    "the activity was not open then": "not_open",
    "it was drawn outside the window": "outside",
    "its version was not in force then": "other_version",
    "it has another deadline than promised": "other_deadline",
    "it was not claimed by its deadline": "unclaimed",
    "it does not say how many draws came before": "no_count",
    "an award that was locked was not excluded": "lock_forgotten",
    "drawn anew without another exclusion": "drawn_anew",
    "an award was excluded that cannot be sold out": "never_sold_out",
    "award .* was excluded as sold out, and .* units are left": "units_left",
    "award .* was excluded as sold out, and won after that": "won_later",
}
DRAW_LINE = re.compile(r" *(\d+) \w+ .*: (?:right|WRONG, (.*))")
UNJUDGED = re.compile("commitment [0-9a-f]+|(if you have not given|the log does not reach|the activity is not) .*")
JUDGE = """async (texts) => Promise.all(texts.map(async (text) => {
  const named = (steps) => steps.flatMap((step) => step.faults.map((each) => each.fault)).sort();
  try {
    const found = await judge(gathered(documents(text)));
    const ofDraws = found.ofDraws.map(({ draw, steps }) => [draw.order_id, named(steps)]);
    return { status: found.status, faults: Object.fromEntries([["", named(found.ofActivity)], ...ofDraws]) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { status: 2, faults: {} };
  }
}))"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict: how it ends, 0 right, 1 wrong, 2 untold; and the faults by draw, those of none under no name."""

    status: int
    faults: dict[str, list[str]]

    @property
    def named(self) -> dict[str, list[str]]:
        return {name: faults for name, faults in self.faults.items() if faults}


def judged_by_page(page: Page, papers: Sequence[dict[str, Any]]) -> list[Judged]:
    """Open the page, and return its verdict on each of papers, pasted one answer after another."""
    page.goto(PAGE.as_uri())
    texts = ["\n".join(json.dumps(answer) for answer in each.values()) for each in papers]
    parts = (texts[place : place + AT_ONCE] for place in range(0, len(texts), AT_ONCE))
    return [Judged(**verdict) for part in parts for verdict in page.evaluate(JUDGE, part)]


def judged_by_script(papers: dict[str, Any], folder: Path) -> Judged:
    status, said = said_by_script(papers, folder)
    return Judged(status, faults_in(said) if status != 2 else {})


def faults_in(said: Sequence[str]) -> dict[str, list[str]]:
    """Return the page's names of the faults that the script tells, by draw; its last two lines count."""
    faults: dict[str, list[str]] = {"": []}
    for line in said[:-2]:
        if drawn := DRAW_LINE.fullmatch(line):
            faults[drawn[1]] = sorted(name_of(words) for words in (drawn[2] or "").split("; ") if words)
        elif not UNJUDGED.fullmatch(line):
            faults[""].append(name_of(line))
    return faults | {"": sorted(faults[""])}


def name_of(words: str) -> str:
    """Return the page's one name of a fault that the script tells in words."""
    names = [name for pattern, name in FAULTS.items() if re.fullmatch(pattern, words)]
    assert len(names) == 1, f"{words}: {names}"
    return names[0]
