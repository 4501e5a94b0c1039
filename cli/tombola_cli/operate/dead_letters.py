"""The dead letters: which messages lie there and why, and sending or dropping them one by one.

A look hides the messages from other receivers while it lasts, and shows them again. Nothing is lost with a message:
the order on record has the truth, and compensation sends again what is due.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tombola.aws.invoices import MalformedInvoiceError, read_invoice
from tombola.rules.invoice import Invoice, contradictions
from tombola.rules.order import GrantState, Order, OrderKey, may_be_granted, waits_for_a_hand, waits_for_its_user
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate import stream_letters, topic_letters
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.order_lists import ledger_of
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN_SECONDS = 300  # for which others do not see a message that was looked at; after a look they see it at once
MESSAGES_MAX = 10_000  # of one look
BATCH = 10  # messages of one call
WAIT_SECONDS = 1  # for an answer: a queue that is asked for longer than an instant asks all its servers
EMPTY_MAX = 2  # answers in a row without a new message, until the queue is taken for read


class Reason(StrEnum):
    """Why a message lies among the dead letters, as far as it and its order tell now."""

    MALFORMED = "malformed"
    NO_ORDER = "no-order"
    UNREADABLE = "unreadable"
    CONTRADICTS = "contradicts"
    GRANTED = "granted"
    PARKED = "parked"
    VOID = "void"
    WAITING = "waiting"
    STREAM = "stream"
    TOPIC = "topic"


ENDS = {GrantState.GRANTED: Reason.GRANTED, GrantState.PARKED: Reason.PARKED, GrantState.VOID: Reason.VOID}
EMPTY = {Reason.STREAM: "writes of a stream", Reason.TOPIC: "records of a topic"}  # which Lambda gave up
WORDS = {
    Reason.GRANTED: "its order is granted: nothing is left to be done",
    Reason.PARKED: "its order is parked: tombola orders show tells why",
    Reason.VOID: "its order is void: nothing is left to be done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message; body and receipt are what AWS needs to send or to drop it."""

    message_id: str
    reason: Reason
    words: str
    order: OrderKey | None  # that it names
    receives: int  # how often it was received, looks included
    sent_at: datetime
    body: str = field(repr=False)
    receipt: str = field(repr=False)


Wanted = Callable[[DeadLetter], bool]


def looked_at(wanted: Wanted, limit: int, stack: Stack) -> tuple[list[DeadLetter], bool]:
    """Return the messages that are wanted, and whether that are all: limit may end the look."""
    found: list[DeadLetter] = []
    with _opened(stack) as (_, letters):
        for letter in letters:
            if len(found) == limit:
                break
            found += [letter] if wanted(letter) else []
        else:
            limit = MESSAGES_MAX
    return sorted(found, key=lambda each: each.sent_at), len(found) < limit


def refuse_to_send(letters: Collection[DeadLetter], stack: Stack) -> None:
    """Raise TombolaError if one of letters holds nothing that can be sent, or there is no queue to send it to."""
    if letters and not stack.queue_url:
        raise TombolaError(
            f"the transport is {stack.transport}, and a dead letter can be sent to a queue alone: drop it; each order"
            " stays due, and compensation sends or wakes it again"
        )
    if empty := [each for each in letters if each.reason in EMPTY]:
        raise TombolaError(
            f"dead letter {empty[0].message_id} names {EMPTY[empty[0].reason]} and holds nothing to send: compensation"
            f" sees to their orders again; drop such letters with --reason {empty[0].reason}"
        )


def send_again(ids: Collection[str], wanted: Wanted, stack: Stack, tell: Callable[[int], None]) -> int:
    """Send the messages of these ids that are still wanted to the queue, and delete them here; return how many."""
    sqs: SQSClient = stack.client("sqs")

    def send(letter: DeadLetter) -> None:
        sqs.send_message(QueueUrl=stack.queue_url, MessageBody=letter.body)  # first: there twice, it does no harm
        sqs.delete_message(QueueUrl=stack.dlq_url, ReceiptHandle=letter.receipt)

    return _each(ids, wanted, stack, send, tell)


def drop(ids: Collection[str], wanted: Wanted, stack: Stack, tell: Callable[[int], None]) -> int:
    """Delete the messages of these ids that are still wanted; return how many."""
    sqs: SQSClient = stack.client("sqs")
    return _each(
        ids,
        wanted,
        stack,
        lambda letter: sqs.delete_message(QueueUrl=stack.dlq_url, ReceiptHandle=letter.receipt),
        tell,
    )


def _each(
    ids: Collection[str], wanted: Wanted, stack: Stack, do: Callable[[DeadLetter], Any], tell: Callable[[int], None]
) -> int:
    done = 0
    with _opened(stack) as (hidden, letters):
        for letter in letters:
            if letter.message_id in ids and wanted(letter):
                do(letter)
                del hidden[letter.message_id]
                done += 1
                tell(done)
            if done == len(ids):
                break
    return done


@contextmanager
def _opened(stack: Stack) -> Iterator[tuple[dict[str, str], Iterator[DeadLetter]]]:
    """Yield the receipts of the messages that are hidden, and the messages; whatever is still hidden is shown again."""
    sqs: SQSClient = stack.client("sqs")
    hidden: dict[str, str] = {}
    try:
        yield hidden, _letters(sqs, hidden, stack)
    finally:
        for some in parts_of(hidden.values(), BATCH):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(some)
            ]
            sqs.change_message_visibility_batch(QueueUrl=stack.dlq_url, Entries=entries)


def _letters(sqs: "SQSClient", hidden: dict[str, str], stack: Stack) -> Iterator[DeadLetter]:
    """Yield each message once."""
    seen: set[str] = set()
    empty, now = 0, stack.now()
    while empty < EMPTY_MAX and len(seen) < MESSAGES_MAX:
        received: Any = sqs.receive_message(
            QueueUrl=stack.dlq_url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            MessageAttributeNames=["topic", "partition", "offset"],
        ).get("Messages", [])
        hidden |= {each["MessageId"]: each["ReceiptHandle"] for each in received}
        new = [each for each in received if each["MessageId"] not in seen]
        seen |= {each["MessageId"] for each in new}
        empty = 0 if new else empty + 1
        yield from _judged(new, stack, now)


def _judged(messages: list[Mapping[str, Any]], stack: Stack, now: datetime) -> Iterator[DeadLetter]:
    """Yield messages with what they and their orders tell."""
    read = [_content(message["Body"]) for message in messages]
    keys = [(invoice.user_id, invoice.order_id) for invoice in read if isinstance(invoice, Invoice)]
    orders = ledger_of(stack).orders(keys) if keys else {}
    for message, invoice in zip(messages, read, strict=True):
        named = (invoice.user_id, invoice.order_id) if isinstance(invoice, Invoice) else None
        reason, words = why(invoice, orders.get(named) if named else None, now)
        place = topic_letters.place_of(message)
        attributes = message["Attributes"]
        yield DeadLetter(
            message_id=message["MessageId"],
            reason=reason,
            words=words if place is None else f"{place}: {words}",
            order=named,
            receives=int(attributes["ApproximateReceiveCount"]),
            sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
            body=message["Body"],
            receipt=message["ReceiptHandle"],
        )


def _content(body: str) -> Invoice | tuple[Reason, str]:
    try:
        return read_invoice(body)
    except MalformedInvoiceError as error:
        for reason, letters in ((Reason.STREAM, stream_letters), (Reason.TOPIC, topic_letters)):
            told = letters.told_of(body)
            if told is not None:
                return reason, told
        return Reason.MALFORMED, str(error)


def why(invoice: Invoice | tuple[Reason, str], order: Order | Unreadable | None, now: datetime) -> tuple[Reason, str]:
    """Return why a message is dead, in a word and as a sentence without its content; what is no invoice says it."""
    if not isinstance(invoice, Invoice):
        return invoice
    if order is None:
        return Reason.NO_ORDER, "the order that it names does not exist"
    if isinstance(order, Unreadable):
        return Reason.UNREADABLE, f"its order cannot be read: {order.because}"
    wrong = contradictions(invoice, order)
    if wrong:
        return Reason.CONTRADICTS, f"its order says something else in {', '.join(wrong)}"
    if order.grant_state in ENDS:
        reason = ENDS[order.grant_state]
        return reason, WORDS[reason]
    return Reason.WAITING, _waiting(order, now)


def _waiting(order: Order, now: datetime) -> str:
    if waits_for_its_user(order):
        return "harmless: its order waits until its user claims it"
    if waits_for_a_hand(order):
        return "harmless: its order waits until it is released by hand"
    if not may_be_granted(order, now):
        return "harmless: the time of its order's prize has not come"
    return "harmless: its order is due, and compensation sends it again"
