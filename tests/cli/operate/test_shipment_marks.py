"""Carrier and tracking of a parcel go onto it and its order, both or neither; a bad line stops no other."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conflicts import Clock, Conflicting, Held
from parcels import a_stack, grant, new_and_out
from tables import TableLedger
from tombola.aws.items import order_key
from tombola_cli.errors import TombolaError
from tombola_cli.files.parcel_file import COLUMNS, BadLine
from tombola_cli.operate import shipment_marks
from tombola_cli.operate.shipment_export import export_shipments
from tombola_cli.operate.shipment_marks import Marked, mark_shipments

BATCH_MISSING = (
    "no parcel of order {} left with the batch it names: its user is forgotten, or a spreadsheet has rounded its number"
)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipment_marks, "WORKERS", 1)


def exported(table: TableLedger, folder: Path, *order_ids: int) -> str:
    """Return the batch with which these parcels left."""
    for order_id in order_ids:
        grant(table, order_id)
    done = export_shipments("100001", folder / "parcels.csv", a_stack(table))
    assert done.batch is not None
    return done.batch.name


def mark(table: TableLedger, folder: Path, *rows: str, dynamodb: Any = None, dry_run: bool = False) -> Marked:
    path = folder / "marked.csv"
    path.write_text("\n".join(["batch,order_id,carrier,tracking", *rows]), encoding="utf-8")
    return mark_shipments("100001", path, a_stack(table, dynamodb), dry_run=dry_run)


def on_record(table: TableLedger, batch: str) -> list[tuple[Any, ...]]:
    """Return order, carrier and tracking of each parcel, which its order repeats."""
    found = []
    for each in new_and_out(table, batch)[1]:
        order = table.order(each.user_id, each.order_id)
        assert order is not None
        assert (each.carrier, each.tracking, each.shipped_at) == (order.carrier, order.tracking, order.shipped_at)
        found.append((each.order_id, each.carrier, each.tracking))
    return found


def test_each_line_marks_the_parcel_and_its_order_and_marking_again_changes_nothing(
    table: TableLedger, tmp_path: Path
) -> None:
    batch = exported(table, tmp_path, 7, 8, 9)
    rows = [f"{batch},7,DHL,JD7", f"{batch},8,UPS,1Z8", f"{batch},9,,"]

    assert mark(table, tmp_path, *rows) == Marked(shipped=2, blank=1)
    items = table.items()
    assert mark(table, tmp_path, *rows) == Marked(unchanged=2, blank=1)

    assert on_record(table, batch) == [(7, "DHL", "JD7"), (8, "UPS", "1Z8"), (9, None, None)]
    assert table.items() == items


def test_the_exported_file_with_two_columns_filled_in_is_accepted(table: TableLedger, tmp_path: Path) -> None:
    batch = exported(table, tmp_path, 7)
    text = (tmp_path / "parcels.csv").read_text("utf-8")
    (tmp_path / "filled.csv").write_text(text.replace(",,\n", ",DHL,JD7\n"), "utf-8")

    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert mark_shipments("100001", tmp_path / "filled.csv", a_stack(table)) == Marked(shipped=1)
    assert on_record(table, batch) == [(7, "DHL", "JD7")]


def test_a_mistake_is_mended_by_another_line(table: TableLedger, tmp_path: Path) -> None:
    batch = exported(table, tmp_path, 7)
    mark(table, tmp_path, f"{batch},7,DHL,JD7")

    assert mark(table, tmp_path, f"{batch},7,DHL,JD8") == Marked(shipped=1)
    assert on_record(table, batch) == [(7, "DHL", "JD8")]


def test_bad_lines_are_told_by_number_and_reason_and_the_others_are_done(table: TableLedger, tmp_path: Path) -> None:
    batch = exported(table, tmp_path, 7, 8, 9, 10)
    grant(table, 11)
    [item] = [item for item in table.items() if item["sk"]["S"] == f"OUT#{batch}#{9:019d}"]
    table.put_item({name: value for name, value in item.items() if name != "address"})
    table.dynamodb.delete_item(TableName=table.table, Key=order_key("xiaofuge", 10))

    done = mark(
        table,
        tmp_path,
        f"{batch},1,DHL,JD1",  # line 2
        "b0,7,DHL,JD7",
        f"{batch},8,DHL,JD8",
        f"{batch},8,DHL,JD0",
        f"{batch},9,DHL,JD9",
        f"{batch},10,DHL,JD10",
        f"{batch},11,DHL,JD11",
        f"{batch},seven,DHL,JD7",
    )

    assert (done.shipped, done.bad) == (1, 7)
    assert {each.number: each.because for each in done.told} == {
        2: BATCH_MISSING.format(1),
        3: BATCH_MISSING.format(7),
        5: "its order stands on line 4 already",
        6: "its parcel cannot be read: address is missing",
        7: "its order does not say that it left with this batch: the two contradict each other",
        8: BATCH_MISSING.format(11),
        9: "order_id is no order's number: a spreadsheet has rounded it unless its column is text",
    }
    order = table.order("xiaofuge", 8)
    assert order is not None
    assert order.tracking == "JD8"


def test_parcel_and_order_are_marked_both_or_neither(table: TableLedger, tmp_path: Path) -> None:
    batch = exported(table, tmp_path, 7)

    def forget(operation: str, _: object) -> None:
        if operation == "TransactWriteItems":
            table.dynamodb.delete_item(TableName=table.table, Key=order_key("xiaofuge", 7))

    client = Conflicting(table.dynamodb, Held(0.0, Clock().now), before=forget)
    done = mark(table, tmp_path, f"{batch},7,DHL,JD7", dynamodb=client)

    assert done.told == [BadLine(2, "its parcel or its order changed meanwhile: mark the file again")]
    assert new_and_out(table, batch)[1][0].carrier is None


def test_a_dry_run_tells_the_same_and_writes_nothing(table: TableLedger, tmp_path: Path) -> None:
    batch = exported(table, tmp_path, 7, 8)
    rows = [f"{batch},7,DHL,JD7", f"{batch},9,DHL,JD9"]
    items = table.items()

    looked = mark(table, tmp_path, *rows, dry_run=True)

    assert table.items() == items
    assert looked == mark(table, tmp_path, *rows)


def test_only_the_first_bad_lines_are_told_and_all_are_counted(table: TableLedger, tmp_path: Path) -> None:
    done = mark(table, tmp_path, *(f"b0,{number},DHL,JD" for number in range(150)))

    assert (done.bad, len(done.told), done.told[-1].number) == (150, 20, 21)


class Failing:
    """A table that refuses every write."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def transact_write_items(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "TransactWriteItems")


def test_a_run_gives_up_where_aws_fails_with_line_after_line(
    table: TableLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipment_marks, "IN_VAIN_MAX", 3)
    batch = exported(table, tmp_path, *range(3))
    rows = [f"{batch},{number},DHL,JD{number}" for number in range(3)]

    with pytest.raises(TombolaError, match=r"0 parcels marked, then 3 failed: AWS failed: .*AccessDenied"):
        mark(table, tmp_path, *rows, dynamodb=Failing(table.dynamodb))
    done = mark(table, tmp_path, *rows[:2], dynamodb=Failing(table.dynamodb))
    assert (done.bad, done.told[0].number) == (2, 2)
