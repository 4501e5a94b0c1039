"""A batch's file is accepted again with the carriers filled in; a bad line is told by its number and never repeated."""

import csv
from pathlib import Path

import pytest

from addresses import an_address
from builders import NOON
from parcels import a_shipment_out
from tombola_cli.errors import TombolaError
from tombola_cli.files import parcel_file
from tombola_cli.files.parcel_file import COLUMNS, PLACES, BadLine, BlankLine, Line, TrackingLine, read_tracking, row_of

HEADER = "batch,order_id,carrier,tracking\n"
STREET = "东长安街 1 号"


def lines_of(folder: Path, text: str | bytes) -> list[Line]:
    path = folder / "parcels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [*read_tracking(path)]


def test_a_parcel_is_a_row_with_a_cell_for_each_column_and_every_field_of_its_address() -> None:
    shipment = a_shipment_out(
        7, carrier="DHL", tracking="JD1", shipped_at=NOON, address=an_address(remark="ring\ntwice", email=None)
    )

    row = dict(zip(COLUMNS, row_of(shipment), strict=True))

    assert {field.strip("_") for field in type(shipment.address).__slots__} == set(PLACES)
    assert (row["batch"], row["order_id"], row["carrier"], row["tracking"]) == ("b1", "7", "DHL", "JD1")
    assert (row["address"], row["remark"], row["email"]) == (STREET, "ring\ntwice", "")
    assert row["exported_at"] == "2026-11-23T12:00:01.000+00:00"


def test_the_exported_file_is_read_with_the_lines_on_which_its_rows_begin(tmp_path: Path) -> None:
    remark = an_address(remark="ring\ntwice")
    shipments = [
        a_shipment_out(7, address=remark),
        a_shipment_out(8, address=remark, carrier="DHL", tracking="JD1", shipped_at=NOON),
    ]
    with (tmp_path / "parcels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *map(row_of, shipments)])

    assert [*read_tracking(tmp_path / "parcels.csv")] == [BlankLine(2), TrackingLine(4, "b1", 8, "DHL", "JD1")]


def test_columns_may_stand_in_any_order_among_others_and_a_mark_and_blanks_do_no_harm(tmp_path: Path) -> None:
    text = "\ufefftracking,mine,order_id,carrier,batch\r\n JD1 ,x,7,DHL,b1\r\n\r\nJD2,x,8,UPS,b1\r\n"

    assert lines_of(tmp_path, text) == [TrackingLine(2, "b1", 7, "DHL", "JD1"), TrackingLine(4, "b1", 8, "UPS", "JD2")]


BAD = {
    f"b1,{STREET},DHL,JD1": "order_id is no order's number: a spreadsheet has rounded it unless its column is text",
    "b1,9.22337E+18,DHL,JD1": "order_id is no order's number: a spreadsheet has rounded it unless its column is text",
    f"b1,{2**63},DHL,JD1": "order_id is no order's number: a spreadsheet has rounded it unless its column is text",
    ",7,DHL,JD1": "batch is no batch's name",
    f"{'b' * 101},7,DHL,JD1": "batch is no batch's name",
    "b1,7,DHL,": "tracking is empty, and the other of the two is not",
    "b1,7,,JD1": "carrier is empty, and the other of the two is not",
    f"b1,7,DHL,{'J' * 101}": "tracking must be up to 100 characters that can be printed",
    'b1,7,"DH\nL",JD1': "carrier must be up to 100 characters that can be printed",
    "b1,7,=DHL(),JD1": "carrier begins as a formula does: with =, +, - or @",
    "b1,7,DHL": "it has fewer cells than the first line has columns",
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_told_by_its_number_without_what_it_holds(tmp_path: Path, line: str) -> None:
    assert lines_of(tmp_path, f"{HEADER}b1,1,DHL,JD0\n{line}\nb1,9,DHL,JD9\n") == [
        TrackingLine(2, "b1", 1, "DHL", "JD0"),
        BadLine(3, BAD[line]),
        TrackingLine(5 if "\n" in line else 4, "b1", 9, "DHL", "JD9"),
    ]
    assert STREET not in BAD[line]


REFUSED = {
    b"": ":1: the columns batch, order_id, carrier, tracking must be there once each",
    b"batch;order_id;carrier;tracking\n": ":1: its fields are separated by ;: save it with commas",
    b"batch,order_id,carrier,carrier\n": "missing or doubled: carrier, tracking",
    HEADER.encode() + b"b1,7,D\xfcL,JD1\n": "is not UTF-8",
    HEADER.encode() + b'b1,7,DHL,JD1\nb1,8,"DHL,JD1\n': ":3: the CSV ends here",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_file_that_is_no_such_csv_is_refused_with_the_place(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(TombolaError) as told:
        lines_of(tmp_path, text)
    assert REFUSED[text] in str(told.value)


def test_a_file_that_is_not_there_or_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TombolaError, match=r"nowhere\.csv cannot be read: No such file"):
        [*read_tracking(tmp_path / "nowhere.csv")]
    monkeypatch.setattr(parcel_file, "LINES_MAX", 2)
    with pytest.raises(TombolaError, match="more than 2 lines: split it"):
        lines_of(tmp_path, HEADER + "b1,1,,\nb1,2,,\n")


def test_no_repr_shows_a_tracking_number() -> None:
    assert "JD1" not in repr(TrackingLine(2, "b1", 7, "DHL", "JD1"))
