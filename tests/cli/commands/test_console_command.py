"""tombola console: whose desk it is, and what it says where the pages are not installed."""

import sys
import webbrowser

import pytest
from typer.testing import CliRunner

from tombola_cli.commands.main import app
from tombola_cli.console import console_server
from tombola_cli.console.desk import Desk
from tombola_cli.errors import TombolaError

OPTIONS = ["--who", "olga", "--stack", "prod", "--region", "eu-central-1"]
ADDRESS = "http://127.0.0.1:4711/enter?token=x"


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> list[Desk]:
    found: list[Desk] = []

    def serve(desk: Desk, _: int | None, opened: "object") -> None:
        found.append(desk)
        opened(ADDRESS)  # type: ignore[operator]

    monkeypatch.setattr(console_server, "serve", serve)
    monkeypatch.setattr("tombola_cli.commands.console_command.chosen_stack", lambda *_: None)
    return found


def test_the_desk_is_of_the_named_stack_and_operator(desks: list[Desk]) -> None:
    assert CliRunner().invoke(app, ["console", "--no-open", *OPTIONS]).exit_code == 0
    assert (desks[0].who, desks[0].options) == ("olga", ("--stack", "prod", "--region", "eu-central-1"))


@pytest.mark.parametrize(("words", "opened"), [(["--no-open"], []), ([], [ADDRESS])])
def test_the_browser_is_opened_unless_it_is_not_wanted(
    desks: list[Desk], monkeypatch: pytest.MonkeyPatch, words: list[str], opened: list[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(webbrowser, "open", seen.append)
    assert ADDRESS in CliRunner().invoke(app, ["console", *words]).stdout
    assert (seen, len(desks)) == (opened, 1)


def test_without_its_library_the_console_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tombola_cli.console.console_server", None)
    result = CliRunner().invoke(app, ["console", "--no-open"])
    assert isinstance(result.exception, TombolaError)
    assert "pip install 'tombola[console]' brings it" in str(result.exception)
