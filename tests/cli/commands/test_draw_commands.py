"""The commands that draw and look, against the deployed local stack."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT

Tombola = Callable[..., str]


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

    shown = tombola("orders", "list", user_id)

    assert [word for word in shown.split() if word in ids] == ids[::-1]


def test_a_refused_draw_says_why(tombola: Tombola) -> None:
    with pytest.raises(TombolaError, match="404 0002: there is no activity 'nowhere'"):
        tombola("draw", "nowhere", "xiaofuge")


def test_applying_the_same_file_again_changes_nothing(tombola: Tombola) -> None:
    assert "nothing had changed" in tombola("activity", "apply", str(ROOT / "activities/100001.yaml"))


def test_what_an_approved_activity_is_committed_to_does_not_change(tombola: Tombola, tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text((ROOT / "activities/100001.yaml").read_text().replace("rate: 0.05", "rate: 0.04"))

    with pytest.raises(TombolaError, match="the odds are committed to"):
        tombola("activity", "apply", str(changed))
