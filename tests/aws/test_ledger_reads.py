"""The ledger's reads and marks where DynamoDB does not answer as it should."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
)
from botocore.stub import Stubber

from addresses import an_address
from builders import NOON, an_order
from emulated_aws import emulated_aws
from parcels import grant, new_and_out
from stubbed import a_batch, a_client
from tables import TableLedger
from tombola.aws.activity_items import stock_item
from tombola.aws.items import order_item, order_key
from tombola.aws.ledger import PAGES_MAX, DynamoLedger
from tombola.rules.problem import BusyError


def pages_of_orders(stub: Stubber, *pages: list[Any], more: bool) -> None:
    for place, items in enumerate(pages):
        last = place == len(pages) - 1 and not more
        stub.add_response(
            "query", {"Items": items, **({} if last else {"LastEvaluatedKey": order_key("xiaofuge", place)})}
        )


def test_a_users_orders_are_read_page_by_page_even_past_an_empty_one() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        pages_of_orders(stub, [order_item(an_order(1))], [], [order_item(an_order(2))], more=False)

        assert DynamoLedger(dynamodb, "table").orders_of("xiaofuge") == [an_order(1), an_order(2)]


def test_more_orders_than_can_be_read_are_busy_and_not_fewer() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        pages_of_orders(stub, *[[order_item(an_order(1))]] * PAGES_MAX, more=True)

        with pytest.raises(BusyError):
            DynamoLedger(dynamodb, "table").orders_of("xiaofuge")


def test_a_shard_that_is_not_there_or_cannot_be_read_is_empty_and_told() -> None:
    dynamodb, told = a_client("dynamodb"), list[tuple[str, list[str]]]()
    damaged = {**stock_item("100001", "3", 2, 5), "left": {"N": "1.5"}}
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([stock_item("100001", "3", 0, 5), damaged], []))
        ledger = DynamoLedger(dynamodb, "table", tell_missing=lambda *what: told.append(what))

        assert ledger.stock_left("100001", {"3": 3}) == {"3": (5, 0, 0)}
    assert told == [("100001", ["3/1", "3/2"])]


CANCELLED: dict[str, tuple[list[str], type[Exception]]] = {
    "a draw of the user is under way": (["TransactionConflict", "TransactionConflict"], BusyError),
    "his order is being marked": (["TransactionConflict", "None"], BusyError),
    "the table is throttled": (["None", "ThrottlingError"], BusyError),
    "what no other try mends": (["TransactionConflict", "ValidationError"], ClientError),
}


@pytest.mark.parametrize("case", CANCELLED)
def test_what_is_being_written_cannot_be_read_together_and_that_is_busy(case: str) -> None:
    codes, error = CANCELLED[case]
    dynamodb = a_client("dynamodb")
    reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
    with Stubber(dynamodb) as stub:
        stub.add_client_error("transact_get_items", "TransactionCanceledException", modeled_fields=reasons)

        with pytest.raises(error):
            DynamoLedger(dynamodb, "table").order_and_counters("xiaofuge", 7, "100001")


def test_a_shard_that_a_look_does_not_find_is_told_only_when_it_is_not_there_now() -> None:
    dynamodb, told = a_client("dynamodb"), list[tuple[str, list[str]]]()
    shards = [stock_item("100001", "3", shard, 5) for shard in range(2)]
    with Stubber(dynamodb) as stub:
        for found in (shards[:1], shards, shards[:1], shards[:1]):  # a copy of before, and the table, twice
            stub.add_response("batch_get_item", a_batch(found, []))
        ledger = DynamoLedger(dynamodb, "table", tell_missing=lambda *what: told.append(what))

        assert ledger.stock_shown("100001", {"3": 2}) == {"3": 10}
        assert told == []
        assert ledger.stock_shown("100001", {"3": 2}) == {"3": 5}
    assert told == [("100001", ["3/1"])]


@pytest.mark.parametrize("mark", [DynamoLedger.mark_sent, DynamoLedger.mark_failed], ids=lambda mark: mark.__name__)
def test_whatever_goes_wrong_with_a_mark_is_busy(mark: Callable[..., bool]) -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        stub.add_client_error("update_item", "AccessDeniedException", "WELCOME-10")
        with pytest.raises(BusyError, match=r"^order 7: AccessDeniedException of UpdateItem$"):
            mark(DynamoLedger(dynamodb, "table"), an_order(), NOON)


def test_an_attempt_to_change_an_address_that_arrives_late_undoes_no_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK has sent it once more meanwhile, its user has been answered, and has given another address since."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    sent = list[Any]()
    with emulated_aws():
        table = TableLedger(boto3.client("dynamodb"))
        order = grant(table)
        table.dynamodb.meta.events.register(
            "provide-client-params.dynamodb.UpdateItem", lambda params, **_: sent.append(dict(params))
        )
        for street in ("8 New Street", "9 New Street"):
            assert table.change_shipment(order, an_address(address=street))

        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            table.dynamodb.update_item(**sent[0])

        [parcel] = new_and_out(table, "b1")[0]
        assert (parcel.address.address, parcel.addresses) == ("9 New Street", 3)
        assert not table.change_shipment(an_order(8), an_address())
