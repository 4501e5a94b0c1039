"""The commands for parcels tell what they did, and never an address, a tracking number, or where a line is bad."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from addresses import FIELDS
from builders import NOON
from shown import ACTIVITY_ID, BATCH, ORDER_ID, USER_ID, World, a_world
from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.operate import shipment_marks
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.screens import output

TRACKING = "00340434161094000000"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    monkeypatch.setattr(output, "on_a_terminal", lambda: True)
    monkeypatch.setattr(shipment_marks, "WORKERS", 1)
    with a_world(monkeypatch, tmp_path) as world:
        yield world


def tombola(*words: str) -> Result:
    return CliRunner().invoke(main.app, ["shipments", *words], catch_exceptions=False, env={"COLUMNS": "300"})


def test_a_parcel_is_listed_exported_and_marked(world: World, tmp_path: Path) -> None:
    world.has_parcels()
    out = tmp_path / "out.csv"

    new = tombola("list", ACTIVITY_ID)
    done = tombola("export", ACTIVITY_ID, "--csv", str(out))
    marked = tombola("mark", ACTIVITY_ID, world.parcels_file())
    again = tombola("mark", ACTIVITY_ID, world.parcels_file())
    listed = tombola("list", ACTIVITY_ID, "--batch", BATCH)

    assert f"1 parcel of activity {ACTIVITY_ID} is new" in new.output
    assert f"{out}: 1 parcel of batch {BATCH}" in done.output
    assert f"batch {BATCH} was begun before" in done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert FIELDS["address"] in out.read_text("utf-8")
    assert "marked as shipped" in marked.output
    assert "marked before" in again.output
    assert USER_ID in listed.output
    assert "a carrier of everybody" in listed.output
    assert {each.exit_code for each in (new, done, marked, again, listed)} == {0}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_output_of_any_of_them_holds_an_address_or_a_tracking_number(
    world: World, tmp_path: Path, form: tuple[str, ...]
) -> None:
    world.has_parcels()
    bad = world.parcels_file(f"{FIELDS['email']},{FIELDS['address']},{FIELDS['phone']},{TRACKING}\n")
    commands = (
        ("list", ACTIVITY_ID),
        ("list", ACTIVITY_ID, "--new"),
        ("export", ACTIVITY_ID, "--csv", str(tmp_path / "1.csv")),
        ("export", ACTIVITY_ID, "--csv", str(tmp_path / "2.csv"), "--batch", BATCH),
        ("mark", ACTIVITY_ID, bad, "--dry-run"),
        ("mark", ACTIVITY_ID, bad),
        ("list", ACTIVITY_ID, "--batch", BATCH),
    )

    said = "".join(done.output for done in (tombola(*words, *form) for words in commands))

    assert str(ORDER_ID) in said
    assert not [text for text in (*FIELDS.values(), TRACKING) if len(text) > 4 and text in said]


def test_an_export_that_only_writes_the_file_of_another_tells_that_later_parcels_are_left(
    world: World, tmp_path: Path
) -> None:
    world.has_parcels()
    ShipmentBatches(world.stack, ACTIVITY_ID).close(Batch(activity_id=ACTIVITY_ID, name=BATCH, at=NOON))

    one = tombola("export", ACTIVITY_ID, "--csv", str(tmp_path / "1.csv"))
    two = tombola("export", ACTIVITY_ID, "--csv", str(tmp_path / "2.csv"))

    assert "parcels that came later leave with the next export" in one.stderr
    assert f"0 parcels of batch {BATCH}" in one.output
    assert "1 parcel of batch" in two.output
    assert two.stderr == ""


def test_a_bad_line_is_told_by_file_and_number_and_the_status_is_1(world: World) -> None:
    world.has_parcels_out()
    file = world.parcels_file("b0,7,DHL,JD7\n")

    done = tombola("mark", ACTIVITY_ID, file)

    assert done.exit_code == 1
    assert f"{file}:4: no parcel of order 7 left with the batch it names" in done.output
    order = world.table.order(USER_ID, ORDER_ID)
    assert order is not None
    assert order.tracking == TRACKING


def test_bad_lines_beyond_those_that_are_told_are_counted(world: World) -> None:
    world.has_parcels_out()

    done = tombola("mark", ACTIVITY_ID, world.parcels_file("x\n" * 25))

    assert done.output.count(": it has fewer cells") == 20
    assert "5 more bad lines" in done.output


def test_a_parcel_that_cannot_be_exported_is_told_and_the_status_is_1(world: World, tmp_path: Path) -> None:
    world.has_parcels()
    world.table.put_item({"pk": {"S": f"SHIPMENTS#{ACTIVITY_ID}"}, "sk": {"S": "NEW#0000000000000000005"}})

    done = tombola("export", ACTIVITY_ID, "--csv", str(tmp_path / "1.csv"))

    assert done.exit_code == 1
    assert "NEW#0000000000000000005: user_id is missing" in done.output
    assert f"1 parcel of batch {BATCH}" in done.output


def test_a_list_goes_on_where_the_page_before_ended(world: World) -> None:
    world.has_parcels()
    listed = tombola("list", ACTIVITY_ID, "--new", "--limit", "1", "--json")
    assert json.loads(listed.output)["next"] is None

    behind = tombola("list", ACTIVITY_ID, "--new", "--after", str(ORDER_ID), "--json")
    assert json.loads(behind.output)["parcels"] == []


def test_an_activity_that_is_not_there_is_told(world: World, tmp_path: Path) -> None:
    for words in (("list", "nope"), ("list", "nope", "--new"), ("export", "nope", "--csv", str(tmp_path / "1.csv"))):
        with pytest.raises(TombolaError, match="there is no activity nope"):
            tombola(*words)
    world.has()
    assert "no parcel is new" in tombola("export", ACTIVITY_ID, "--csv", str(tmp_path / "1.csv")).output
    assert [*tmp_path.glob("*.csv")] == []


def test_what_contradicts_itself_is_no_command(world: World) -> None:
    for words in (
        ("list", ACTIVITY_ID, "--new", "--batch", BATCH),
        ("list", ACTIVITY_ID, "--after", "7"),
        ("export", ACTIVITY_ID),
    ):
        assert tombola(*words).exit_code == 2
