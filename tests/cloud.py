"""The three handlers on emulated AWS, with the world played by the test: clients, queue, schedule, clock and faults."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import boto3
import pytest

import compensate_handler
import distribute_handler
import draw_handler
from builders import NOON, SEED, a_share, an_activity
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws import clients, clock, telemetry
from tombola.rules.activity import CAP, Activity
from tombola.rules.stock import deal
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import books_of

EVENTS = Path(__file__).parents[1] / "events"
HANDLERS = (draw_handler, distribute_handler, compensate_handler)
RECEIVE_MAX = 10
FAILURES_MAX = 3


def event(name: str) -> dict[str, Any]:
    """Return the sample event of that name."""
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return content


@dataclass
class Context:
    """Lambda's context, with all the time a test wants."""

    function_name: str = "function"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request"
    seconds: float = 30.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class OneThread:
    """In place of a thread pool: faults want an order."""

    def __init__(self, _threads: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@dataclass
class Cloud:
    """Everything that a stack has, and the time."""

    ledger: TableLedger
    sqs: Any
    queue_url: str
    dlq_url: str
    seed: bytes = SEED
    now: datetime = NOON
    answers: list[Answer] = field(default_factory=list)

    def apply(self, activity: Activity, stock: Mapping[tuple[str, int], int]) -> None:
        self.ledger.apply(activity, stock)

    def send(self, name: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Send the sample event of that name, changed, to the draw function; return status and body."""
        answer = draw_handler.handler({**event(name), **changes}, Context())  # type: ignore[arg-type]
        return answer["statusCode"], json.loads(answer["body"])

    def answer(self, route: str, **parameters: str) -> dict[str, Any]:
        """Look at what route shows; return the whole answer."""
        looking = {"routeKey": f"GET {route}", "pathParameters": parameters, "headers": {}, "body": None}
        context = event("draw")["requestContext"]
        context["http"]["method"] = "GET"
        return draw_handler.handler({**event("draw"), **looking, "requestContext": context}, Context())  # type: ignore[arg-type]

    def request(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        return self.send("draw", **changes)

    def draw(self, key: str = "key", user_id: str = "xiaofuge", activity_id: str = "100001") -> tuple[int, Any]:
        """Draw as a client does, and remember what it was told."""
        status, body = self.request(
            headers={"idempotency-key": key},
            pathParameters={"activity_id": activity_id},
            body=json.dumps({"user_id": user_id}),
        )
        if status in (200, 201):
            self.answers.append(Answer(activity_id=activity_id, user_id=user_id, idempotency_key=key, order=body))
        return status, body

    def get(self, route: str, query: Mapping[str, str] | None = None, **parameters: str) -> tuple[int, dict[str, Any]]:
        context = event("draw")["requestContext"]
        context["http"]["method"] = "GET"
        return self.request(
            routeKey=f"GET {route}",
            pathParameters=parameters,
            queryStringParameters=query,
            requestContext=context,
            headers={},
            body=None,
        )

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """Yield the AWS calls that are made within, as they are made."""
        made: list[str] = []
        for client in (self.ledger.dynamodb, self.sqs):
            client.meta.events.register_first("before-call.*.*", lambda model, **_: made.append(model.name), "count")
        try:
            yield made
        finally:
            for client in (self.ledger.dynamodb, self.sqs):
                client.meta.events.unregister("before-call.*.*", unique_id="count")

    def messages(self) -> list[dict[str, Any]]:
        """Return what lies on the queue, as its next receiver."""
        found = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=RECEIVE_MAX, VisibilityTimeout=0)
        return list(found.get("Messages", []))

    def deliver(self) -> int:
        """Hand one batch to the distribution function as an event source mapping does; return its size."""
        batch = self.messages()
        if batch:
            failed = self.distribute([message["Body"] for message in batch])
            for index, message in enumerate(batch):
                if index not in failed:
                    self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(batch)

    def distribute(self, bodies: list[str], context: Context | None = None) -> set[int]:
        """Invoke the distribution function with bodies; return the positions that it reports as failed."""
        template = event("distribute-lottery-invoice")["Records"][0]
        records = [{**template, "messageId": str(index), "body": body} for index, body in enumerate(bodies)]
        answer = distribute_handler.handler({"Records": records}, context or Context())  # type: ignore[arg-type]
        return {int(str(failure["itemIdentifier"])) for failure in answer["batchItemFailures"]}

    def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters, each as often as it is asked for."""
        found = self.sqs.receive_message(
            QueueUrl=self.dlq_url,
            MaxNumberOfMessages=RECEIVE_MAX,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        )
        return list(found.get("Messages", []))

    def compensate(self, later: timedelta = timedelta()) -> dict[str, int]:
        self.now += later
        return compensate_handler.handler(event("compensate-schedule"), Context())  # type: ignore[arg-type]

    def audit(self) -> Audit:
        return audit(books_of(self.ledger.items()), {"100001": self.seed}, self.answers)


@cache
def client(service: str) -> Any:
    """Return one client for all clouds of a run: making one takes longer than most campaigns."""
    return boto3.client(service)  # type: ignore[call-overload]


@contextmanager
def an_empty_cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud whose table holds nothing."""
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws(), monkeypatch.context() as patch:
        ledger = TableLedger(client("dynamodb"))
        sqs = client("sqs")
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("invoices", "dead-letters")]
        cloud = Cloud(ledger, sqs, *urls)
        set_environment(patch, cloud)
        yield cloud
    for module in HANDLERS:
        module.wire.cache_clear()


@contextmanager
def a_cloud(monkeypatch: pytest.MonkeyPatch, *shares: Any, **changes: Any) -> Iterator[Cloud]:
    """Yield a cloud whose activity 100001 has shares; its stock and cap are dealt over their shards."""
    with an_empty_cloud(monkeypatch) as cloud:
        activity = an_activity(*(shares or (a_share(),)), sealed_seed=sealed(SEED, "100001"), **changes)
        cloud.apply(activity, stock_of(activity))
        yield cloud


def stock_of(activity: Activity) -> dict[tuple[str, int], int]:
    """Return the units of each shard, those of the cap too."""
    units = {share.award.award_id: share.stock or 0 for share in activity.shares}
    if activity.cap is not None:
        units[CAP] = activity.cap.limit
    dealt = {name: deal([0] * shards, units[name]) for name, shards in activity.shards.items()}
    return {(name, shard): number for name, shards in dealt.items() for shard, number in enumerate(shards)}


def set_environment(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    environment = {
        "TABLE_NAME": cloud.ledger.table,
        "TRANSPORT": "sqs",
        "QUEUE_URL": cloud.queue_url,
        "DEAD_LETTERS_URL": cloud.dlq_url,
        "FIRST_CHECK_SECONDS": "60",
        "RESEND_AFTER_SECONDS": "600",
        "BACKOFF_SECONDS": "60",
        "BACKOFF_MAX_SECONDS": "3600",
        "FAILURES_MAX": str(FAILURES_MAX),
        "REPAIR_WORKERS": "1",
        "AUTHORIZATION": "iam",
        "STAGE": "local",
        "CALLS_TABLE": "calls",
        "PROVIDER_SECRETS": "tombola/provider/",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for service in ("dynamodb", "sqs", "kms", "secretsmanager"):
        monkeypatch.setattr(clients, f"{service}_client", lambda service=service: client(service))
    monkeypatch.setattr(clock, "utc_now", lambda: cloud.now)
    for module in (compensate_handler, distribute_handler):
        monkeypatch.setattr(module, "ThreadPoolExecutor", OneThread)
    monkeypatch.setattr(telemetry.log.handlers[0], "stream", Stdout())
    for module in HANDLERS:
        module.wire.cache_clear()


class Stdout:
    """Whatever stdout is when something is logged, so that a test can capture it."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def sealed(seed: bytes, activity_id: str) -> bytes:
    """Return seed as only the function that draws this activity may read it."""
    kms = client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    context = {"activity_id": activity_id}
    return bytes(kms.encrypt(KeyId=key_id, Plaintext=seed, EncryptionContext=context)["CiphertextBlob"])
