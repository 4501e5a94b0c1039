"""The adapters where AWS is slow, throttled or partly right, which no emulator is: answers are stubbed."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from moto.core.botocore_stubber import MockRawResponse

from builders import NOON, WAITS, an_order
from tombola.aws.activity_items import stock_item
from tombola.aws.batch import BATCH_TRIES_MAX
from tombola.aws.clients import dynamodb_client, kms_client, sqs_client
from tombola.aws.clock import CONFLICT_SECONDS
from tombola.aws.deadline import PAUSE_SECONDS, PAUSE_SECONDS_MAX, Deadline
from tombola.aws.faults import busy_when_unanswered
from tombola.aws.items import order_item, order_key
from tombola.aws.ledger import PAGES_MAX, DynamoLedger
from tombola.aws.outbox import AGAIN_WITHIN_SECONDS, SqsOutbox
from tombola.aws.settings import MissingVariableError, Settings
from tombola.flows.tell import CALL_SECONDS, PUBLISH_SECONDS
from tombola.rules.claims import Claim
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Sent

ONE_TRY = Config(retries={"total_max_attempts": 1})
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def a_client(service: str) -> Any:
    return boto3.client(service, "us-east-1", config=ONE_TRY, **KEYS)  # type: ignore[call-overload]


def an_outbox(sqs: Any, *clock: float) -> SqsOutbox:
    """Return an outbox whose clock shows these times, one after the other."""
    ticks = iter(clock or itertools.repeat(0.0))
    return SqsOutbox(sqs, "url", lambda: next(ticks))


def answered(status: int, code: str) -> Any:
    return {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"),
        ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem"),
        ClientError({"Error": {"Code": "TransactionInProgressException"}}, "TransactWriteItems"),
        ClientError(answered(502, "502"), "UpdateItem"),
        ClientError(answered(500, "KMSInternalException"), "Decrypt"),
        ReadTimeoutError(endpoint_url="https://aws.example"),
        ConnectTimeoutError(endpoint_url="https://aws.example"),
        EndpointConnectionError(endpoint_url="https://aws.example"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_asking_again_can_mend_is_busy(error: Exception) -> None:
    with pytest.raises(BusyError), busy_when_unanswered():
        raise error


def test_what_asking_again_cannot_mend_is_not_busy() -> None:
    with pytest.raises(ClientError, match="AccessDenied"), busy_when_unanswered():
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query")


def a_batch(found: list[Any], unread: list[Any]) -> dict[str, Any]:
    unprocessed = {"table": {"Keys": unread, "ConsistentRead": True}} if unread else {}
    return {"Responses": {"table": found}, "UnprocessedKeys": unprocessed}


def test_keys_that_a_batch_leaves_unread_are_read_again() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", a_batch([order_item(an_order(1))], [order_key("xiaofuge", 2)]))
        stub.add_response("batch_get_item", a_batch([order_item(an_order(2))], []))
        found = DynamoLedger(dynamodb, "table").orders([("xiaofuge", 1), ("xiaofuge", 2)])

    assert set(found) == {("xiaofuge", 1), ("xiaofuge", 2)}


def test_keys_that_stay_unread_are_busy_and_not_absent() -> None:
    dynamodb = a_client("dynamodb")
    with Stubber(dynamodb) as stub:
        for _ in range(BATCH_TRIES_MAX):
            stub.add_response("batch_get_item", a_batch([], [order_key("xiaofuge", 1)]))
        with pytest.raises(BusyError):
            DynamoLedger(dynamodb, "table").orders([("xiaofuge", 1)])


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
        stub.add_client_error("update_item", "AccessDeniedException")
        with pytest.raises(BusyError):
            mark(DynamoLedger(dynamodb, "table"), an_order(), NOON)


def test_only_what_the_queue_took_is_published() -> None:
    sqs = a_client("sqs")
    failed: Any = {"Id": "2", "SenderFault": False, "Code": "InternalError"}
    with Stubber(sqs) as stub:
        taken = {"Id": "1", "MessageId": "m", "MD5OfMessageBody": "x"}
        stub.add_response("send_message_batch", {"Successful": [taken], "Failed": [failed]})
        assert an_outbox(sqs).publish([an_order(1), an_order(2)]) == Sent(frozenset({1}))


A_MESSAGE = {"MessageId": "m", "MD5OfMessageBody": "x"}


def test_a_message_that_no_queue_takes_is_told_apart_from_one_that_failed() -> None:
    sqs = a_client("sqs")
    failed: Any = [
        {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents"},
        {"Id": "2", "SenderFault": True, "Code": "KmsAccessDenied"},  # the key's fault, and so everybody's
    ]
    with Stubber(sqs) as stub:
        stub.add_response("send_message_batch", {"Successful": [], "Failed": failed})

        assert an_outbox(sqs).publish([an_order(1), an_order(2)]) == Sent(refused=frozenset({1}))


def test_a_message_that_spoils_its_batch_spoils_it_for_nobody_else() -> None:
    sqs = a_client("sqs")
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", "AWS.SimpleQueueService.BatchRequestTooLong")
        stub.add_response("send_message_batch", {"Successful": [{"Id": "1", **A_MESSAGE}], "Failed": []})
        stub.add_client_error("send_message_batch", "AWS.SimpleQueueService.BatchRequestTooLong")

        sent = an_outbox(sqs).publish([an_order(1), an_order(2)])

    assert sent == Sent(taken=frozenset({1}), refused=frozenset({2}))


def broken_once(sqs: Any, error: Exception) -> list[str]:
    """Let the first request end in error before it is answered, and the next be answered; return what was asked."""
    asked: list[str] = []

    def send(request: Any, **_: Any) -> Any:
        asked.append(request.url)
        if len(asked) == 1:
            raise error
        body = json.dumps({"Successful": [{"Id": "7", **A_MESSAGE}], "Failed": []}).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), MockRawResponse(body))

    sqs.meta.events.register("before-send.sqs.SendMessageBatch", send)
    return asked


DROPPED = ConnectionClosedError(endpoint_url="https://sqs.example")


def test_a_connection_that_was_dropped_while_frozen_costs_one_more_try_and_no_message() -> None:
    sqs = a_client("sqs")
    asked = broken_once(sqs, DROPPED)

    assert an_outbox(sqs, 0.0, AGAIN_WITHIN_SECONDS).publish([an_order(7)]) == Sent(frozenset({7}))
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(DROPPED, AGAIN_WITHIN_SECONDS + 0.1), (ReadTimeoutError(endpoint_url="https://sqs.example"), 0.0)],
    ids=["late", "no answer"],
)
def test_only_a_connection_that_is_closed_at_once_is_tried_again(error: Exception, seconds: float) -> None:
    sqs = a_client("sqs")
    asked = broken_once(sqs, error)

    assert an_outbox(sqs, 0.0, seconds).publish([an_order(7)]) == Sent()
    assert len(asked) == 1


def test_a_second_try_ends_within_the_time_that_is_kept_for_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    config: Any = sqs_client().meta.config

    assert AGAIN_WITHIN_SECONDS + config.connect_timeout + config.read_timeout < PUBLISH_SECONDS


def test_a_queue_that_fails_takes_nothing_and_the_next_batch_is_still_tried() -> None:
    sqs = a_client("sqs")
    sizes: list[int] = []
    sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sizes.append(len(params["Entries"]))
    )
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", "InternalError")
        stub.add_response(
            "send_message_batch",
            {"Successful": [{"Id": "10", "MessageId": "m", "MD5OfMessageBody": "x"}], "Failed": []},
        )
        assert an_outbox(sqs).publish([an_order(number) for number in range(11)]) == Sent(frozenset({10}))
    assert sizes == [10, 1]


def a_deadline(seconds: float, waits: list[float], chance: float = 1.0) -> Deadline:
    return Deadline(seconds_left=lambda: seconds - sum(waits), sleep=waits.append, chance=lambda: chance)


def test_each_pause_is_longer_up_to_a_limit() -> None:
    waits: list[float] = []
    deadline = a_deadline(60, waits)

    assert all(deadline.pause(tries) for tries in range(8))
    assert waits[:3] == [PAUSE_SECONDS, 2 * PAUSE_SECONDS, 4 * PAUSE_SECONDS]
    assert waits[-1] == PAUSE_SECONDS_MAX


def test_a_pause_is_jittered() -> None:
    waits: list[float] = []
    a_deadline(60, waits, chance=0.5).pause(0)

    assert waits == [PAUSE_SECONDS / 2]


def test_there_is_no_pause_when_there_is_no_time_for_it() -> None:
    waits: list[float] = []

    assert not a_deadline(PAUSE_SECONDS / 2, waits).pause(0)
    assert waits == []


ENVIRONMENT = {
    "TABLE_NAME": "table",
    "QUEUE_URL": "url",
    "FIRST_CHECK_SECONDS": "60",
    "RESEND_AFTER_SECONDS": "600",
    "BACKOFF_SECONDS": "60",
    "BACKOFF_MAX_SECONDS": "3600",
    "FAILURES_MAX": "3",
    "REPAIR_WORKERS": "2",
    "AUTHORIZATION": "jwt",
    "POWERTOOLS_SERVICE_NAME": "tombola",
    "POWERTOOLS_METRICS_NAMESPACE": "tests",
}


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.from_env(ENVIRONMENT)

    assert settings.waits == WAITS
    assert settings.authorization == "jwt"


def test_a_wait_is_of_whole_milliseconds_as_the_table_keeps_them() -> None:
    assert Settings.from_env({**ENVIRONMENT, "BACKOFF_SECONDS": "1.0006"}).waits.backoff == timedelta(milliseconds=1001)


def test_claims_are_facts_only_where_the_environment_names_them() -> None:
    assert Settings.from_env(ENVIRONMENT).fact_claims == ()
    found = Settings.from_env({**ENVIRONMENT, "FACT_CLAIMS": "age, groups[]"})
    assert found.fact_claims == (Claim("age"), Claim("groups", is_list=True))


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_or_empty_variable_is_named(name: str, *, empty: bool) -> None:
    changed = (
        {**ENVIRONMENT, name: ""} if empty else {other: ENVIRONMENT[other] for other in ENVIRONMENT if other != name}
    )

    with pytest.raises(MissingVariableError, match=name):
        Settings.from_env(changed)


@pytest.mark.parametrize("word", ["JWT", "open", "iam "])
def test_an_authorization_that_is_not_understood_starts_nothing(word: str) -> None:
    with pytest.raises(MissingVariableError, match="AUTHORIZATION must be one of iam, jwt, none"):
        Settings.from_env({**ENVIRONMENT, "AUTHORIZATION": word})


@pytest.mark.parametrize(
    ("make", "seconds"),
    [
        (dynamodb_client, CALL_SECONDS - CONFLICT_SECONDS),  # conflicts may come first
        (kms_client, CALL_SECONDS),
        (sqs_client, PUBLISH_SECONDS),
    ],
    ids=["ledger", "seeds", "transport"],
)
def test_no_call_takes_longer_than_the_time_that_is_kept_for_it(
    make: Callable[[], Any], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")

    config = make().meta.config

    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] < seconds


def test_a_message_is_an_invoice() -> None:
    sqs = a_client("sqs")
    sent: list[dict[str, Any]] = []
    sqs.meta.events.register(
        "provide-client-params.sqs.SendMessageBatch", lambda params, **_: sent.extend(params["Entries"])
    )
    with Stubber(sqs) as stub:
        stub.add_response("send_message_batch", {"Successful": [], "Failed": []})
        an_outbox(sqs).publish([an_order(7)])

    assert json.loads(sent[0]["MessageBody"])["orderId"] == 7
