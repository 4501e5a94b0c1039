"""The record of a long run: it is written in turn, and of two runs that saw the same one ends."""

import pytest

from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.items import number, text
from tombola_cli.errors import TombolaError
from tombola_cli.operate.run_record import RunRecord

KEY = {"pk": text("RUN"), "sk": text("RUN")}


def a_record(table: TableLedger) -> RunRecord:
    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)
    return RunRecord(stack, KEY, "another run is here")


def test_each_state_takes_the_place_of_the_one_before(table: TableLedger) -> None:
    record = a_record(table)
    assert record.read() is None

    for version in (1, 2, 3):
        record.put({"done": number(version * 10)}, version)

    found = record.read()
    assert found is not None
    assert (found["done"], found["version"]) == (number(30), number(3))


@pytest.mark.parametrize("version", [1, 2])
def test_whoever_writes_the_same_version_second_is_told_and_changes_nothing(table: TableLedger, version: int) -> None:
    one, other = a_record(table), a_record(table)
    for each in range(1, version + 1):
        one.put({"done": number(each)}, each)

    with pytest.raises(TombolaError, match="another run is here: let it end, or run it again to go on from there"):
        other.put({"done": number(99)}, version)

    found = one.read()
    assert found is not None
    assert found["done"] == number(version)


def test_a_write_that_is_sent_twice_acts_once(table: TableLedger) -> None:
    record = a_record(table)

    record.put({"done": number(1)}, 1)
    record.put({"done": number(1)}, 1)

    found = record.read()
    assert found is not None
    assert found["version"] == number(1)
