"""A verdict says of each promise whether it is kept, and no more than was looked at."""

import json
from typing import Any

import pytest

from tombola_cli.audit.auditor import Audit
from tombola_cli.audit.books import Breach
from tombola_cli.operate.stack_books import Audited
from tombola_cli.screens import audit_sheets, plain

FIGURES: dict[str, int] = dict.fromkeys(
    ("draws", "won", "lost", "granted", "parked", "waiting", "void", "oversold", "granted_twice", "unaccounted"), 0
)


def shown(*breaches: Breach, unrevealed: tuple[str, ...] = ()) -> Any:
    verdict = Audit(breaches=breaches, **FIGURES)
    found = Audited(verdict=verdict, items=7, passing=0, unreadable=(), unrevealed=unrevealed)
    return json.loads(plain.document(audit_sheets.verdict(found)))


@pytest.mark.parametrize(("unrevealed", "word"), [((), "kept"), (("100001",), "kept_so_far")])
def test_results_that_nobody_could_compute_again_are_kept_only_so_far(unrevealed: tuple[str, ...], word: str) -> None:
    verdicts = {row["promise"]: row["verdict"] for row in shown(unrevealed=unrevealed)["promises"]}
    assert verdicts == {**dict.fromkeys(("P1", "P2", "P3", "P4"), "kept"), "P5": word}


def test_a_promise_with_a_breach_is_broken() -> None:
    said = shown(Breach("P5", "7", "recorded 1, recomputed 2"), unrevealed=("100001",))
    assert [row["verdict"] for row in said["promises"]] == ["kept"] * 4 + ["broken"]
    assert said["balanced"] is False


def test_what_was_not_looked_at_is_told() -> None:
    told = [row["what"] for row in shown(unrevealed=("100001",))["not_audited"]]
    assert told == ["answers", "the results of activity 100001"]
