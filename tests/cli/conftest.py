"""The command, run on the deployed local stack, and an emulated table for what it does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from emulated_aws import emulated_aws
from tables import TableLedger
from tombola_cli.commands import main
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import output


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands show what they show to people; a test of pipes says so."""
    monkeypatch.setattr(output, "on_a_terminal", lambda: True)


@pytest.fixture
def tombola(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Run a command on the session's stack and return what it prints."""
    launch(ROOT / "activities/100001.yaml", stack)
    stack.save(local_stack.stack_file(tmp_path))
    monkeypatch.setattr(local_stack, "HOME", tmp_path)

    def command(*words: str, columns: int = 80) -> str:
        done = CliRunner().invoke(main.app, words, catch_exceptions=False, env={"COLUMNS": str(columns)})
        return done.stdout + (f"exit {done.exit_code}" if done.exit_code else "")

    return command


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    """Yield an empty table, where AWS would be."""
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with emulated_aws():
        yield TableLedger(boto3.client("dynamodb"))
