"""Every command shows what it has in the form that its reader can use: to people, in a pipe, and as JSON."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import typer.main

from shown import HURT_ID, LANES, ORDER_ID, SCENES, USER_ID, a_world
from tombola_cli.commands import main
from tombola_cli.files.repository import ROOT
from tombola_cli.operate import backlog
from tombola_cli.screens.plain import escaped

Forms: TypeAlias = tuple[Any, str, str, str]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ID_OR_TIME = re.compile(r"(_id|_at|_url)$|^(key|pk|sk|seed|commitment|begin|end|at|table|stack)$")
LANES_IN_PLAY = [str(each % LANES) for each in (ORDER_ID, HURT_ID)]  # the others have nothing, and take their time
NEVER_THE_SAME = {"seconds"}
# It prints a JSON Schema, which is one document in every form.
A_DOCUMENT_ANYHOW = "activity schema"
PAGE = (ROOT / "docs/command.md").read_text("utf-8")


def commands(group: Any, *before: str) -> Iterator[tuple[str, Any]]:
    """Yield each command of the program by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


COMMANDS = dict(commands(typer.main.get_command(main.app)))
CASES = [(command, place) for command in sorted(COMMANDS) for place in range(len(SCENES.get(command, ())))]


# In these scenes something is wrong on purpose: a refused plan, books that do not balance, a finding, a damaged order.
FIND_FAULTS = {
    ("activity plan", 1),
    ("codes import", 1),
    ("demo", 0),
    ("demo", 1),
    ("demo", 2),
    ("doctor", 0),
    ("orders retry", 0),
    ("orders retry", 1),
    ("shipments mark", 1),
    ("winners", 1),
    ("winners", 2),
    ("user forget", 1),
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> None:
    """Leave the choice to the command, other than the tests beside this one."""


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def forms(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """Return what a command shows as JSON, in a pipe, on 80 columns and on 400, each on a stack of its own."""
    command, place = request.param
    scene, folder = SCENES[command][place], tmp_path_factory.mktemp("files")

    def shown(columns: int, stream: io.StringIO, *options: str) -> str:
        with pytest.MonkeyPatch.context() as patch, a_world(patch, folder) as world, redirect_stdout(stream):
            for name, value in {"COLUMNS": str(columns), "TERM": "xterm"}.items():
                patch.setenv(name, value)
            patch.setattr(backlog, "LANES", LANES_IN_PLAY)
            scene.prepare(world)
            status = main.app([*command.split(), *scene.words(world), *options], standalone_mode=False) or 0
            assert status == ((command, place) in FIND_FAULTS)
        return re.sub(r"ledger-\d+", "ledger", stream.getvalue())  # each world has tables of its own

    said, piped = shown(80, io.StringIO(), "--json"), shown(80, io.StringIO())
    return json.loads(said), piped, shown(80, Terminal()), shown(400, Terminal())


def leaves(said: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of a document with the name of its field."""
    if isinstance(said, dict):
        for key, value in said.items():
            yield from leaves(value, key)
    elif isinstance(said, list):
        for each in said:
            yield from leaves(each, name)
    else:
        yield name, said


def test_every_command_takes_json_and_has_a_scene_here() -> None:
    assert set(SCENES) == set(COMMANDS)
    for name, command in COMMANDS.items():
        assert any("--json" in parameter.opts for parameter in command.params), name


def test_json_is_one_document_with_the_names_that_the_page_tells(forms: Forms, request: pytest.FixtureRequest) -> None:
    said = forms[0]
    command = request.node.callspec.params["forms"][0]

    if command != A_DOCUMENT_ANYHOW:
        (told,) = re.findall(rf"^\| `tombola {command}` \| (.+) \|$", PAGE, re.MULTILINE)
        assert any(set(re.findall(r"`([a-z0-9_]+)`", each)) == set(said) for each in told.split("; or "))


def test_a_pipe_gets_fields_with_tabs_between_and_nothing_is_cut_or_coloured(
    forms: Forms, request: pytest.FixtureRequest
) -> None:
    said, piped, *_ = forms
    if request.node.callspec.params["forms"][0] == A_DOCUMENT_ANYHOW:
        assert json.loads(piped) == said
        return

    assert "\t" in piped
    assert "\x1b" not in piped
    assert "…" not in piped or "…" in json.dumps(said, ensure_ascii=False)
    for name, value in leaves(said):
        if isinstance(value, str) and name not in NEVER_THE_SAME:
            assert escaped(value) in piped, name


def test_a_terminal_of_80_columns_holds_every_id_and_time_whole(forms: Forms) -> None:
    said, _, narrow, wide = (ANSI.sub("", form) if isinstance(form, str) else form for form in forms)

    assert narrow.count("…") == wide.count("…")
    for name, value in leaves(said):
        if ID_OR_TIME.search(name) and isinstance(value, str):
            assert (value in narrow) == (value in wide), name
    assert set(re.findall(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d(?::\d\d)?", wide)) == set(
        re.findall(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d(?::\d\d)?", narrow)
    )


@pytest.mark.parametrize("lane", ["--by-hand", "--unreadable"])
def test_who_waits_is_named_as_release_wants_it(lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    scene = next(each for each in SCENES["orders list"] if list(each.words(None)) == [lane])  # type: ignore[arg-type]
    with a_world(monkeypatch, tmp_path) as world, redirect_stdout(Terminal()) as screen:
        scene.prepare(world)
        main.app(["orders", "list", lane], standalone_mode=False)

    said = ANSI.sub("", screen.getvalue()).replace(f"cannot be shown: USER#{USER_ID}", "")  # that is another order
    assert USER_ID in said
    assert str(HURT_ID if lane == "--unreadable" else ORDER_ID) in said
