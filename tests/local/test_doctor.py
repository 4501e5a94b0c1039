"""The doctor on a stack of its own: what docs/doctor.md says of it, the faults that it finds, and its trial."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from planted import PLANTED, Patient, mend
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.commands import main
from tombola_cli.doctor import beyond, trial
from tombola_cli.doctor.asking import Questions
from tombola_cli.doctor.checks import checks
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import output

PAGE = (ROOT / "docs/doctor.md").read_text("utf-8")
Ran = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Deploy a stack that these tests may break."""
    home = tmp_path_factory.mktemp("doctor")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setattr(local_stack, "HOME", home)
        try:
            local_stack.up(home, None, print)
            yield home
        finally:
            local_stack.down(home)


def run() -> Ran:
    done = CliRunner().invoke(main.app, ["doctor", "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)


@pytest.fixture(scope="module")
def fresh(home: Path) -> Ran:
    """Run the command on the local stack as it was deployed."""
    return run()


@pytest.fixture(scope="module")
def patient(home: Path, fresh: Ran) -> Patient:
    patient = Patient(Stack.load(local_stack.stack_file(home)))
    mend(patient)
    return patient


def documented() -> dict[tuple[str, str], str]:
    """Return the verdict on the local stack that the page gives for each check and each part that it is about."""
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \| (right|wrong|only you can know)[^|]* \|$", PAGE, re.MULTILINE
    )
    return {(check, about): verdict for check, abouts, verdict in rows for about in abouts.split(", ")}


def test_the_page_shows_every_check_with_its_verdict_on_the_local_stack(fresh: Ran) -> None:
    lines = {(line["check"], line["about"]): line["verdict"] for line in fresh[1]["lines"]}
    for name, _, _ in beyond.QUESTIONS:
        del lines[name, beyond.ABOUT]

    assert lines == documented()


def test_the_page_lists_what_only_you_can_know() -> None:
    listed = re.findall(r"^- \*\*([^*]+)\*\*: (.+?); (.+)$", PAGE, re.MULTILINE)

    assert tuple(listed) == beyond.QUESTIONS


def test_the_page_names_every_right_that_looking_needs(patient: Patient) -> None:
    asked = Questions(patient.stack, patient.clients)
    for check in checks():
        check.line(asked)

    assert set(re.findall(r"^    ([a-z]+:\w+)$", PAGE, re.MULTILINE)) == asked.rights


def test_something_wrong_is_the_exit_status_and_every_wrong_line_says_what_to_do(fresh: Ran) -> None:
    status, document = fresh
    wrong = [line for line in document["lines"] if line["verdict"] == "wrong"]

    assert (status, document["wrong"], document["stack"]) == (1, len(wrong), "tombola")
    assert all(line["todo"] for line in document["lines"] if line["verdict"] != "right")


def test_the_trial_is_timed(fresh: Ran) -> None:
    timed = {line["check"]: line["milliseconds"] for line in fresh[1]["lines"] if line["milliseconds"] is not None}

    assert set(timed) == {"draw", "grant"}
    assert all(0 < milliseconds < 60_000 for milliseconds in timed.values())


def test_a_stack_that_is_as_it_should_be_has_nothing_wrong_and_may_be_asked_again(patient: Patient) -> None:
    status, document = run()

    assert [line for line in document["lines"] if line["verdict"] == "wrong"] == []
    assert (status, document["wrong"]) == (0, 0)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.__name__)
def test_a_fault_that_is_planted_is_found_and_nothing_else(patient: Patient, planted: Callable[[Patient], Any]) -> None:
    with planted(patient) as expected:
        found = patient.wrong()

    assert found == expected


def test_what_was_planted_is_gone(patient: Patient) -> None:
    assert patient.wrong() == set()


def test_the_table_for_people_has_a_line_for_each_check_and_the_sum(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "on_a_terminal", lambda: True)
    shown = CliRunner().invoke(main.app, ["doctor"], catch_exceptions=False, env={"COLUMNS": "200"}).stdout

    assert all(f"{check}: {about}" in shown for check, about in documented())
    assert re.search(r"^\d+ right, 0 wrong, 10 only you can know$", shown, re.MULTILINE)


def test_the_trial_is_closed_and_its_books_balance(patient: Patient) -> None:
    books = read_books(patient.dynamodb, patient.stack.table_name)
    activity = books.activities[trial.ACTIVITY_ID]
    context = {"activity_id": trial.ACTIVITY_ID}
    seed = patient.kms.decrypt(CiphertextBlob=activity["sealed_seed"], EncryptionContext=context)["Plaintext"]

    verdict = audit(books, {trial.ACTIVITY_ID: seed})

    assert activity["state"] == 7
    assert (verdict.breaches, verdict.draws, verdict.granted, verdict.waiting) == ((), 3, 3, 0)


def test_the_stack_s_overview_tells_which_tables_are_not_protected(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status() -> str:
        return CliRunner().invoke(main.app, ["status"], catch_exceptions=False, env={"COLUMNS": "200"}).stdout

    monkeypatch.setattr(output, "on_a_terminal", lambda: True)
    protected = status()
    patient.dynamodb.update_table(TableName=patient.stack.table_name, DeletionProtectionEnabled=False)

    assert "both tables refuse to be deleted" in protected
    assert re.search(rf"not protected +{patient.stack.table_name}$", status(), re.MULTILINE)
