"""SQS as the transport of invoices: a message of the queue, which comes back until it is dead."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionClosedError

from tombola.aws import clients, clock, telemetry
from tombola.aws.events import records_from
from tombola.aws.settings import read_variables
from tombola.rules.invoice import Message, invoice_json
from tombola.rules.order import Order
from tombola.rules.verdict import Sent

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SOURCE = "aws:sqs"
ENTRIES_MAX = 10  # of one SendMessageBatch
# A frozen function thaws with a connection that SQS has dropped meanwhile, and finds that out at once. A connection
# that breaks later is another matter, and for a second try then the draw would have to wait too long.
AGAIN_WITHIN_SECONDS = 0.4
# The fault is the message's own, so that no later try can help; a queue that is gone or locked is another matter.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
MESSAGE_AT_FAULT = frozenset({"InvalidMessageContents", "InvalidParameterValue", "BatchRequestTooLong"})


def outbox(env: Mapping[str, str]) -> "SqsOutbox":
    """Return the outbox of the queue that the variables name; raise MissingVariableError if they name none."""
    url = read_variables(["queue_url"], env)["queue_url"]
    return SqsOutbox(clients.sqs_client(), url, telemetry.tell_not_sent, clock.monotonic)


def inbox(_env: Mapping[str, str]) -> "SqsInbox":
    return SqsInbox()


class SqsOutbox:
    """The adapter of the outbox port: an order that was not taken stays in the `due` index.

    tell gets each reason why invoices were not sent, a code of SQS or the kind of an error, and how many they were.
    """

    def __init__(
        self, sqs: "SQSClient", queue_url: str, tell: Callable[[str, int], None], monotonic: Callable[[], float]
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._tell = tell
        self._monotonic = monotonic

    def publish(self, orders: Sequence[Order]) -> Sent:
        batches = [orders[start : start + ENTRIES_MAX] for start in range(0, len(orders), ENTRIES_MAX)]
        return _together([self._publish_batch(batch) for batch in batches])

    def _publish_batch(self, orders: Sequence[Order]) -> Sent:
        try:
            answer = self._send([{"Id": str(order.order_id), "MessageBody": invoice_json(order)} for order in orders])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            at_fault = _is_at_fault(code)
            if at_fault and len(orders) > 1:
                return _together([self._publish_batch([order]) for order in orders])  # one spoils it for nobody else
            self._tell(code, len(orders))
            return Sent(refused=frozenset(order.order_id for order in orders if at_fault))
        except Exception as error:  # noqa: BLE001 - compensation sends an invoice that is not sent now
            self._tell(type(error).__name__, len(orders))
            return Sent()
        return self._sent(answer)

    def _sent(self, answer: Any) -> Sent:  # noqa: ANN401 - the answer of SendMessageBatch
        codes = {int(entry["Id"]): entry.get("Code", "no code") for entry in answer.get("Failed", [])}
        for code, orders in Counter(codes.values()).items():
            self._tell(code, orders)
        return Sent(
            taken=frozenset(int(entry["Id"]) for entry in answer.get("Successful", [])),
            refused=frozenset(order_id for order_id, code in codes.items() if _is_at_fault(code)),
        )

    def _send(self, entries: Any) -> Any:  # noqa: ANN401 - the request and answer of SendMessageBatch
        started = self._monotonic()
        try:
            return self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        except ConnectionClosedError:
            if self._monotonic() - started > AGAIN_WITHIN_SECONDS:
                raise
        return self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)


class SqsInbox:
    """The adapter of the inbox: a message that fails goes back to the queue alone.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """

    def messages(self, event: Any) -> list[Message]:  # noqa: ANN401 - whatever the function is invoked with
        from tombola.aws.invoices import read_message  # noqa: PLC0415 - it brings pydantic, which the way out does not need

        records = records_from(SOURCE, event, "messageId")
        return [read_message(record["messageId"], record.get("body")) for record in records]

    def answer(self, _event: Any, back: Mapping[str, Exception]) -> dict[str, Any]:  # noqa: ANN401 - as above
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in back]}


def _is_at_fault(code: str) -> bool:
    """Return whether an error's code, which may have the service's name before it, blames the message."""
    return code.rpartition(".")[2] in MESSAGE_AT_FAULT


def _together(sent: Sequence[Sent]) -> Sent:
    return Sent(
        taken=frozenset(order_id for each in sent for order_id in each.taken),
        refused=frozenset(order_id for each in sent for order_id in each.refused),
    )
