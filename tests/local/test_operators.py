"""What an operator does on the deployed local stack: many orders at once, and the real queues."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from builders import an_award, an_order
from tombola.aws.items import order_item
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, Order
from tombola_cli.commands import main
from tombola_cli.local import local_stack, overview
from tombola_cli.operate.stack import Stack

ORDERS = 250
QUIET_SECONDS_MAX = 300.0
Tombola = Callable[..., Any]


@pytest.fixture
def tombola(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tombola:
    """Run a command on the session's stack and return its document."""
    stack.save(local_stack.stack_file(tmp_path))
    monkeypatch.setattr(local_stack, "HOME", tmp_path)

    def command(*words: object) -> Any:
        done = CliRunner().invoke(main.app, [*map(str, words), "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return command


@pytest.fixture
def activity_id() -> str:
    return f"operated-{uuid.uuid4()}"


@pytest.fixture
def parked(stack: Stack, activity_id: str) -> Iterator[str]:
    """Park the orders of a user, all at one moment; leave nothing of them for the tests beside this one."""
    user_id, table = f"user-{uuid.uuid4()}", stack.client("dynamodb")
    items = [
        order_item(
            an_order(
                each,
                user_id=user_id,
                activity_id=activity_id,
                award=an_award(award_content="SECRET"),
                grant_state=GrantState.PARKED,
                parked_because="the pool is empty",
                due_at=stack.now(),
            )
        )
        for each in range(ORDERS)
    ]
    for item in items:
        table.put_item(TableName=stack.table_name, Item=item)
    yield user_id
    for item in items:
        table.delete_item(TableName=stack.table_name, Key={"pk": item["pk"], "sk": item["sk"]})


def test_parked_orders_are_listed_page_by_page_and_all_tried_again(
    tombola: Tombola, parked: str, activity_id: str
) -> None:
    named = ("--activity", activity_id)
    page = tombola("orders", "list", "--parked", *named)
    found = [order["order_id"] for order in page["orders"]]
    while page["next"] is not None:
        page = tombola("orders", "list", "--parked", *named, "--after", page["next"])
        found += [order["order_id"] for order in page["orders"]]
    assert sorted(map(int, found)) == list(range(ORDERS))

    done = tombola("orders", "retry", *named, "--why", "the pool is full again", "--yes")

    assert (done["done"], done["moved_on"], done["refused"]) == (ORDERS, 0, 0)
    assert tombola("orders", "list", "--parked", *named)["orders"] == []
    history = tombola("orders", "show", parked, 7)["history"]
    assert [event["what"] for event in history][:3] == ["drawn", "parked", "retry"]


@pytest.fixture
def granted(stack: Stack) -> Iterator[Order]:
    """Put an order that is granted, to which a message does nothing; take it away once the queue is empty."""
    changes: dict[str, Any] = {"grant_state": GrantState.GRANTED, "granted_at": stack.now(), "due_at": None}
    order = an_order(7, user_id=f"user-{uuid.uuid4()}", award=an_award(award_content="SECRET"), **changes)
    table, item = stack.client("dynamodb"), order_item(order)
    table.put_item(TableName=stack.table_name, Item=item)
    yield order
    deadline = time.monotonic() + QUIET_SECONDS_MAX
    while overview.standing(stack, local_stack.HOME).queue != overview.Depth(0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    table.delete_item(TableName=stack.table_name, Key={"pk": item["pk"], "sk": item["sk"]})


def test_dead_letters_are_told_sent_again_and_dropped(tombola: Tombola, stack: Stack, granted: Order) -> None:
    sqs = stack.client("sqs")
    ids = [
        sqs.send_message(QueueUrl=stack.dlq_url, MessageBody=body)["MessageId"]
        for body in ("no invoice", invoice_json(granted))
    ]

    listed = tombola("dlq", "list")
    told = {each["message_id"]: each["reason"] for each in listed["messages"]}
    assert [told[each] for each in ids] == ["malformed", "granted"]
    assert "SECRET" not in json.dumps(listed)

    assert tombola("dlq", "retry", ids[1]) == {"done": 1, "moved_on": 0}
    assert tombola("dlq", "drop", ids[0], "--yes") == {"done": 1, "moved_on": 0}

    left = {each["message_id"] for each in tombola("dlq", "list")["messages"]}
    assert left & set(ids) == set()
