"""DynamoDB Streams as the transport: the write that wants a grant carries it, and nothing is sent.

The event source mapping of template.yaml passes on the writes that leave `wake` on an order (rules/order_life.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.aws.decode import DamageError
from tombola.aws.events import records_from
from tombola.aws.items import order_of_key
from tombola.rules.invoice import Message, PoisonError
from tombola.rules.order import Order
from tombola.rules.verdict import Sent

SOURCE = "aws:dynamodb"


def outbox(_env: Mapping[str, str]) -> "StreamsOutbox":
    return StreamsOutbox()


def inbox(_env: Mapping[str, str]) -> "StreamsInbox":
    return StreamsInbox()


class StreamsOutbox:
    """The adapter of the outbox port: whatever is published was carried by the write before it."""

    def publish(self, orders: Sequence[Order]) -> Sent:
        return Sent(carried=frozenset(order.order_id for order in orders))


class StreamsInbox:
    """The adapter of the inbox. A record names its order by its key; the image, which may hold secrets, is not read.

    Lambda tries again from the first record that is given back:
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    def messages(self, event: Any) -> list[Message]:  # noqa: ANN401 - whatever the function is invoked with
        return [_message(record["dynamodb"]) for record in records_from(SOURCE, event, "dynamodb")]

    def answer(self, _event: Any, back: Mapping[str, Exception]) -> dict[str, Any]:  # noqa: ANN401 - as above
        return {"batchItemFailures": [{"itemIdentifier": number} for number in back]}


def _message(change: Mapping[str, Any]) -> Message:
    number = change["SequenceNumber"]
    try:
        return Message(number, order_of_key(change["Keys"]))
    except DamageError as error:
        return Message(number, PoisonError(f"this change is no order's: {error}"))
