"""Batch reads: unread is not absent."""

import pytest
from botocore.stub import Stubber

from builders import an_order
from stubbed import a_batch, a_client
from tombola.aws.batch import BATCH_TRIES_MAX, batch_get
from tombola.aws.deadline import PAUSE_SECONDS, Deadline
from tombola.aws.items import order_item, order_key
from tombola.aws.ledger import DynamoLedger
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable


def test_keys_that_a_batch_leaves_unread_are_read_again() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([order_item(an_order(1))], [order_key("xiaofuge", 2)]))
        stub.add_response("batch_get_item", a_batch([order_item(an_order(2))], []))
        found = DynamoLedger(dynamodb, "table").orders([("xiaofuge", 1), ("xiaofuge", 2)])

    assert set(found) == {("xiaofuge", 1), ("xiaofuge", 2)}


def test_before_unread_keys_are_read_again_there_is_a_jittered_wait() -> None:
    dynamodb, waits, chances = a_client("dynamodb"), list[float](), iter([0.5, 1.0])
    patience = Deadline(seconds_left=lambda: 1.0, sleep=waits.append, chance=lambda: next(chances))
    unread = [order_key("xiaofuge", 2)]
    with Stubber(dynamodb) as stub:
        for _ in range(BATCH_TRIES_MAX):
            stub.add_response("batch_get_item", a_batch([], unread))
        with pytest.raises(BusyError, match="1 keys: some stayed unread in 3 tries"):
            batch_get(dynamodb, "table", unread, patience=lambda _: patience)

    assert waits == [PAUSE_SECONDS * 0.5, PAUSE_SECONDS * 2]  # and none after the last


def test_a_batch_read_without_time_to_wait_ends_busy() -> None:
    dynamodb = a_client("dynamodb")
    patience = Deadline(seconds_left=lambda: 0.0, sleep=lambda _: None, chance=lambda: 1.0)
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([], [order_key("xiaofuge", 2)]))
        with pytest.raises(BusyError, match="in 1 tries"):
            batch_get(dynamodb, "table", [order_key("xiaofuge", 2)], patience=lambda _: patience)


def test_keys_that_stay_unread_are_busy_and_not_absent() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        for _ in range(BATCH_TRIES_MAX):
            stub.add_response("batch_get_item", a_batch([], [order_key("xiaofuge", 1)]))
        with pytest.raises(BusyError):
            DynamoLedger(dynamodb, "table").orders([("xiaofuge", 1)])


def test_a_batch_read_asks_for_some_attributes_alone_by_signs_that_no_word_of_dynamodb_meets() -> None:
    dynamodb, keys = a_client("dynamodb"), [order_key("xiaofuge", 1)]
    asked = {
        "Keys": keys,
        "ConsistentRead": True,
        "ProjectionExpression": "#n0, #n1.#n0",
        "ExpressionAttributeNames": {"#n0": "name", "#n1": "award"},
    }
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([], []), {"RequestItems": {"table": asked}})
        assert batch_get(dynamodb, "table", keys, only=("name", "award.name")) == []


def test_an_order_that_cannot_be_read_spoils_nobody_elses() -> None:
    dynamodb = a_client("dynamodb")
    broken = {name: value for name, value in order_item(an_order(2)).items() if name != "proof"}
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([order_item(an_order(1)), broken], []))
        found = DynamoLedger(dynamodb, "table").orders([("xiaofuge", 1), ("xiaofuge", 2)])

    assert found == {
        ("xiaofuge", 1): an_order(1),
        ("xiaofuge", 2): Unreadable(pk="USER#xiaofuge", sk=f"ORDER#{2:019d}", because="proof is missing"),
    }
