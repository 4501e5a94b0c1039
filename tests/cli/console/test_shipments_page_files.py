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
from tombola_cli.console.pages.shipments_page import marking, written
from tombola_cli.errors import TombolaError
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
    desk: Desk, table: TableLedger, tmp_path: Path
) -> None:
    path = tmp_path / "dropped"
    path.write_text("batch,order_id,carrier,tracking\nb1,7,DHL,T-1\n")
    act = marking(desk, "100001", path, "-carrier.csv")
    assert "-carrier.csv:2: no parcel of order 7" in "\n".join(str(each.told) for each in act.plan())
    assert act.command("") == "tombola shipments mark -- 100001 -carrier.csv"
