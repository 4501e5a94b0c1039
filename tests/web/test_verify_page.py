"""web/verify/verify.html judges as docs/verify.py does, of which it shares the test vectors and no line."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

import test_verify
import test_verify_deadlines
from papers_recorder import FILE
from public_campaign import Papers
from test_verify import DOUBTED, FORGED, UNKNOWN
from test_verify_deadlines import papers_of_deadlines
from tombola.rules.log import canonical
from tombola_cli.files.repository import ROOT
from verify_page import FAULTS, PAGE, Judged, judged_by_page, judged_by_script

HONEST_MIN = 100  # papers of campaigns that kept their promises
VECTORS = json.loads((ROOT / "tests/vectors/tickets.json").read_text("utf-8"))


def test_an_order_id_is_that_of_the_vector(page: Page) -> None:
    page.goto(PAGE.as_uri())
    inputs = [[each["scope"], each["user_id"], each["idempotency_key"]] for each in VECTORS["orders"]]

    found = page.evaluate(
        "async (all) => Promise.all(all.map(async (each) => String((await identity(...each)).order_id)))", inputs
    )

    assert found == [each["order_id"] for each in VECTORS["orders"]]


def test_a_ticket_is_that_of_the_vector(page: Page) -> None:
    page.goto(PAGE.as_uri())
    inputs = [
        [each["seed"], [each["order_id"], each["user_id"], str(each["attempt"])], each["total"]]
        for each in VECTORS["tickets"]
    ]

    found = page.evaluate(
        """async (all) => Promise.all(all.map(async ([seed, parts, total]) => {
          const { ticket, round } = await ticketOf(unhex(seed), parts, BigInt(total));
          return [String(ticket), round];
        }))""",
        inputs,
    )

    assert found == [[each["ticket"], each["rejected"]] for each in VECTORS["tickets"]]


# ---- Lies


def lies() -> list[tuple[str, Papers]]:
    """Return each forgery that the script is tested with, applied to papers of its own."""
    forgeries = [
        *((name, test_verify.revealed_papers, forge) for name, (forge, _) in (FORGED | DOUBTED).items()),
        *((name, test_verify.revealed_papers, forge) for name, forge in UNKNOWN.items()),
        *((name, papers_of_deadlines, forge) for name, (forge, _) in test_verify_deadlines.FORGED.items()),
    ]
    forged = []
    for name, make, forge in forgeries:
        papers = make()
        forge(papers)
        forged.append((name, papers))
    return forged


def test_page_and_script_name_the_same_faults_of_each_lie(page: Page, tmp_path: Path) -> None:
    names, papers = zip(*lies(), strict=True)

    of_page = judged_by_page(page, papers)

    for name, shown, forged in zip(names, of_page, papers, strict=True):
        told = judged_by_script(forged, tmp_path)
        assert (shown.status, shown.named) == (told.status, told.named), name
    assert {each.status for each in of_page} == {1, 2}


def test_a_link_that_was_cut_is_seen_though_each_hash_is_right(page: Page, tmp_path: Path) -> None:
    papers = test_verify.revealed_papers()
    entry = papers["log"]["entries"][3]
    entry["before"] = "0" * 64
    fields = {name: value for name, value in entry.items() if name != "hash"}
    entry["hash"] = hashlib.sha256(canonical(fields).encode()).hexdigest()

    (shown,) = judged_by_page(page, [papers])

    assert shown.named == {"": ["broken"]}
    assert judged_by_script(papers, tmp_path) == shown


# ---- Where they differ


def with_decimals(papers: Papers) -> Papers:
    papers["draws"]["draws"][1]["grant_state"] = 0.0
    return papers


DIFFERENT: dict[str, tuple[Callable[[Papers], Papers], int, int]] = {
    "a number with decimals, or one above 2^53, which no answer has": (with_decimals, 0, 2),
}


def test_they_differ_where_their_page_of_the_documents_says_so_and_nowhere_else(page: Page, tmp_path: Path) -> None:
    rows = (ROOT / "docs/verify.md").read_text("utf-8").partition("## Where page and script differ")[2]
    told = [row.split(" | ")[0].removeprefix("| ") for row in rows.splitlines() if row.startswith("| ")][1:]
    cases = [make(test_verify.revealed_papers()) for make, _, _ in DIFFERENT.values()]

    of_page = judged_by_page(page, cases)

    assert told == [*DIFFERENT, "the hash that you saved"]
    assert [
        (judged_by_script(papers, tmp_path).status, shown.status) for papers, shown in zip(cases, of_page, strict=True)
    ] == [(of_script, of_page_) for _, of_script, of_page_ in DIFFERENT.values()]


# ---- Everything else that the script is tested with


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Papers, Judged]]:
    """Run the tests of the script, and return each papers with its verdict: honest campaigns, most of them."""
    file = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    tests = [str(ROOT / f"tests/{module.__name__}.py") for module in (test_verify, test_verify_deadlines)]
    path = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, FILE: str(file)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "papers_recorder", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [(line["papers"], Judged(line["status"], line["faults"])) for line in lines]


def test_page_and_script_agree_on_whatever_the_script_is_tested_with(
    page: Page, recorded: list[tuple[Papers, Judged]]
) -> None:
    of_page = judged_by_page(page, [papers for papers, _ in recorded])

    for shown, (papers, told) in zip(of_page, recorded, strict=True):
        assert (shown.status, shown.named) == (told.status, told.named), json.dumps(papers)
    assert Counter(each.status for each in of_page)[0] >= HONEST_MIN
    assert {name for each in of_page for faults in each.faults.values() for name in faults} == {*FAULTS.values()}
