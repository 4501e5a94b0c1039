"""The commands that draw and look, against the deployed local stack."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tombola_cli import activities, local, main
from tombola_cli.errors import TombolaError
from tombola_cli.stack import Stack

Tombola = Callable[..., str]


@pytest.fixture
def tombola(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tombola:
    """Run a command on the session's stack and return what it prints."""
    activities.apply(local.ROOT / "activities/100001.yaml", stack)
    stack.save(local.stack_file(tmp_path))
    monkeypatch.setattr(local, "HOME", tmp_path)

    def command(*words: str) -> str:
        return CliRunner().invoke(main.app, words, catch_exceptions=False, env={"COLUMNS": "80"}).output

    return command


def test_a_draw_tells_its_order_and_its_key_and_the_key_again_is_the_same_draw(tombola: Tombola) -> None:
    user_id = f"user-{uuid.uuid4()}"
    first = tombola("draw", "100001", user_id)
    order_id, key = first.split("order ")[1].split(",")[0], first.split("key ")[1].strip()

    again = tombola("draw", "100001", user_id, "--key", key)

    assert first.startswith("won ")
    assert f"order {order_id}" in again
    assert "drawn before" in again


def test_a_users_orders_are_shown_with_whole_ids_on_a_narrow_screen(tombola: Tombola) -> None:
    user_id = f"user-{uuid.uuid4()}"
    ids = [tombola("draw", "100001", user_id).split("order ")[1].split(",")[0] for _ in range(2)]

    shown = tombola("orders", user_id)

    assert [line.split()[0] for line in shown.splitlines() if line.strip() and line.split()[0] in ids] == ids[::-1]


def test_a_refused_draw_says_why(tombola: Tombola) -> None:
    with pytest.raises(TombolaError, match="404 0002: there is no activity 'nowhere'"):
        tombola("draw", "nowhere", "xiaofuge")


def test_applying_the_same_file_again_changes_nothing(tombola: Tombola) -> None:
    assert "nothing had changed" in tombola("activity", "apply", str(local.ROOT / "activities/100001.yaml"))


def test_an_applied_activity_does_not_change(tombola: Tombola, tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text((local.ROOT / "activities/100001.yaml").read_text().replace("quota: 10", "quota: 11"))

    with pytest.raises(TombolaError, match="applied with another quota"):
        tombola("activity", "apply", str(changed))
