"""A transaction of parcels is made whole or not at all, and what it says holds nothing of what it writes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from conflicts import Clock, Conflicting, Held
from tables import TableLedger
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError
from tombola_cli.operate.shipment_transaction import transact

STREET = "东长安街 1 号"


def a_put(table: TableLedger, sk: str, condition: str = "attribute_not_exists(pk)") -> Any:
    item = {"pk": {"S": "SHIPMENTS#1"}, "sk": {"S": sk}, "address": {"S": STREET}}
    return {"Put": {"TableName": table.table, "Item": item, "ConditionExpression": condition}}


def patience() -> Any:
    return Clock().deadline_in(1.0)


def test_writes_are_made_together_or_refused_by_their_roles(table: TableLedger) -> None:
    assert transact(table.dynamodb, {"one": a_put(table, "1"), "two": a_put(table, "2")}, patience) == {}

    refused = transact(table.dynamodb, {"new": a_put(table, "3"), "one": a_put(table, "1")}, patience)

    assert refused.keys() == {"one"}
    assert [item["sk"]["S"] for item in table.items()] == ["1", "2"]


@pytest.mark.parametrize(("others_ms", "passes"), [(25.0, True), (8.0, False)])
def test_it_gets_past_conflicts_and_is_busy_where_they_do_not_end(
    table: TableLedger, others_ms: float, passes: bool
) -> None:
    clock = Clock()
    client: Any = Conflicting(table.dynamodb, Held(8.0, clock.now, others_every_ms=others_ms))

    if passes:
        assert transact(client, {"one": a_put(table, "1")}, lambda: clock.deadline_in(1.0)) == {}
        assert client.held.refused.total() > 0
        return
    with pytest.raises(BusyError, match="a parcel or its batch was not written: TransactionConflict") as told:
        transact(client, {"one": a_put(table, "1")}, lambda: clock.deadline_in(1.0))
    assert STREET not in str(told.value)


def test_a_request_that_is_none_is_told_without_what_it_holds(table: TableLedger) -> None:
    with pytest.raises(TombolaError, match="the table takes a parcel for no valid item: ValidationException") as told:
        transact(table.dynamodb, {"one": a_put(table, "1", condition="attribute_exists(batch)")}, patience)
    assert told.value.__suppress_context__


def test_every_other_error_is_told_as_it_is(table: TableLedger) -> None:
    class Forbidden:
        def transact_write_items(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "TransactWriteItems")

    with pytest.raises(ClientError, match="AccessDenied"):
        transact(Forbidden(), {"one": a_put(table, "1")}, patience)  # type: ignore[arg-type]
