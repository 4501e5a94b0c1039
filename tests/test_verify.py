"""docs/verify.py finds whatever is not as it was promised; it shares no line with what it checks."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SEED, a_request
from campaign import ACTIVITIES, RICH, SEEDS, a_campaign
from stage import Stage
from tombola.rules.activity import Activity, odds_digest
from tombola.rules.answer import activity_answer, entry_answer, order_answer
from tombola.rules.life import logged
from tombola.rules.order import Order
from tombola.rules.request import Target
from tombola.rules.tree import Leaf, Tree
from tombola_cli.local import ROOT

Papers = dict[str, Any]
Falsify = Callable[[Papers], object]


@pytest.fixture
def papers() -> Papers:
    """Return what the API answers of a revealed activity: one draw won, one that fell back."""
    orders = a_campaign().orders
    return papers_of(
        replace(ACTIVITIES[RICH], seed=SEEDS[RICH]), [orders[name] for name in ("fallback", "by hand", "granted")]
    )


def papers_of(activity: Activity, orders: Sequence[Order]) -> Papers:
    committed = [f"commitment: {activity.commitment}", f"odds: {odds_digest(activity)}"]
    applied, first = logged(None, activity, "apply", "ops", "", NOON, ["created"])
    _, second = logged(applied, applied, "approve", "ops", "", NOON, committed)
    return {
        "activity": activity_answer(activity, {"*": [5, 5]}),
        "log": {"entries": [entry_answer(first), entry_answer(second)], "next": None},
        "draws": {"draws": [order_answer(order) for order in orders], "next": None},
    }


def verified(papers: Papers, folder: Path) -> tuple[int, list[str]]:
    for name, content in papers.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    files = [str(folder / f"{name}.json") for name in papers]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "docs/verify.py"), *files], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


def test_what_is_as_promised_is_right_and_other_activities_are_left_out(papers: Papers, tmp_path: Path) -> None:
    status, said = verified(papers, tmp_path)

    assert (status, said[-2:]) == (
        0,
        ["1 draws of other activities left out", "2 of 2 draws are what the seed makes them"],
    )


def draw(papers: Papers, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = papers["draws"]["draws"][place]
    return found


FORGED: dict[str, tuple[Falsify, str]] = {
    "another award": (lambda p: draw(p, 1)["award"].update(award_id="8"), "the seed says won 1"),
    "a fallback told as won": (lambda p: draw(p).update(outcome="won"), "the seed says fallback 9"),
    "another order's id": (lambda p: draw(p).update(order_id="497"), "its id is not the hash of its key"),
    "another key": (lambda p: draw(p).update(idempotency_key="x"), "its id is not the hash of its key"),
    "a lock forgotten": (
        lambda p: draw(p, 1)["proof"].update(excluded=[]),
        "an award that was locked was not excluded",
    ),
    "an unlimited award sold out": (
        lambda p: draw(p, 1)["proof"].update(excluded=["8", "9"]),
        "an award was excluded that cannot be sold out",
    ),
    "a way in that was not committed to": (
        lambda p: p["activity"].update(odds=p["activity"]["odds"].replace("}", ',"through":["crowd"]}')),
        "commitment and odds are not those of the approval",
    ),
    "another ticket": (lambda p: draw(p)["proof"].update(attempt=2), "drawn anew without another exclusion"),
    "another seed": (lambda p: p["activity"].update(seed="00"), "the seed is not the one committed to"),
    "no seed": (lambda p: p["activity"].update(seed=None), "the activity is not revealed yet"),
    "another commitment": (
        lambda p: p["activity"].update(commitment="0" * 64),
        "commitment and odds are not those of the approval",
    ),
    "other odds": (
        lambda p: p["activity"].update(odds=p["activity"]["odds"].replace("300000", "300001", 1)),
        "commitment and odds are not those of the approval",
    ),
    "an entry rewritten": (lambda p: p["log"]["entries"][0].update(who="nobody"), "the log is broken at entry 1"),
    "an entry dropped": (lambda p: p["log"]["entries"].pop(0), "the log is broken at entry 2"),
    "no approval": (lambda p: p["log"]["entries"].pop(), "commitment and odds are not those of the approval"),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_is_named(papers: Papers, tmp_path: Path, name: str) -> None:
    falsify, words = FORGED[name]
    falsify(papers)

    status, said = verified(papers, tmp_path)

    assert status == 1
    assert any(words in line for line in said)


@pytest.mark.parametrize(("through", "status"), [((), 0), (("crowd",), 0), (("staff",), 1)])
def test_a_draw_by_another_way_than_was_committed_to_is_wrong(
    through: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    leaf = Tree(tree_id="crowd", tree_name="", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),))
    stage = Stage()
    stage.ledger.trees["crowd"] = leaf
    order = stage.drawn(a_request(target=Target("tree", "crowd")))

    found, said = verified(papers_of(replace(stage.activity, through=through, seed=SEED), [order]), tmp_path)

    assert found == status
    assert ("it came by a way in that the activity does not have" in "".join(said)) == (status == 1)


def test_a_page_that_is_not_the_last_is_told(papers: Papers, tmp_path: Path) -> None:
    papers["draws"]["next"] = "1-1"

    assert any("there are more pages" in line for line in verified(papers, tmp_path)[1])


def test_what_is_no_answer_of_the_api_is_no_traceback(tmp_path: Path) -> None:
    assert verified({"activity": {"status": 404}, "log": {}, "draws": {}}, tmp_path)[0] == 2
