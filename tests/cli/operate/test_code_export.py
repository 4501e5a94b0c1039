"""The codes that were handed over go to a file that only its owner may read, whole or not at all."""

import csv
import stat
from pathlib import Path

import pytest

from builders import NOON
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import free_item, used_key
from tombola.aws.items import moment, number, text
from tombola_cli.errors import TombolaError
from tombola_cli.operate.code_export import Exported, export_used

ORDER_ID = 9_223_372_036_854_775_806


def hand_over(table: TableLedger, code: str, user_id: str = "xiaofuge") -> None:
    said = {"user_id": text(user_id), "order_id": number(ORDER_ID), "at": moment(NOON)}
    table.put_item(used_key("vouchers", code) | said)


def export(table: TableLedger, path: Path) -> Exported:
    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)
    return export_used("vouchers", path, stack)


def test_used_codes_are_written_with_their_user_order_and_time_and_free_ones_are_not(
    table: TableLedger, tmp_path: Path
) -> None:
    hand_over(table, 'A,"1', "who, me?")
    hand_over(table, "B#2")
    table.put_item(free_item("vouchers", "FREE", None))
    table.put_item(used_key("another", "OTHER"))
    path = tmp_path / "used.csv"

    assert export(table, path) == Exported(written=2, unreadable=0)

    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["code", "user_id", "order_id", "at"]
    assert sorted(rows) == [
        ['A,"1', "who, me?", str(ORDER_ID), "2026-11-23T12:00:00.000+00:00"],
        ["B#2", "xiaofuge", str(ORDER_ID), "2026-11-23T12:00:00.000+00:00"],
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_spreadsheet_computes_what_a_user_is_called(table: TableLedger, tmp_path: Path) -> None:
    hand_over(table, "-A", "=1+1")

    export(table, tmp_path / "used.csv")

    with (tmp_path / "used.csv").open(newline="") as file:
        assert [row[:2] for row in csv.reader(file)][1:] == [["-A", "'=1+1"]]


def test_an_item_that_cannot_be_read_is_counted_and_hides_no_other(table: TableLedger, tmp_path: Path) -> None:
    hand_over(table, "A")
    table.put_item(used_key("vouchers", "SECRET"))

    done = export(table, tmp_path / "used.csv")

    assert done == Exported(written=1, unreadable=1)
    assert "SECRET" not in repr(done)


def test_codes_do_not_go_to_standard_output(table: TableLedger, capfd: pytest.CaptureFixture[str]) -> None:
    hand_over(table, "SECRET")

    with pytest.raises(TombolaError, match="codes are secrets, and go to a file"):
        export(table, Path("-"))
    assert "SECRET" not in "".join(capfd.readouterr())
