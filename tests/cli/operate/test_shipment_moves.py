"""A parcel enters its batch, leaves the new ones and is told on its order in one transaction, or nothing happens."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from addresses import an_address
from builders import NOON, SECOND
from parcels import a_shipment, a_shipment_out, a_stack, grant, new_and_out
from tables import TableLedger
from tombola.aws.shipment_items import item_of, key_of
from tombola.rules.order import Order
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.shipment_moves import ClosedError, ShipmentMoves

BATCH = Batch(activity_id="100001", name="b1", at=NOON)
CONTRADICTION = "its order says that it is not granted, or that it has left already: the two contradict each other"


def begun(table: TableLedger, dynamodb: Any = None) -> ShipmentMoves:
    ShipmentBatches(a_stack(table), "100001").begin(BATCH)
    return ShipmentMoves(a_stack(table, dynamodb), BATCH)


def parcel_of(table: TableLedger, order: Order) -> Any:
    [parcel] = [each for each in new_and_out(table, "b1")[0] if each.order_id == order.order_id]
    return parcel


def test_all_three_are_moved_together(table: TableLedger) -> None:
    order = grant(table)

    assert begun(table).move(parcel_of(table, order), order, 0, NOON + SECOND) is None

    new, [out] = new_and_out(table, "b1")
    after = table.order(order.user_id, order.order_id)
    assert (new, out.batch, out.exported_at) == ([], "b1", NOON + SECOND)
    assert after is not None
    assert after.batch == "b1"


@pytest.mark.parametrize("what", ["the gate is closed", "the order waits", "it has left before", "it is out already"])
def test_where_one_of_them_cannot_be_moved_none_is(table: TableLedger, what: str) -> None:
    order = grant(table)
    moves, parcel = begun(table), parcel_of(table, order)
    match what:
        case "the gate is closed":
            ShipmentBatches(a_stack(table), "100001").close(BATCH)
        case "the order waits":
            table.put(order)
        case "it has left before":
            table.put(order_that_left(table, order))
        case "it is out already":
            table.put_item(item_of(a_shipment_out(7)))
    before = table.items()

    if what == "the gate is closed":
        with pytest.raises(ClosedError):
            moves.move(parcel, order, 0, NOON)
    else:
        assert moves.move(parcel, order, 0, NOON) == CONTRADICTION
    assert table.items() == before


def order_that_left(table: TableLedger, order: Order) -> Order:
    from dataclasses import replace  # noqa: PLC0415

    found = table.order(order.user_id, order.order_id)
    assert found is not None
    return replace(found, batch="b0")


def test_the_address_is_the_one_that_stands_there_when_it_is_moved(table: TableLedger) -> None:
    order = grant(table)
    moves, seen = begun(table), parcel_of(table, order)
    assert table.change_shipment(order, an_address(address="8 New Street"))

    assert moves.move(seen, order, 0, NOON) is None

    assert new_and_out(table, "b1")[1][0].address.address == "8 New Street"


def test_one_that_is_gone_is_somebody_else_s_and_no_fault(table: TableLedger) -> None:
    order = grant(table)
    moves, seen = begun(table), parcel_of(table, order)
    assert moves.is_new(seen)
    assert moves.move(seen, order, 0, NOON) is None

    assert moves.move(seen, order, 1, NOON) is None
    assert not moves.is_new(seen)
    assert len(new_and_out(table, "b1")[1]) == 1


def test_an_order_that_was_read_after_it_left_lets_nothing_leave_again(table: TableLedger) -> None:
    """Its parcel was listed as new before; one that is new again by some damage stays, and is told."""
    order = grant(table)
    moves, seen = begun(table), parcel_of(table, order)
    left = order_that_left(table, order)
    table.put(left)

    assert moves.move(seen, left, 0, NOON) == CONTRADICTION
    assert [len(each) for each in new_and_out(table, "b1")] == [1, 0]


def test_one_that_cannot_be_read_any_more_is_told(table: TableLedger) -> None:
    order = grant(table)
    moves, seen = begun(table), parcel_of(table, order)
    table.put_item({**key_of(a_shipment(7)), "addresses": {"N": "9"}})

    assert moves.move(seen, order, 0, NOON) == "its parcel cannot be read: user_id is missing"


def test_a_move_whose_answer_was_lost_is_not_made_twice(table: TableLedger) -> None:
    order = grant(table)

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

    assert begun(table, Lossy()).move(parcel_of(table, order), order, 0, NOON) is None
    assert len(new_and_out(table, "b1")[1]) == 1
