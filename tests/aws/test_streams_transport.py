"""The stream of the table's own writes: nothing is sent, and a record names its order by its key alone."""

from typing import Any

import pytest

from builders import an_order
from tombola.aws.events import WrongEventError
from tombola.aws.items import order_item, order_key
from tombola.aws.streams_transport import inbox, outbox
from tombola.rules.invoice import Message, PoisonError
from tombola.rules.verdict import Sent


def record(number: str, keys: Any, **image: Any) -> dict[str, Any]:
    return {"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": number, "Keys": keys, "NewImage": image}}


def test_the_write_before_carries_every_order() -> None:
    assert outbox({}).publish([an_order(1), an_order(2)]) == Sent(carried=frozenset({1, 2}))


def test_a_record_names_its_order_by_its_key() -> None:
    event = {"Records": [record("100", order_key("xiaofuge", 7), **order_item(an_order()))]}

    assert inbox({}).messages(event) == [Message("100", ("xiaofuge", 7))]


@pytest.mark.parametrize("pk", ["STOCK#100001#3#00", "USER#"])
def test_a_record_of_another_item_is_poison_and_its_image_is_told_nowhere(pk: str) -> None:
    [message] = inbox({}).messages(
        {"Records": [record("100", {"pk": {"S": pk}, "sk": {"S": "STOCK"}}, content={"S": "SECRET"})]}
    )

    assert isinstance(message.invoice, PoisonError)
    assert "SECRET" not in repr(message)


def test_a_record_that_fails_is_named_by_its_sequence_number() -> None:
    assert inbox({}).answer({}, {"100": PoisonError("x")}) == {"batchItemFailures": [{"itemIdentifier": "100"}]}


def test_an_event_without_changes_is_refused() -> None:
    with pytest.raises(WrongEventError, match="aws:dynamodb"):
        inbox({}).messages({"Records": [{"eventSource": "aws:dynamodb"}]})
