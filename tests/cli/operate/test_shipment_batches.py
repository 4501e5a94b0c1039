"""One batch at a time takes parcels in, through its gates; once they are closed nothing enters it any more."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON, SECOND
from conflicts import Clock, Conflicting, Held
from parcels import a_stack
from tables import TableLedger
from tombola.aws.shipment_items import batch_key
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate.shipment_batches import GATES, Batch, ShipmentBatches, batch_name

ONE = Batch(activity_id="100001", name="b1", at=NOON)
OTHER = Batch(activity_id="100001", name="b2", at=NOON + SECOND)


def batches_of(table: TableLedger, dynamodb: Any = None) -> ShipmentBatches:
    return ShipmentBatches(a_stack(table, dynamodb), "100001")


def enters(table: TableLedger, batch: Batch, gate: int) -> bool:
    """Return whether a transaction that enters batch through gate is made."""
    try:
        table.dynamodb.transact_write_items(TransactItems=[batches_of(table).check_of(gate, batch)])  # type: ignore[list-item]
    except ClientError:
        return False
    return True


def test_names_sort_by_time_and_two_of_one_second_differ() -> None:
    names = [batch_name(NOON + timedelta(seconds=number), "ffff") for number in (0, 1, 60, 86_400)]

    assert names == sorted(names)
    assert names[0] == "20261123T120000Z-ffff"
    assert batch_name(NOON, "0001") != batch_name(NOON, "0002")


def test_a_batch_is_on_record_before_anything_enters_it_and_until_its_file_is_written(table: TableLedger) -> None:
    batches = batches_of(table)
    assert batches.open_one() is None

    assert batches.begin(ONE)
    assert batches.open_one() == ONE
    assert batches.takes_in(ONE)
    assert all(enters(table, ONE, gate) for gate in range(GATES))

    batches.close(ONE)
    assert batches.open_one() == ONE
    assert not batches.takes_in(ONE)
    assert not any(enters(table, ONE, gate) for gate in range(GATES))

    batches.finish(ONE, NOON + SECOND)
    assert batches.open_one() is None
    batches.finish(ONE, NOON + 2 * SECOND)
    [found] = batches.all()
    assert isinstance(found, Batch)
    assert found.finished_at == NOON + SECOND


def test_no_second_batch_begins_while_one_takes_parcels_in(table: TableLedger) -> None:
    batches = batches_of(table)
    assert batches.begin(ONE)

    assert not batches.begin(OTHER)
    assert not batches.takes_in(OTHER)
    assert not enters(table, OTHER, 0)
    batches.close(OTHER)  # whose gates these are not
    assert batches.takes_in(ONE)

    batches.close(ONE)
    assert batches.begin(OTHER)
    batches.close(ONE)  # as another run may, which is late
    assert batches.takes_in(OTHER)
    assert batches.open_one() == ONE  # the oldest whose file is not written


def test_the_batches_of_one_activity_are_not_another_s(table: TableLedger) -> None:
    assert batches_of(table).begin(ONE)

    other = ShipmentBatches(a_stack(table), "100002")
    assert other.all() == []
    assert other.begin(Batch(activity_id="100002", name="b1", at=NOON))


def test_a_record_that_cannot_be_read_is_told_and_no_batch_begins_beside_it(table: TableLedger) -> None:
    table.put_item(batch_key("100001", "b1"))

    [found] = batches_of(table).all()
    assert isinstance(found, Unreadable)
    with pytest.raises(TombolaError, match="BATCH#b1 cannot be read: at is missing"):
        batches_of(table).open_one()


def test_what_is_not_on_record_is_not_finished(table: TableLedger) -> None:
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        batches_of(table).finish(ONE, NOON)


def test_a_begin_whose_answer_was_lost_is_found_as_the_open_batch(table: TableLedger) -> None:
    class Lossy:
        lost = False

        def __getattr__(self, name: str) -> Any:
            return getattr(table.dynamodb, name)

        def transact_write_items(self, **given: Any) -> Any:
            answer = table.dynamodb.transact_write_items(**given)
            if not self.lost:
                self.lost = True
                raise ClientError({"Error": {"Code": "InternalServerError", "Message": "lost"}}, "TransactWriteItems")
            return answer

    batches = batches_of(table, Lossy())

    assert not batches.begin(ONE)
    assert batches.open_one() == ONE


def test_its_writes_get_past_conflicts(table: TableLedger) -> None:
    clock = Clock()

    def before(*_: object) -> None:
        clock.ms += 2.0

    client: Any = Conflicting(table.dynamodb, Held(8.0, clock.now, others_every_ms=25.0), before=before)
    stack = a_stack(table, client)
    object.__setattr__(stack, "clock", clock)
    batches = ShipmentBatches(stack, "100001")

    assert batches.begin(ONE)
    batches.close(ONE)
    batches.finish(ONE, NOON)

    assert not batches_of(table).takes_in(ONE)
    assert client.held.refused.total() > 0
