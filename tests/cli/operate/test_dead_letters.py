"""Dead letters: each with why it is there, hidden only while it is looked at, sent or dropped one by one."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, an_award, an_order
from desk import Desk, a_desk
from tombola.aws.invoices import read_invoice
from tombola.aws.items import number, order_item
from tombola.aws.kafka_transport import KafkaInbox
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import PoisonError, invoice_json
from tombola.rules.order import GrantState, Order
from tombola_cli.operate import dead_letters
from tombola_cli.operate.dead_letters import DeadLetter, Reason, drop, looked_at, send_again, why

SECRET = an_award(award_content="SECRET-1234")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def every(_: DeadLetter) -> bool:
    return True


def ignored(_: int) -> None:
    return


OF_A_TOPIC = json.dumps(
    {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "KafkaBatchInfo": {"batchSize": 2, "recordInfo": {"lottery_invoice-0": {}}},
    }
)
OF_A_STREAM = '{"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": {"batchSize": 2}}'
ENDED: dict[str, Any] = {"due_at": None}
CASES: dict[str, tuple[Order | str, Order | None, Reason, str]] = {
    "no JSON": ("SECRET-1234", None, Reason.MALFORMED, "no invoice"),
    "fields missing": ('{"uId": "SECRET-1234"}', None, Reason.MALFORMED, "orderId: missing"),
    "an unknown order": (an_order(award=SECRET), None, Reason.NO_ORDER, "does not exist"),
    "another prize": (an_order(award=SECRET), an_order(), Reason.CONTRADICTS, "something else in awardContent"),
    "granted": (an_order(), an_order(grant_state=GrantState.GRANTED, **ENDED), Reason.GRANTED, "is granted"),
    "parked": (an_order(), an_order(grant_state=GrantState.PARKED), Reason.PARKED, "is parked"),
    "void": (an_order(), an_order(grant_state=GrantState.VOID, **ENDED), Reason.VOID, "is void"),
    "by hand": (an_order(), an_order(grant_type=GrantType.BY_HAND), Reason.WAITING, "released by hand"),
    "too early": (
        an_order(),
        an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + SECOND, due_at=NOON + SECOND),
        Reason.WAITING,
        "has not come",
    ),
    "a letter of a stream": (OF_A_STREAM, None, Reason.STREAM, "RetryAttemptsExhausted): compensation wakes"),
    "a letter of a topic": (OF_A_TOPIC, None, Reason.TOPIC, "2 records of lottery_invoice-0 up (Retry"),
    "waiting": (an_order(award=SECRET), an_order(award=SECRET), Reason.WAITING, "compensation sends it again"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_message_is_told_with_why_it_is_dead_and_without_its_content(desk: Desk, case: str) -> None:
    message, order, reason, words = CASES[case]
    if order is not None:
        desk.put(order)
    (message_id,) = desk.dead(message)

    ((letter,), whole) = looked_at(every, 10, desk.stack)

    assert (letter.message_id, letter.reason, whole) == (message_id, reason, True)
    assert words in letter.words
    assert letter.order == (("xiaofuge", 7) if isinstance(message, Order) else None)
    assert "SECRET" not in repr(letter)
    assert desk.visible(desk.stack.dlq_url) == [invoice_json(message) if isinstance(message, Order) else message]


def test_a_record_that_the_inbox_of_kafka_put_there_is_told_with_its_place(desk: Desk) -> None:
    record = {"topic": "lottery_invoice", "partition": 3, "offset": 17, "value": b64encode(b"poison").decode()}
    event = {"eventSource": "aws:kafka", "records": {"lottery_invoice-3": [record]}}
    inbox = KafkaInbox(lambda: desk.sqs, desk.stack.dlq_url, partial=False)
    inbox.answer(event, {"lottery_invoice-3@17": PoisonError("malformed")})

    ((letter,), _) = looked_at(every, 10, desk.stack)

    assert (letter.reason, letter.body) == (Reason.MALFORMED, "poison")
    assert letter.words.startswith("lottery_invoice-3@17: this message is no invoice")


def test_a_message_whose_order_nobody_can_read_is_told_as_that(desk: Desk) -> None:
    desk.ledger.put_item(order_item(an_order()) | {"claims": number(-1)})
    desk.dead(an_order())

    ((letter,), _) = looked_at(every, 10, desk.stack)

    assert (letter.reason, letter.words) == (Reason.UNREADABLE, "its order cannot be read: claims cannot be read")


def test_every_reason_is_reached() -> None:
    reached = {reason for *_, reason, _ in CASES.values()}

    assert reached | {Reason.UNREADABLE} == set(Reason)


def test_a_look_counts_and_shows_all_messages_again_to_others(desk: Desk) -> None:
    desk.dead(*(an_order(number) for number in range(25)))

    found, whole = looked_at(every, 100, desk.stack)
    again, _ = looked_at(every, 100, desk.stack)

    assert (len({each.message_id for each in found}), whole) == (25, True)
    assert {each.receives for each in again} == {2}
    assert len(desk.visible(desk.stack.dlq_url)) == 10


def test_a_look_ends_at_its_limit_and_says_so(desk: Desk) -> None:
    desk.dead(*(an_order(number) for number in range(5)))

    found, whole = looked_at(every, 4, desk.stack)
    all_of_them, all_whole = looked_at(every, 5, desk.stack)

    assert (len(found), whole) == (4, False)
    assert (len(all_of_them), all_whole) == (5, True)


def test_a_look_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "MESSAGES_MAX", 10)
    desk.dead(*(an_order(number) for number in range(25)))

    found, whole = looked_at(every, 10, desk.stack)

    assert (len(found), whole) == (10, False)


def test_a_message_that_is_sent_again_is_on_the_queue_and_dead_no_more(desk: Desk) -> None:
    first, second = desk.dead(an_order(1), an_order(2))

    assert send_again([first], every, desk.stack, ignored) == 1

    assert desk.queued == [1]
    assert [read_invoice(body).order_id for body in desk.visible(desk.stack.dlq_url)] == [2]
    assert desk.lying(desk.stack.dlq_url) == 1
    ((left,), _) = looked_at(every, 9, desk.stack)
    assert left.message_id == second


def test_a_message_that_cannot_be_sent_stays_among_the_dead(desk: Desk) -> None:
    (message_id,) = desk.dead(an_order(1))
    gone = desk.stack.__class__(**{**vars(desk.stack), "queue_url": desk.stack.queue_url + "-gone"})

    with pytest.raises(desk.sqs.exceptions.QueueDoesNotExist):
        send_again([message_id], every, gone, ignored)

    assert len(desk.visible(desk.stack.dlq_url)) == 1


def test_only_the_messages_that_were_shown_and_still_are_what_they_were_are_dropped(desk: Desk) -> None:
    desk.put(an_order(1), an_order(2), an_order(3))
    shown = desk.dead(an_order(1), an_order(2))
    desk.dead(an_order(3))
    desk.put(an_order(2, grant_state=GrantState.GRANTED, due_at=None))
    told: list[int] = []

    def waits(letter: DeadLetter) -> bool:
        return letter.reason is Reason.WAITING

    assert drop(shown, waits, desk.stack, told.append) == 1

    left = sorted(read_invoice(body).order_id for body in desk.visible(desk.stack.dlq_url))
    assert (left, desk.queued, told) == ([2, 3], [], [1])


def test_why_is_told_of_a_code_without_its_pool_being_asked() -> None:
    award = an_award(award_type=AwardType.CODE, award_content="", source="spring")
    order: Any = an_order(award=award, content="SECRET", grant_state=GrantState.GRANTED, due_at=None)

    assert "SECRET" not in " ".join(why(read_invoice(invoice_json(order)), order, NOON))
