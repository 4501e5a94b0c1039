"""The record of an import is written once by one run, however often the write is sent."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.items import number
from tombola_cli.errors import TombolaError
from tombola_cli.operate.import_record import Finding, ImportRecord, ImportState, Told

STATE = ImportState(
    done=3,
    planned=5,
    wanted="10",
    counts={Finding.IMPORTED: 3, Finding.USED: 2},
    told=(Told(7, Finding.USED, "why"),),
)


def a_record(table: TableLedger, dynamodb: Any = None) -> ImportRecord:
    stack = PlayedStack.of(Clock(), {"dynamodb": dynamodb or table.dynamodb}, table_name=table.table)
    return ImportRecord(stack, "vouchers", "c0ffee")


def test_a_state_is_read_as_it_was_written(table: TableLedger) -> None:
    assert a_record(table).read() == ImportState()
    for state in (STATE, ImportState(version=1, finished_at=NOON, counts={})):
        written = a_record(table).write(state)

        assert a_record(table).read() == written
        assert written.version == state.version + 1


def test_of_two_runs_that_saw_the_same_state_one_ends(table: TableLedger) -> None:
    for version in (0, 1):
        one, other = a_record(table), a_record(table)
        seen = one.read()
        assert seen.version == version
        one.write(seen)

        with pytest.raises(TombolaError, match="another run imports this file into this pool"):
            other.write(seen)


@pytest.mark.parametrize("version", [0, 1])
def test_a_write_whose_answer_was_lost_is_found_to_be_its_own(table: TableLedger, version: int) -> None:
    class Lossy:
        lost = False

        def put_item(self, **given: Any) -> Any:
            answer = table.dynamodb.put_item(**given)
            if not self.lost:
                self.lost = True
                raise ClientError({"Error": {"Code": "InternalServerError", "Message": "lost"}}, "PutItem")
            return answer

    if version:
        a_record(table).write(ImportState())
    record = a_record(table, Lossy())

    assert record.write(ImportState(version=version)).version == version + 1


def test_a_record_that_cannot_be_read_is_named(table: TableLedger) -> None:
    a_record(table).write(STATE)
    (item,) = table.items()
    table.put_item(item | {"planned": number(-1)})

    with pytest.raises(TombolaError, match=r"CODES-IMPORTS vouchers#c0ffee cannot be read: planned cannot be read"):
        a_record(table).read()
