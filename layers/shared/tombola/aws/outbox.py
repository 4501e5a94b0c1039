"""SQS as the transport of invoices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ENTRIES_MAX = 10  # of one SendMessageBatch


class SqsOutbox:
    """The adapter of the outbox port: an order that was not taken stays in the `due` index."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def publish(self, orders: Sequence[Order]) -> frozenset[int]:
        taken: set[int] = set()
        for start in range(0, len(orders), ENTRIES_MAX):
            taken |= self._publish_batch(orders[start : start + ENTRIES_MAX])
        return frozenset(taken)

    def _publish_batch(self, orders: Sequence[Order]) -> set[int]:
        entries = [{"Id": str(order.order_id), "MessageBody": invoice_json(order)} for order in orders]
        try:
            answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError):
            return set()
        return {int(entry["Id"]) for entry in answer.get("Successful", [])}
