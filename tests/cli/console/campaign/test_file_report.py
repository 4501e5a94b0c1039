"""A dropped file is read, never run: its mistakes are told by line, and only what may be applied has a button."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import NOON
from campaign_files import campaign_file
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import ActivityState
from tombola_cli.console.campaign import file_report
from tombola_cli.console.campaign.file_report import FILE_MAX, Read, applying, mistakes, read
from tombola_cli.console.desk import Desk
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity

NAME = Path("x.yaml")


@pytest.fixture
def desk(table: TableLedger) -> Desk:
    return Desk(stack=PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table), who="olga")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(PlayedStack, "now", lambda _: NOON)
    return campaign_file(tmp_path, "7")


def found(contents: bytes, desk: Desk) -> Read:
    report = read(contents, NAME, desk)
    assert isinstance(report, Read)
    return report


def test_each_mistake_is_told_with_its_line(file: Path, desk: Desk) -> None:
    wrong = file.read_bytes().replace(b"strategy: total", b"strategy: singel").replace(b"rate: 0.5", b"rate: 2")
    report = read(wrong, NAME, desk)
    assert isinstance(report, tuple)
    assert [(row[0], str(row[1]).partition(":")[0]) for row in mistakes(report).rows] == [
        (8, "strategy"),
        (11, "awards.1.rate"),
        (12, "awards.2.rate"),
    ]


@pytest.mark.parametrize("contents", [b"!!python/object/apply:os.system ['x']", b"- {", b"\t", b""])
def test_what_is_no_activity_is_a_mistake_and_is_not_run(contents: bytes, desk: Desk) -> None:
    assert isinstance(read(contents, NAME, desk), tuple)


def test_what_is_no_text_or_too_long_is_told_before_it_is_read(
    file: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TombolaError, match=r"x\.yaml: 'utf-8' codec"):
        read(b"\xff\xfe", NAME, desk)
    monkeypatch.setattr(file_report, "file_of", lambda *_: pytest.fail("it was read"))
    with pytest.raises(TombolaError, match=r"x\.yaml: an activity file has 1,000,000 bytes at most"):
        read(b"#" * (FILE_MAX + 1), NAME, desk)


def test_only_a_file_that_changes_something_and_is_not_refused_may_be_applied(
    file: Path, desk: Desk, table: TableLedger
) -> None:
    assert found(file.read_bytes(), desk).may_be_applied  # there is none yet
    activity = read_activity(file)
    applied, entry = logged(None, replace(activity, state=ActivityState.EDIT), "apply", "bob", "", NOON, ["created"])
    assert table.write(None, applied, entry)
    table.apply(applied, {("1", 0): 10, ("2", 0): 50, ("*", 0): 1000})
    assert not found(file.read_bytes(), desk).may_be_applied
    raised = file.read_bytes().replace(b"stock: 10", b"stock: 11")
    assert found(raised, desk).may_be_applied
    table.apply(replace(applied, state=ActivityState.REFUSE), {})
    assert not found(raised, desk).may_be_applied


def test_the_act_makes_the_changes_that_were_shown_and_no_others(
    file: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []
    monkeypatch.setattr(file_report, "apply", lambda *told, seen: done.append((*told, seen)))
    report = found(file.read_bytes(), desk)
    act = applying(desk, NAME, report)
    act.run("because")
    assert act.command("because") == "tombola activity apply x.yaml --who olga --why because"
    assert done == [(report.file.activity, desk.stack, "olga", "because", NOON, report.plan)]
