"""A plugin of pytest: it keeps each papers that the tests of docs/verify.py let it judge, with its verdict."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from public_campaign import Papers
from verify_page import faults_in
from verify_script import said_by_script

FILE = "PAPERS_FILE"  # the environment variable with the name of the file, a line each
EVERY = 4  # of the honest campaigns that Hypothesis makes up, one of so many is kept
UNTOLD = 2


def pytest_collection_finish(session: pytest.Session) -> None:
    for module in {item.module for item in session.items if isinstance(item, pytest.Function)}:
        module.verified = _verified
        module.judged = _judged


def _verified(papers: Papers, folder: Path) -> tuple[int, list[str]]:
    status, said = said_by_script(papers, folder)
    _keep(papers, status, said)
    return status, said


def _judged(papers: Papers, calls: list[int] = []) -> int:  # noqa: B006 - it counts the calls of all tests
    with tempfile.TemporaryDirectory() as folder:
        status, said = said_by_script(papers, Path(folder))
    calls.append(status)
    if len(calls) % EVERY == 0:
        _keep(papers, status, said)
    return status


def _keep(papers: Papers, status: int, said: list[str]) -> None:
    faults = {} if status == UNTOLD else faults_in(said)
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as kept:
        kept.write(json.dumps({"papers": papers, "status": status, "faults": faults}) + "\n")
