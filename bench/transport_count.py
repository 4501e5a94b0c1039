"""The calls of a draw and of a grant, counted where the SDK sends them: the functions on moto and a mock of Kafka.

No emulator tells what a write costs as AWS does: its units are counted from the items that it changed, and from the
entries of indexes that it moved.
"""

import hashlib
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from confluent_kafka import Consumer, Producer, TopicPartition
from moto import mock_aws

from item_size import size_of
from tombola.aws import clients, clock, telemetry
from tombola.aws.activity_items import activity_item, stock_item
from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.odds import StrategyMode
from tombola_cli.files.activity_file import read_activity
from tombola_cli.files.repository import ROOT
from tombola_cli.local.broker import SILENT, TOPIC
from tombola_cli.local.kafka_event import kafka_event
from transport_model import BATCH_MAX, Call, Counts, Run

ITEM_BYTES, READ_BYTES = 1024, 4096  # of a write unit and of a read unit
TRANSACTED = 2  # times the units of a write alone
SEED = b"seed"
STOCK = 100
WINNING, LOSING = "100001", "100002"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
SEEN_SECONDS = 10.0  # that a message of the mock may take
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
SECONDS = ("FIRST_CHECK_SECONDS", "RESEND_AFTER_SECONDS", "BACKOFF_SECONDS", "BACKOFF_MAX_SECONDS", "FAILURES_MAX")
SETTINGS = {
    **CREDENTIALS,
    **dict.fromkeys([*SECONDS, "REPAIR_WORKERS"], "60"),
    "TABLE_NAME": "table",
    "AUTHORIZATION": "iam",
    "STAGE": "prod",
    "CALLS_TABLE": "calls",
    "PROVIDER_SECRETS": "tombola/provider/",
    "DEAD_LETTERS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
    "KAFKA_SECURITY": "none",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}
INDEXES = {"due": ("lane", "due_at"), "wins": ("win", "drawn_at")}

Item = Mapping[str, Any]
Items = dict[tuple[str, str], Item]


class Context(SimpleNamespace):
    """Lambda's context."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


class OneThread:
    """In place of a thread pool: each call is to be seen alone."""

    def __init__(self, _threads: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Counter:
    """The calls that clients send in a run, and the units of their changes in the table."""

    def __init__(self, dynamodb: Any, others: Sequence[Any]) -> None:  # noqa: ANN401 - clients
        self._dynamodb = dynamodb
        self._calls: list[Call] | None = None  # none: between runs, and while the table is looked at
        self._items: Items = {}
        self._sent = 0
        for client in (dynamodb, *others):
            client.meta.events.register("before-call.*.*", self._begin)
            client.meta.events.register("after-call.*.*", self._end)

    def run(self, invoke: Callable[[], None]) -> Run:
        """Return what an invocation did."""
        self._items = _items(self._dynamodb)
        calls: list[Call] = []
        self._calls = calls
        invoke()
        self._calls = None
        return Run(calls=tuple(calls))

    def _begin(self, params: Mapping[str, Any], **_: object) -> None:
        self._sent = len(params["body"])

    def _end(self, http_response: AWSResponse, parsed: Mapping[str, Any], model: OperationModel, **_: object) -> None:
        if self._calls is None:
            return
        calls, self._calls, sent, before = self._calls, None, self._sent, self._items
        self._items = _items(self._dynamodb)
        calls.append(
            Call(
                service=model.service_model.service_name,
                operation=model.name,
                sent=sent,
                received=len(http_response.content),
                write_units=_write_units(before, self._items, model.name),
                read_units=_read_units(parsed),
            )
        )
        self._calls = calls


def _items(dynamodb: Any) -> Items:  # noqa: ANN401 - a client
    found = dynamodb.scan(TableName=SETTINGS["TABLE_NAME"], ConsistentRead=True)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def _write_units(before: Items, after: Items, operation: str) -> int:
    """Return the units of a call: each item that it changed by its kilobytes, each entry of an index that it moved."""
    each = TRANSACTED if operation == "TransactWriteItems" else 1
    changes = [(before.get(key, {}), after.get(key, {})) for key in before | after]
    changed = [(was, now) for was, now in changes if was != now]
    items = sum(each * math.ceil(max(size_of(was), size_of(now)) / ITEM_BYTES) for was, now in changed)
    places = [(_place(was, index), _place(now, index)) for was, now in changed for index in INDEXES.values()]
    return items + sum((was is not None) + (now is not None) for was, now in places if was != now)


def _place(item: Item, names: Sequence[str]) -> tuple[Any, ...] | None:
    """Return where an index has its entry of item, None if it has none."""
    return tuple(map(item.get, names)) if all(name in item for name in names) else None


def _read_units(answer: Mapping[str, Any]) -> float:
    """Return the units of consistent reads, the only ones that a draw and a grant make."""
    found = [answer["Item"]] if "Item" in answer else []
    found += [item for items in answer.get("Responses", {}).values() for item in items]
    return sum(math.ceil(size_of(item) / READ_BYTES) for item in found)


@dataclass
class Functions:
    """The three functions' table, queue and brokers, and what waits in them for distribution."""

    draw_handler: Any
    distribute_handler: Any
    dynamodb: Any
    sqs: Any
    queue_url: str
    kafka: Consumer
    published: int = 0

    def draw(self, activity_id: str, key: str, user_id: str = "xiaofuge") -> None:
        event = json.loads((ROOT / "events/draw.json").read_text())
        event |= {
            "headers": {"idempotency-key": key},
            "pathParameters": {"activity_id": activity_id},
            "body": json.dumps({"user_id": user_id}),
        }
        answer = self.draw_handler.handler(event, Context())
        if json.loads(answer["body"]).get("outcome") != ("won" if activity_id == WINNING else "lost"):
            raise RuntimeError(f"the draw was answered {answer}")

    def distribute(self, event: dict[str, Any]) -> None:
        answer = self.distribute_handler.handler(event, Context())
        if answer["batchItemFailures"]:
            raise RuntimeError(f"the grant was answered {answer}")

    def waiting(self, transport: str, number: int = 1) -> dict[str, Any]:
        """Return the event with which Lambda hands over what waits: so many messages."""
        if transport == "kafka":
            return self._topic(number)
        return {"sqs": self._queue, "streams": self._stream}[transport]()

    def _queue(self) -> dict[str, Any]:
        found = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=BATCH_MAX)["Messages"]
        records = [{"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"} for each in found]
        return {"Records": records}

    def _stream(self) -> dict[str, Any]:
        woken = [item for item in _items(self.dynamodb).values() if "wake" in item]
        changes = [
            {"Keys": {name: item[name] for name in ("pk", "sk")}, "SequenceNumber": str(number)}
            for number, item in enumerate(woken)
        ]
        return {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": change} for change in changes]}

    def _topic(self, number: int) -> dict[str, Any]:
        found = self.kafka.consume(number, SEEN_SECONDS)
        self.published = sum(len(message.key() or b"") + len(message.value() or b"") for message in found)
        return kafka_event(found, "", "")


def counts_of(transport: str) -> Counts:
    """Return what this transport's draws and grants do, each counted in warm functions."""
    with _functions(transport) as functions:
        counter = Counter(functions.dynamodb, [functions.sqs])
        for activity_id in (LOSING, WINNING):
            functions.draw(activity_id, "warm-up")
        functions.distribute(functions.waiting(transport))
        lost = counter.run(lambda: functions.draw(LOSING, "key"))
        won = counter.run(lambda: functions.draw(WINNING, "key"))
        event = functions.waiting(transport)
        won = replace(won, published=functions.published)
        one = counter.run(lambda: functions.distribute(event))
        for number in range(BATCH_MAX):
            functions.draw(WINNING, "key", f"user-{number}")
        many = functions.waiting(transport, BATCH_MAX)
        batch = counter.run(lambda: functions.distribute(many))
    return Counts(transport=transport, lost=lost, won=won, one=one, batch=batch)


@contextmanager
def _functions(transport: str) -> Iterator[Functions]:
    """Yield the functions, wired for a transport, with an activity where everybody wins and one where nobody does."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {**SETTINGS, "TRANSPORT": transport}))
        stack.enter_context(mock_aws())
        made: dict[str, Any] = {service: boto3.client(service) for service in ("dynamodb", "sqs", "kms")}
        queue_url = made["sqs"].create_queue(QueueName="queue")["QueueUrl"]
        addresses, kafka = stack.enter_context(_mock_kafka())
        os.environ.update({"QUEUE_URL": queue_url, "KAFKA_BOOTSTRAP_SERVERS": addresses, "KAFKA_TOPIC": TOPIC})
        for name, client in made.items():
            stack.enter_context(patch.object(clients, f"{name}_client", partial(_same, client)))
        stack.enter_context(patch.object(telemetry.metrics.provider, "namespace", "bench"))
        stack.enter_context(patch.object(clock, "utc_now", lambda: NOW))
        draw_handler, distribute_handler = _handlers()
        stack.enter_context(patch.object(distribute_handler, "ThreadPoolExecutor", OneThread))
        stack.enter_context(patch.object(telemetry.log.handlers[0], "stream", io.StringIO()))
        stack.enter_context(redirect_stdout(io.StringIO()))
        for handler in (draw_handler, distribute_handler):
            handler.wire.cache_clear()
            stack.callback(handler.wire.cache_clear)
        _apply(made["dynamodb"], made["kms"])
        yield Functions(draw_handler, distribute_handler, made["dynamodb"], made["sqs"], queue_url, kafka)


def _handlers() -> tuple[Any, Any]:
    """Return the modules of the functions, which Lambda has in a folder each."""
    sys.path += [str(ROOT / "functions" / name) for name in ("draw", "distribute")]
    import distribute_handler  # noqa: PLC0415 - from there
    import draw_handler  # noqa: PLC0415 - as above

    return draw_handler, distribute_handler


def _same(client: Any) -> Any:  # noqa: ANN401 - as above
    return client


@contextmanager
def _mock_kafka() -> Iterator[tuple[str, Consumer]]:
    """Yield the address of a mock cluster, which lives inside a client of this process, and a reader of its topic."""
    host = Producer({"test.mock.num.brokers": 1, "log_level": 3}, logger=SILENT)
    brokers = host.list_topics(timeout=SEEN_SECONDS).brokers.values()
    addresses = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    consumer = Consumer({"bootstrap.servers": addresses, "group.id": "bench"}, logger=SILENT)
    partitions = host.list_topics(TOPIC, timeout=SEEN_SECONDS).topics[TOPIC].partitions
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in partitions])
    yield addresses, consumer
    consumer.close()
    host.flush(0)


def _apply(dynamodb: Any, kms: Any) -> None:  # noqa: ANN401 - as above
    keys = {"pk": "HASH", "sk": "RANGE"}
    names = [*keys, *(name for names in INDEXES.values() for name in names)]
    kinds = [{"AttributeName": each, "AttributeType": "N" if each.endswith("_at") else "S"} for each in names]
    dynamodb.create_table(
        TableName=SETTINGS["TABLE_NAME"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=kinds,
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in keys.items()],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, keys.values(), strict=True)
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, names in INDEXES.items()
        ],
    )
    for activity in _activities(kms):
        dynamodb.put_item(TableName=SETTINGS["TABLE_NAME"], Item=activity_item(activity))
        for share in activity.shares:
            item = stock_item(activity.activity_id, share.award.award_id, 0, STOCK)
            dynamodb.put_item(TableName=SETTINGS["TABLE_NAME"], Item=item)


def _activities(kms: Any) -> Iterator[Activity]:  # noqa: ANN401 - as above
    """Yield Lottery's sample activity, in which everybody wins, and the same with a single share of next to nothing."""
    winning = replace(
        read_activity(ROOT / f"activities/{WINNING}.yaml"),
        state=ActivityState.DOING,
        version=1,
        commitment=hashlib.sha256(SEED).hexdigest(),
    )
    least = replace(winning.shares[0], weight=1)
    losing = replace(winning, activity_id=LOSING, strategy_mode=StrategyMode.SINGLE, shares=(least,))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for activity in (winning, losing):
        context = {"activity_id": activity.activity_id}
        sealed = kms.encrypt(KeyId=key, Plaintext=SEED, EncryptionContext=context)["CiphertextBlob"]
        yield replace(activity, sealed_seed=bytes(sealed))
