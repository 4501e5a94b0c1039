"""A file of addresses is asked for on record, is fetched once, and stays nowhere on this machine."""

import json
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest

from parcels import a_stack, grant
from tables import TableLedger
from tombola_cli.console import downloads
from tombola_cli.console.desk import Desk
from tombola_cli.console.dropped_files import Dropped, Tray
from tombola_cli.console.pages import shipments_page
from tombola_cli.console.pages.shipments_page import marking, written
from tombola_cli.errors import TombolaError
from tombola_cli.operate.shipment_marks import mark_shipments
from tombola_cli.screens.blocks import Facts


@pytest.fixture
def desk(table: TableLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Desk(stack=cast("Any", a_stack(table)), who="olga")


def told(blocks: Any) -> str:
    return "\n".join(str(each.told) for each in blocks if isinstance(each, Facts))


def test_an_export_is_on_record_without_an_address_and_leaves_no_file(
    desk: Desk, table: TableLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grant(table, 7)

    blocks, address = written(desk, "100001", None)

    said = json.loads(capsys.readouterr().err)
    assert (said["who"], said["activity_id"], said["batch"]) == ("olga", "100001", "the next")
    assert list(tmp_path.iterdir()) == []
    assert address is not None
    file, name = downloads.waiting.pop(address.rpartition("/")[2])
    with file:
        assert b"7 Main Street" in file.read()
    assert name.startswith("shipments-100001-2")
    assert f"{name}: 1 parcel of batch" in told(blocks)
    assert "Main Street" not in told(blocks)


def test_where_no_parcel_is_new_there_is_no_file(desk: Desk, tmp_path: Path) -> None:
    blocks, address = written(desk, "100001", None)
    assert (address, list(tmp_path.iterdir())) == (None, [])
    assert "nothing to export" in told(blocks)


def test_a_batch_that_there_is_none_of_is_told(desk: Desk) -> None:
    with pytest.raises(TombolaError, match="no batch b9"):
        written(desk, "100001", "b9")


def test_a_look_at_a_carriers_file_marks_nothing_and_names_the_file_as_the_operator_does(
    desk: Desk,
) -> None:
    tray = Tray()
    act = marking(desk, "100001", tray, dropped(tray, "7"))
    assert "-carrier.csv:2: no parcel of order 7" in "\n".join(str(each.told) for each in act.plan())
    assert act.command("") == "tombola shipments mark -- 100001 -carrier.csv"


def test_a_file_that_is_dropped_while_another_is_marked_takes_the_place_of_none_that_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tray, read = Tray(), []
    first = dropped(tray, "7")
    another: list[Dropped] = []

    def mark(activity: str, path: Path, stack: Any, *, dry_run: bool) -> Any:
        another.append(dropped(tray, "8"))
        read.append(path.read_text())
        return mark_shipments(activity, path, stack, dry_run=dry_run)

    monkeypatch.setattr(shipments_page, "mark_shipments", mark)
    told = marking(desk, "100001", tray, first).run("")

    assert read == [a_carriers_file("7")]
    assert "no parcel of order 7" in "\n".join(str(each.told) for each in told)
    assert not first.path.parent.exists()
    assert tray.dropped is another[0]
    assert another[0].path.exists()


def a_carriers_file(order_id: str) -> str:
    return f"batch,order_id,carrier,tracking\nb1,{order_id},DHL,T-1\n"


def dropped(tray: Tray, order_id: str) -> Dropped:
    tray.dropped = tray.empty("-carrier.csv")
    tray.dropped.path.write_text(a_carriers_file(order_id))
    return tray.dropped
