"""The deployed stack, end to end: HTTP in, a granted prize out, and every repair in between."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import urllib3
from localstack_client.session import Session

from builders import UNCOUNTED, a_count, a_share, an_activity, an_order
from played import compensate, until
from tables import TableLedger
from tombola.aws.clock import utc_now as now
from tombola.aws.ledger import DynamoLedger
from tombola.rules.order import Order
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Recorded
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.files.repository import ROOT
from tombola_cli.local.channel import Queue
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import TIMEOUT_SECONDS, TRY_AGAIN, Api, Reply
from tombola_cli.operate.stack import Stack

LOTTERY_INVOICE = (
    '{"awardContent":"Code","awardId":"3","awardName":"ipad","awardType":1,'
    '"orderId":1454347265400504320,"uId":"xiaofuge"}'
)
ONE_AWARD = """
activity_id: {activity_id}
activity_name: one award
activity_desc: with a hundred units
time_zone: UTC
begin: 2026-01-01T00:00:00Z
end: 2035-12-31T00:00:00Z
strategy: single
awards:
  - {{ award_id: 3, award_type: 1, award_name: ipad, award_content: Code, rate: 1, stock: 100, peak: {peak} }}
"""


@pytest.fixture(scope="module")
def aws(stack: Stack) -> Iterator[Session]:
    """Reach the stack as any LocalStack test does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url or "")
        yield Session()


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    launch(ROOT / "activities/100001.yaml", stack)
    return Api(stack, connections_max=8)


@pytest.fixture
def queue(stack: Stack) -> Queue:
    return Queue(stack)


def drawn(api: Api, activity_id: str = "100001") -> dict[str, Any]:
    reply = api.draw(activity_id, f"user-{uuid.uuid4()}", "key")
    assert reply.status == 201
    return reply.body


def granted(api: Api, order: dict[str, Any]) -> bool:
    shown = api.order(order["user_id"], order["order_id"]).body
    return (shown["grant_state"], shown["mq_state"]) == (1, 1)


@contextmanager
def nobody_receiving(queue: Queue) -> Iterator[None]:
    queue.receive(enabled=False)
    try:
        yield
    finally:
        queue.receive(enabled=True)


def test_a_draw_is_granted_within_seconds_and_asked_again_it_is_the_same_order(api: Api) -> None:
    user_id = f"user-{uuid.uuid4()}"
    first = api.draw("100001", user_id, "key")
    again = api.draw("100001", user_id, "key")

    assert (first.status, again.status) == (201, 200)
    assert again.body["order_id"] == first.body["order_id"]
    until(lambda: granted(api, first.body))


def test_the_activity_shows_its_stock_within_seconds(api: Api, stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "shown.yaml"
    file.write_text(ONE_AWARD.format(activity_id="shown", peak=160))
    launch(file, stack)

    def left() -> Any:
        return api.activity("shown").body["awards"][0]["stock_left"]

    assert left() == 100
    drawn(api, "shown")
    assert until(lambda: left() == 99)


@pytest.mark.parametrize(
    ("activity_id", "user_id", "key", "status"),
    [
        ("100001", "a#b", "key", 400),
        ("100001", "me", "key", 400),
        ("100001", "user", "k" * 300, 400),
        ("100001", "user", "key,key", 400),
        ("nowhere", "user", "key", 404),
    ],
)
def test_bad_input_is_refused_over_http(api: Api, activity_id: str, user_id: str, key: str, status: int) -> None:
    reply = api.draw(activity_id, user_id, key)

    assert (reply.status, reply.body["status"], reply.body["code"]) == (status, status, "0002")


def test_a_body_in_latin_1_is_nobody_s_draw(api: Api) -> None:
    url, headers = f"{api.stack.api_url}/activities/100001/draws", {"Idempotency-Key": "key"}

    def sent(body: bytes) -> Any:
        answer = urllib3.request("POST", url, headers=headers, body=body, timeout=TIMEOUT_SECONDS)
        return None if answer.status in TRY_AGAIN else answer

    for name in ("jörg", "jürg"):
        body = f'{{"user_id": "{name}"}}'.encode("latin-1")
        answer = until(partial(sent, body))
        assert (answer.status, answer.json()["field"]) == (400, "body")


def test_without_tokens_nobody_is_me_and_an_address_is_an_id_as_it_stands(api: Api) -> None:
    user_id = f"auth0|{uuid.uuid4()}@example.com"
    order = api.draw("100001", user_id, "key").body

    assert [each["order_id"] for each in api.orders(user_id).body["draws"]] == [order["order_id"]]
    assert api.order(user_id, order["order_id"]).body["user_id"] == user_id
    assert api.orders("me").status == 404


def test_an_eleventh_draw_is_refused(api: Api) -> None:
    user_id = f"user-{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(lambda number: api.draw("100001", user_id, f"key-{number}"), range(14)))

    assert Counter(reply.status for reply in replies) == {201: 10, 409: 4}


def test_the_invoice_on_the_queue_is_lotterys_but_for_its_values(api: Api, queue: Queue, aws: Session) -> None:
    with nobody_receiving(queue):
        order = drawn(api)
        body = until(lambda: message_of(aws, queue, order))["Body"]

    said, example = json.loads(body), json.loads(LOTTERY_INVOICE)
    assert list(said) == list(example)
    assert [type(value) for value in said.values()] == [type(value) for value in example.values()]
    assert body == json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    assert (str(said["orderId"]), said["uId"]) == (order["order_id"], order["user_id"])


def message_of(aws: Session, queue: Queue, order: dict[str, Any]) -> Any:
    received = aws.client("sqs").receive_message(
        QueueUrl=queue.stack.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1
    )
    return next((each for each in received.get("Messages", []) if order["order_id"] in each["Body"]), None)


def test_a_draw_whose_publish_failed_is_granted_by_compensation(
    api: Api, queue: Queue, aws: Session, stack: Stack
) -> None:
    queue.take_away()
    try:
        order = drawn(api)
    finally:
        queue.bring_back()
    assert order["mq_state"] == 2

    until(lambda: compensate(stack) and granted(api, order))


def test_a_draw_killed_between_transaction_and_publish_is_granted_by_compensation(
    api: Api, aws: Session, stack: Stack
) -> None:
    ledger, user_id, drawn_at = DynamoLedger(aws.client("dynamodb"), stack.table_name), f"user-{uuid.uuid4()}", now()
    order_id = order_id_of("killed", user_id, "key")
    recorded = an_order(
        order_id,
        user_id=user_id,
        activity_id="killed",
        idempotency_key="key",
        shard=None,
        drawn_at=drawn_at,
        due_at=drawn_at + timedelta(seconds=1),
    )
    assert ledger.record(recorded, UNCOUNTED) == Recorded(recorded)

    until(lambda: compensate(stack) and granted_now(ledger, user_id, order_id))
    aws.client("dynamodb").delete_item(  # it was made by hand: the books have no activity for it
        TableName=stack.table_name, Key={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"ORDER#{order_id:019d}"}}
    )


def granted_now(ledger: DynamoLedger, user_id: str, order_id: int) -> bool:
    order = ledger.order(user_id, order_id)
    return isinstance(order, Order) and order.grants == 1


def test_a_draw_whose_message_was_deleted_after_it_was_sent_is_granted_by_compensation(
    api: Api, queue: Queue, aws: Session, stack: Stack
) -> None:
    with nobody_receiving(queue):
        order = drawn(api)
        assert order["mq_state"] == 1
        message = until(lambda: message_of(aws, queue, order))
        aws.client("sqs").delete_message(QueueUrl=stack.queue_url, ReceiptHandle=message["ReceiptHandle"])
    assert not granted(api, order)

    until(lambda: compensate(stack) and granted(api, order))


def test_a_poison_message_ends_among_the_dead_letters(queue: Queue, aws: Session, stack: Stack) -> None:
    sqs = aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=stack.queue_url, Attributes={"VisibilityTimeout": "1"})
    try:
        sqs.send_message(QueueUrl=stack.queue_url, MessageBody="not JSON")
        dead = until(lambda: sqs.receive_message(QueueUrl=stack.dlq_url).get("Messages"))
    finally:
        sqs.set_queue_attributes(QueueUrl=stack.queue_url, Attributes=queue.attributes)

    assert [message["Body"] for message in dead] == ["not JSON"]


def test_five_hundred_draws_through_the_api_leave_a_hundred_winners(
    api: Api, stack: Stack, tmp_path: Path, aws: Session
) -> None:
    file = tmp_path / "hundred.yaml"
    file.write_text(ONE_AWARD.format(activity_id="hundred", peak=160))
    launch(file, stack)

    def draw(number: int) -> Reply:
        return api.draw("hundred", f"user-{number}", "key")

    with ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(draw, range(500)))

    assert Counter(reply.status for reply in replies) == {201: 500}
    assert Counter(reply.body["outcome"] for reply in replies) == {"won": 100, "lost": 400}
    assert api.activity("hundred").body["awards"][0]["stock_left"] == 0
    books = read_books(aws.client("dynamodb"), stack.table_name)
    assert sum(order["activity_id"] == "hundred" and "award" in order for order in books.orders.values()) == 100


def test_five_hundred_draws_on_the_adapter_from_64_threads_leave_a_hundred_winners(stack: Stack) -> None:
    ledger = TableLedger(stack.client("dynamodb", connections_max=64))
    ledger.apply(an_activity(a_share(stock=100)), {("3", 0): 100})
    orders = [an_order(number, user_id=f"user-{number}") for number in range(500)]

    with ThreadPoolExecutor(64) as threads:
        verdicts = list(threads.map(lambda order: ledger.record(order, a_count(10)), orders))

    assert sum(isinstance(verdict, Recorded) for verdict in verdicts) == 100
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (0,)}


def test_the_books_of_the_whole_run_balance(api: Api, stack: Stack, aws: Session) -> None:
    def quiet() -> Any:
        compensate(stack)
        books = read_books(aws.client("dynamodb"), stack.table_name)
        verdict = audit(books, seeds(aws, books))
        return verdict if not verdict.waiting else None

    verdict = until(quiet)

    assert verdict.breaches == ()
    assert (verdict.oversold, verdict.granted_twice, verdict.unaccounted, verdict.parked) == (0, 0, 0, 0)
    assert verdict.granted > 100


def seeds(aws: Session, books: Any) -> dict[str, bytes]:
    return {
        activity_id: aws.client("kms").decrypt(
            CiphertextBlob=activity["sealed_seed"], EncryptionContext={"activity_id": activity_id}
        )["Plaintext"]
        for activity_id, activity in books.activities.items()
    }
