"""What is done in a campaign that is recorded: by operators, by users, by the queue and by the schedule."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

import pytest

from books.recording import DRAW, DRAW_BY_TREE, OK, SAFE, Client, Exchange, Item
from books.staged import ACTIVITIES, POOL, TREE
from cloud import Cloud, Context, client
from tombola.aws.items import order_key
from tombola.aws.prizes import TextPrizes
from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action
from tombola.rules.order import Order
from tombola_cli.operate.apply import apply
from tombola_cli.operate.stack import Stack

MINUTE = timedelta(minutes=1)


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@dataclass(frozen=True, kw_only=True)
class MotoStack(Stack):
    """The stack as the command finds it."""

    def client(self, service: str) -> Any:
        return SAFE if service == "kms" else client(service)


def a_stack(table_name: str) -> Stack:
    names = {each.name: "" for each in fields(Stack)}
    return MotoStack(**{**names, "table_name": table_name})


@dataclass
class Play:
    """The campaign so far: who drew what, and every message that lay on the queue."""

    cloud: Cloud
    monkeypatch: pytest.MonkeyPatch
    client: Client
    messages: list[str] = field(default_factory=list)
    keys: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def at(self, now: datetime) -> None:
        assert now >= self.cloud.now, "time goes one way"
        self.cloud.now = now

    def apply(self, activity: Activity) -> None:
        apply(activity, a_stack(self.cloud.ledger.table), "ops", "as planned", self.cloud.now)

    def move(self, activity_id: str, *actions: Action) -> None:
        for action in actions:
            assert self.cloud.ledger.move(self.activity(activity_id), action, "ops", f"to {action}", self.cloud.now)

    def launch(self, *activity_ids: str) -> None:
        for activity_id in activity_ids:
            self.apply(ACTIVITIES[activity_id])
            self.move(activity_id, Action.SUBMIT, Action.APPROVE)

    def activity(self, activity_id: str) -> Activity:
        found = self.cloud.ledger.activity(activity_id)
        assert found is not None
        return found

    def draw(self, activity_id: str, user_id: str, context: Context | None = None) -> Exchange:
        body = {"user_id": user_id}
        return self.client.ask(DRAW, {"activity_id": activity_id}, body, key=self._key(), context=context)

    def draw_by_tree(self, user_id: str, facts: Mapping[str, Any]) -> Exchange:
        return self.client.ask(
            DRAW_BY_TREE, {"tree_id": TREE}, {"user_id": user_id, "facts": dict(facts)}, key=self._key()
        )

    def draw_with_no_queue(self, user_id: str) -> None:
        self.cloud.now += MINUTE
        self.cloud.sqs.delete_queue(QueueUrl=self.cloud.queue_url)
        self.draw(POOL, user_id)
        self.cloud.sqs.create_queue(QueueName="invoices")

    def draw_and_run_out_of_time(self, user_id: str, seconds: float, call: str) -> None:
        """Draw in an invocation that has so many seconds left once such a call went well."""
        self.cloud.now += MINUTE
        context, events = Context(), client(call.partition(".")[0]).meta.events

        def hurry(http_response: Any, **_: Any) -> None:
            if http_response.status_code == OK:
                context.seconds = seconds

        events.register(f"after-call.{call}", hurry)
        self.draw(POOL, user_id, context)
        events.unregister(f"after-call.{call}", hurry)

    def order(self, drawn: Exchange) -> Order:
        found = self.cloud.ledger.order(drawn.answer["user_id"], int(drawn.answer["order_id"]))
        assert found is not None
        return found

    def deliver(self) -> None:
        """Hand over whatever lies on the queue; a batch whose function is killed is lost."""
        for bodies in iter(self.lose, []):
            with suppress(KilledError):
                self.cloud.distribute(bodies)

    def lose(self) -> list[str]:
        """Take a batch off the queue, and no further."""
        batch = self.cloud.messages()
        for message in batch:
            self.cloud.sqs.delete_message(QueueUrl=self.cloud.queue_url, ReceiptHandle=message["ReceiptHandle"])
        bodies = [message["Body"] for message in batch]
        self.messages += bodies
        return bodies

    @contextmanager
    def grants_end_in(self, error: BaseException) -> Iterator[None]:
        def broken(_: TextPrizes, __: Order, ___: datetime) -> Any:
            raise error

        with self.monkeypatch.context() as patch:
            patch.setattr(TextPrizes, "grant", broken)
            yield

    def change(self, order: Order, expression: str, **values: Item) -> None:
        """Change an order's item as no code here would."""
        named: Any = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}}
        self.cloud.ledger.dynamodb.update_item(
            TableName=self.cloud.ledger.table,
            Key=order_key(order.user_id, order.order_id),
            UpdateExpression=expression,
            **(named if values else {}),
        )

    def _key(self) -> str:
        return f"key-{next(self.keys):03d}"
