"""A parcel on the deployed stack: won, addressed, granted, readdressed, exported, marked, and seen by its user."""

import csv
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from addresses import FIELDS
from played import until
from tombola_cli.commands import main
from tombola_cli.local import local_stack
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.stack import Stack

PARCELS = 12
FILE = """
activity_id: {activity_id}
activity_name: parcels
activity_desc: with a prize that is sent
time_zone: UTC
begin: 2026-01-01T00:00:00Z
end: 2035-12-31T00:00:00Z
strategy: single
awards:
  - {{ award_id: bike, award_type: 4, award_name: a bicycle, award_content: blue, rate: 1, stock: 100 }}
"""
Tombola = Callable[..., Any]


@pytest.fixture
def tombola(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tombola:
    """Run a command on the session's stack and return its document."""
    stack.save(local_stack.stack_file(tmp_path))
    monkeypatch.setattr(local_stack, "HOME", tmp_path)

    def command(*words: object) -> Any:
        done = CliRunner().invoke(main.app, ["shipments", *map(str, words), "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return command


def send_to(api: Api, order: dict[str, Any], street: str) -> Reply:
    path = f"/users/{order['user_id']}/draws/{order['order_id']}/shipping-address"
    return api.ask("PUT", path, {"Content-Type": "application/json"}, {**FIELDS, "address": street})


def shipment(api: Api, order: dict[str, Any]) -> dict[str, Any] | None:
    body = api.order(order["user_id"], order["order_id"]).body
    found: dict[str, Any] | None = body["shipment"] if body["grant_state"] == 1 else None
    return found


def test_parcels_go_the_way_that_the_page_tells(stack: Stack, tombola: Tombola, tmp_path: Path) -> None:
    activity_id, api = f"parcels-{uuid.uuid4()}", Api(stack, connections_max=1)
    (tmp_path / "activity.yaml").write_text(FILE.format(activity_id=activity_id))
    launch(tmp_path / "activity.yaml", stack)
    orders = [api.draw(activity_id, f"user-{number}-{uuid.uuid4()}", "key").body for number in range(PARCELS)]
    assert [send_to(api, order, f"{place} First Street").status for place, order in enumerate(orders)] == [
        200
    ] * PARCELS
    for order in orders:
        assert until(lambda order=order: shipment(api, order))["left"] is False  # type: ignore[misc]
    assert send_to(api, orders[0], "1 New Street").status == 200
    assert tombola("list", activity_id)["new"] == PARCELS

    done = tombola("export", activity_id, "--csv", tmp_path / "parcels.csv")

    rows = [*csv.DictReader((tmp_path / "parcels.csv").read_text("utf-8").splitlines())]
    assert (done["exported"], done["left"], len(rows)) == (PARCELS, 0, PARCELS)
    streets = {row["order_id"]: row["address"] for row in rows}
    assert streets[orders[0]["order_id"]] == "1 New Street"
    assert streets[orders[5]["order_id"]] == "5 First Street"
    assert send_to(api, orders[0], "too late").status == 409

    with (tmp_path / "marked.csv").open("w", newline="", encoding="utf-8") as file:
        filled = csv.DictWriter(file, rows[0])
        filled.writeheader()
        filled.writerows(row | {"carrier": "DHL", "tracking": f"JD{row['order_id']}"} for row in rows[1:])
    marked = tombola("mark", activity_id, tmp_path / "marked.csv")
    assert (marked["shipped"], marked["bad"]) == (PARCELS - 1, 0)
    seen = {order["order_id"]: shipment(api, order) or {} for order in orders}
    assert {each["left"] for each in seen.values()} == {True}
    assert {order_id: each["tracking"] for order_id, each in seen.items()} == {
        row["order_id"]: None if row == rows[0] else f"JD{row['order_id']}" for row in rows
    }
    [batch] = tombola("list", activity_id)["batches"]
    assert (batch["parcels"], batch["shipped"]) == (PARCELS, PARCELS - 1)
