"""The doctor's lines on screen, as JSON and as an exit status."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from tombola_cli.commands import doctor_command, main
from tombola_cli.doctor import examination
from tombola_cli.doctor.finding import Finding, Line, only_you, right, wrong

FINE = right("on")
TIMED = right("answered in 20 ms", 20)
OFF = wrong("off [red]of course[/red]", "switch it on")
ASK = only_you("not looked at", "needs kms:GetKeyPolicy")

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on what a doctor would have found; return its exit status and its output."""

    class Named:
        stack_name = "tombola"

    def ran(*findings: Finding, words: tuple[str, ...] = ()) -> tuple[int, str]:
        lines = [Line("protection", "table", finding) for finding in findings]
        monkeypatch.setattr(doctor_command, "chosen_stack", lambda *_: Named())
        monkeypatch.setattr(examination, "examined", lambda *_: iter(lines))
        done = CliRunner().invoke(main.app, ["doctor", *words], catch_exceptions=False, env={"COLUMNS": "120"})
        return done.exit_code, done.stdout

    return ran


@pytest.mark.parametrize(("findings", "status"), [((FINE, OFF, ASK), 1), ((FINE, ASK), 0), ((FINE,), 0), ((OFF,), 1)])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_exit_status_is_1_if_a_line_is_wrong_and_0_otherwise(
    run: Run, findings: tuple[Finding, ...], status: int, words: tuple[str, ...]
) -> None:
    assert run(*findings, words=words)[0] == status


def test_people_see_each_verdict_what_to_do_and_the_sum(run: Run) -> None:
    _, shown = run(FINE, OFF, ASK)

    for words in ("right", "wrong", "off [red]of course[/red]", "→ switch it on", "→ needs kms:GetKeyPolicy"):
        assert words in shown
    assert "1 right, 1 wrong, 1 only you can know" in shown


def test_machines_get_a_document_of_the_same(run: Run) -> None:
    _, said = run(TIMED, OFF, words=("--json",))

    document = json.loads(said)
    assert (document["stack"], document["wrong"]) == ("tombola", 1)
    assert document["lines"][0] == {
        "check": "protection",
        "about": "table",
        "verdict": "right",
        "seen": "answered in 20 ms",
        "todo": "",
        "milliseconds": 20,
    }
