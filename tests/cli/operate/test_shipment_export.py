"""Each new parcel leaves with one batch and stands in its file, whatever ends the export or goes on beside it."""

import csv
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from addresses import FIELDS, an_address
from builders import NOON
from conflicts import Clock, Conflicting, Held
from parcels import a_shipment, a_stack, an_order_of_a_parcel, grant, new_and_out
from tables import TableLedger
from tombola.aws.items import order_key
from tombola.aws.shipment_items import batch_key, item_of, key_of
from tombola.rules.order import GrantState
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.shipment_export import Exported, Left, export_again, export_shipments

CALLS = 11  # of an export of three parcels

Rows = list[dict[str, str]]


def export(table: TableLedger, path: Path, dynamodb: Any = None, chance: str = "c0fe") -> Exported:
    return export_shipments("100001", path, a_stack(table, dynamodb), chance=lambda _: chance)


def read(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def before(table: TableLedger, act: Callable[[str, Sequence[Any]], None]) -> Any:
    """Return the table's client, before each of whose calls act is done; nothing conflicts."""
    clock = Clock()

    def came(operation: str, places: Sequence[Any]) -> None:
        clock.ms += 1_000
        act(operation, places)

    return Conflicting(table.dynamodb, Held(0.0, clock.now), before=came)


def test_each_new_parcel_leaves_and_stands_in_the_file_with_its_order_and_address(
    table: TableLedger, tmp_path: Path
) -> None:
    grant(table, 7)
    grant(table, 2**63 - 1, user_id="ann")
    path = tmp_path / "parcels.csv"

    done = export(table, path)

    assert done.batch is not None
    assert (done.continued, done.written, done.left) == (False, 2, [])
    new, out = new_and_out(table, done.batch.name)
    assert new == []
    assert [(each.order_id, each.address.address) for each in out] == [
        (7, "7 Main Street"),
        (2**63 - 1, f"{2**63 - 1} Main Street"),
    ]
    [first, second] = read(path)
    assert first | {"exported_at": ""} == {
        "batch": done.batch.name,
        "order_id": "7",
        "user_id": "xiaofuge",
        "award_id": "3",
        "award_name": "ipad",
        **FIELDS,
        "address": "7 Main Street",
        "phone": f"'{FIELDS['phone']}",  # or a spreadsheet would compute it
        **dict.fromkeys(("carrier", "tracking", "exported_at"), ""),
        "granted_at": "2026-11-23T12:00:00.000+00:00",
    }
    assert second["order_id"] == str(2**63 - 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    order = table.order("xiaofuge", 7)
    assert order is not None
    assert (order.batch, order.grant_state, order.address) == (done.batch.name, GrantState.GRANTED, None)
    [record] = ShipmentBatches(a_stack(table), "100001").all()
    assert isinstance(record, Batch)
    assert record.finished_at is not None


def test_a_second_export_takes_only_what_was_granted_since(table: TableLedger, tmp_path: Path) -> None:
    grant(table, 7)
    export(table, tmp_path / "1.csv", chance="1")
    grant(table, 8)

    export(table, tmp_path / "2.csv", chance="2")

    assert [row["order_id"] for row in read(tmp_path / "1.csv")] == ["7"]
    assert [row["order_id"] for row in read(tmp_path / "2.csv")] == ["8"]
    assert read(tmp_path / "1.csv")[0]["batch"] != read(tmp_path / "2.csv")[0]["batch"]


def test_without_a_new_parcel_there_is_no_batch_and_no_file(table: TableLedger, tmp_path: Path) -> None:
    assert export(table, tmp_path / "parcels.csv") == Exported()
    assert [*tmp_path.iterdir()] == []
    assert table.items() == []


def test_nothing_is_moved_where_no_file_can_be_written(table: TableLedger, tmp_path: Path) -> None:
    grant(table)
    (tmp_path / "parcels.csv").write_text("mine")

    with pytest.raises(TombolaError, match="is there already"):
        export(table, tmp_path / "parcels.csv")
    with pytest.raises(TombolaError, match="addresses are personal data, and go to a file"):
        export(table, Path("-"))
    assert len(table.items()) == 2


def test_the_address_is_the_one_of_the_moment_at_which_the_parcel_is_moved(table: TableLedger, tmp_path: Path) -> None:
    order = grant(table)
    changes = iter(["8 New Street", "9 New Street"])

    def change(operation: str, _: Sequence[Any]) -> None:
        if operation == "TransactWriteItems" and table_has_gates(table):
            for street in changes:
                assert table.change_shipment(order, an_address(address=street))
                return

    done = export(table, tmp_path / "parcels.csv", before(table, change))

    assert (done.written, done.left) == (1, [])
    assert [row["address"] for row in read(tmp_path / "parcels.csv")] == ["9 New Street"]
    assert not table.change_shipment(order, an_address(address="too late"))


def table_has_gates(table: TableLedger) -> bool:
    return any(item["sk"]["S"].startswith("GATE#") for item in table.items())


def test_an_address_that_never_stops_changing_ends_the_run_and_the_next_one_goes_on(
    table: TableLedger, tmp_path: Path
) -> None:
    order = grant(table)

    def change(operation: str, _: Sequence[Any]) -> None:
        if operation == "TransactWriteItems" and table_has_gates(table):
            assert table.change_shipment(order, an_address())

    with pytest.raises(BusyError, match="order 7: its address changed at each of 20 tries"):
        export(table, tmp_path / "parcels.csv", before(table, change))
    assert [*tmp_path.iterdir()] == []

    done = export(table, tmp_path / "parcels.csv")
    assert (done.continued, done.written) == (True, 1)


class Killed(BaseException):
    """The end of a process."""


@pytest.mark.parametrize("calls", range(CALLS))
def test_after_an_end_at_any_call_the_same_command_goes_on_with_the_same_batch(
    table: TableLedger, tmp_path: Path, calls: int
) -> None:
    for number in range(3):
        grant(table, number)
    left = iter(range(calls))

    def die(*_: Any) -> None:
        if next(left, None) is None:
            raise Killed

    with pytest.raises(Killed):
        export(table, tmp_path / "1.csv", before(table, die), chance="1")
    began = ShipmentBatches(a_stack(table), "100001").open_one()
    grant(table, 3)

    done = export(table, tmp_path / "2.csv", chance="2")
    export(table, tmp_path / "3.csv", chance="3")

    assert done.batch is not None
    assert (done.continued, done.batch) == ((False, done.batch) if began is None else (True, began))
    files = [read(path) for path in (tmp_path / "2.csv", tmp_path / "3.csv") if path.exists()]
    assert sorted(row["order_id"] for file in files for row in file) == ["0", "1", "2", "3"]
    assert all(len({row["batch"] for row in file}) == 1 for file in files)
    assert not table_has_gates(table)


def test_an_export_ends_after_so_many_calls(table: TableLedger, tmp_path: Path) -> None:
    for number in range(3):
        grant(table, number)
    calls: list[str] = []

    export(table, tmp_path / "1.csv", before(table, lambda operation, _: calls.append(operation)))

    assert len(calls) == CALLS


def test_two_exports_at_once_share_the_batch_and_write_the_same_file(table: TableLedger, tmp_path: Path) -> None:
    for number in range(5):
        grant(table, number)
    other: list[Exported] = []

    def meanwhile(operation: str, _: Sequence[Any]) -> None:
        if operation == "TransactWriteItems" and table_has_gates(table) and not other:
            other.append(Exported())
            other.append(export(table, tmp_path / "other.csv"))
            grant(table, 99)  # which must not enter a batch whose file is written

    done = export(table, tmp_path / "one.csv", before(table, meanwhile))

    assert done.batch == other[1].batch or (done.batch and other[1].batch and done.batch.name == other[1].batch.name)
    assert other[1].continued
    assert read(tmp_path / "one.csv") == read(tmp_path / "other.csv")
    assert len(read(tmp_path / "one.csv")) == 5
    assert done.batch is not None
    assert [each.order_id for each in new_and_out(table, done.batch.name)[0]] == [99]


def test_a_parcel_that_enters_just_before_the_batch_is_closed_stands_in_the_file(
    table: TableLedger, tmp_path: Path
) -> None:
    """Another export moves it, after this one has looked for the last time."""
    grant(table, 1)
    others: list[Exported] = []

    def meanwhile(operation: str, places: Sequence[Any]) -> None:
        closes = operation == "TransactWriteItems" and all(place[-1].startswith("GATE#") for place in places)
        if closes and not others:
            grant(table, 2)
            others.append(Exported())
            others.append(export(table, tmp_path / "other.csv"))

    export(table, tmp_path / "one.csv", before(table, meanwhile))

    assert others[1].continued
    assert [row["order_id"] for row in read(tmp_path / "one.csv")] == ["1", "2"]
    assert read(tmp_path / "one.csv") == read(tmp_path / "other.csv")


def test_an_export_that_was_listed_before_a_batch_was_closed_puts_nothing_into_it_afterwards(
    table: TableLedger, tmp_path: Path
) -> None:
    """The parcel is granted after the other export has looked for the last time, and before it closes the batch."""
    grant(table, 1)
    order = an_order_of_a_parcel(2)
    table.put(order)
    closed: list[bool] = []

    def meanwhile(operation: str, places: Sequence[Any]) -> None:
        moves = operation == "TransactWriteItems" and len(places) == 4
        if moves and not closed:
            closed.append(True)
            export(table, tmp_path / "other.csv")
            assert table.grant_shipment(order, an_address(), NOON)

    export(table, tmp_path / "one.csv", before(table, meanwhile))

    assert [row["order_id"] for row in read(tmp_path / "one.csv")] == ["1"]
    assert [row["order_id"] for row in read(tmp_path / "other.csv")] == ["1"]


def test_what_contradicts_itself_stays_where_it_is_and_is_told_and_hides_no_other(
    table: TableLedger, tmp_path: Path
) -> None:
    grant(table, 1)
    waits = an_order_of_a_parcel(2)
    table.put(waits)
    for shipment in (a_shipment(2), a_shipment(3, user_id="nobody")):
        table.put_item(item_of(shipment))
    table.put_item({**key_of(a_shipment(4)), "user_id": {"N": "4"}})

    done = export(table, tmp_path / "parcels.csv")

    assert [row["order_id"] for row in read(tmp_path / "parcels.csv")] == ["1"]
    why = "its order says that it is not granted, or that it has left already: the two contradict each other"
    assert sorted(done.left, key=lambda left: left.parcel) == [
        Left("NEW#0000000000000000004", "user_id cannot be read"),
        Left("order 2", why),
        Left("order 3", "its order is not on record"),
    ]


def test_a_parcel_that_is_forgotten_meanwhile_is_missed_by_nobody(table: TableLedger, tmp_path: Path) -> None:
    order = grant(table, 7)
    grant(table, 8)

    def forget(operation: str, _: Sequence[Any]) -> None:
        if operation == "BatchGetItem":
            for key in (order_key(order.user_id, 7), key_of(a_shipment(7))):
                table.dynamodb.delete_item(TableName=table.table, Key=key)

    done = export(table, tmp_path / "parcels.csv", before(table, forget))

    assert (done.written, done.left) == (1, [])


def test_the_file_of_a_batch_is_written_again_as_it_was_and_nothing_is_moved(
    table: TableLedger, tmp_path: Path
) -> None:
    grant(table, 7)
    done = export(table, tmp_path / "1.csv")
    assert done.batch is not None
    grant(table, 8)

    again = export_again("100001", done.batch.name, tmp_path / "2.csv", a_stack(table))

    assert again.written == 1
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert stat.S_IMODE((tmp_path / "2.csv").stat().st_mode) == 0o600


def test_a_batch_that_is_unknown_or_open_is_not_written_again(table: TableLedger, tmp_path: Path) -> None:
    table.put_item(batch_key("100001", "b1") | {"at": {"N": "1"}})

    for name, words in {"b1": "has not ended", "b2": "has no batch b2: tombola shipments list 100001"}.items():
        with pytest.raises(TombolaError, match=words):
            export_again("100001", name, tmp_path / "1.csv", a_stack(table))
    assert [*tmp_path.iterdir()] == []


def test_a_parcel_that_is_out_and_cannot_be_read_is_told(table: TableLedger, tmp_path: Path) -> None:
    grant(table, 7)
    done = export(table, tmp_path / "1.csv")
    assert done.batch is not None
    [item] = [item for item in table.items() if item["sk"]["S"].startswith("OUT#")]
    table.put_item({name: value for name, value in item.items() if name != "address"})

    again = export_again("100001", done.batch.name, tmp_path / "2.csv", a_stack(table))

    assert again.left == [Left(item["sk"]["S"], "it is out, and missing in the file: address is missing")]
    assert read(tmp_path / "2.csv") == []


def test_no_spreadsheet_computes_what_a_user_has_written(table: TableLedger, tmp_path: Path) -> None:
    order = an_order_of_a_parcel(7)
    table.put(order)
    wrote = an_address(name='=HYPERLINK("http://evil.example","you")', phone="+49 30 1", remark="@SUM(1)", email="-1")
    table.grant_shipment(order, wrote, NOON)

    export(table, tmp_path / "parcels.csv")

    [row] = read(tmp_path / "parcels.csv")
    assert row["name"] == '\'=HYPERLINK("http://evil.example","you")'
    assert [row[name] for name in ("phone", "remark", "email")] == ["'+49 30 1", "'@SUM(1)", "'-1"]
