"""An operator's desk: the command, and a stack on emulated AWS."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from builders import NOON
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.invoices import read_invoice
from tombola.aws.items import order_item
from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola_cli.commands import main
from tombola_cli.local import local_stack
from tombola_cli.operate import dead_letters, order_lists
from tombola_cli.operate.batch_writes import WRITES_MAX, batch_write, parts_of
from tombola_cli.operate.stack import LOCAL_REGION, Stack

NAMES = {field.name for field in fields(Stack)} - {"region", "endpoint_url", "profile"}


@dataclass
class Done:
    """What a command left: its status, and what it said to both readers."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """The table and the queues of a stack, and the time of AWS."""

    ledger: TableLedger
    sqs: Any
    stack: Stack
    now: datetime = NOON

    def run(self, *words: object, stdin: str | None = None) -> Done:
        """Run the command as a program would, which asks nobody."""
        done = CliRunner().invoke(main.app, [str(word) for word in words], input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            return Done(1, done.stdout, f"{type(done.exception).__name__}: {done.exception}")
        return Done(done.exit_code, done.stdout, done.stderr)

    def json(self, *words: object) -> Any:
        done = self.run(*words, "--json")
        assert done.status == 0, done
        return done.said

    def put(self, *orders: Order) -> None:
        puts = ({"PutRequest": {"Item": order_item(order)}} for order in orders)
        for some in parts_of(puts, WRITES_MAX):
            batch_write(self.ledger.dynamodb, self.ledger.table, some, self.stack.patience)

    def order(self, order_id: int, user_id: str = "xiaofuge") -> Order:
        order = self.ledger.order(user_id, order_id)
        assert order is not None
        return order

    def dead(self, *bodies: str | Order) -> list[str]:
        """Put messages among the dead letters; return their ids."""
        texts = [invoice_json(body) if isinstance(body, Order) else body for body in bodies]
        return [self.sqs.send_message(QueueUrl=self.stack.dlq_url, MessageBody=body)["MessageId"] for body in texts]

    def visible(self, queue_url: str) -> list[str]:
        """Return the bodies of the messages that a receiver sees now."""
        found = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]

    def lying(self, queue_url: str) -> int:
        """Return how many messages there are, hidden ones too."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    @property
    def queued(self) -> list[int]:
        """The orders of the invoices on the queue."""
        return [read_invoice(body).order_id for body in self.visible(self.stack.queue_url)]


@cache
def client(service: str) -> Any:
    """Return one client for all desks: making one takes longer than most commands."""
    return boto3.client(service, region_name=LOCAL_REGION)  # type: ignore[call-overload]


@contextmanager
def a_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    with emulated_aws():
        ledger, sqs = TableLedger(client("dynamodb")), client("sqs")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("queue_url", "dlq_url")}
        names = {**dict.fromkeys(NAMES, ""), "table_name": ledger.table, **urls}
        desk = Desk(ledger, sqs, Stack(**names, region=LOCAL_REGION))
        monkeypatch.setattr(Stack, "client", lambda _, service: client(service))
        monkeypatch.setattr(Stack, "now", lambda _: desk.now)
        monkeypatch.setattr(order_lists, "utc_now", lambda: desk.now)
        monkeypatch.setattr(local_stack, "running", lambda _: desk.stack)
        monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
        yield desk
