"""What cannot be read is shown to an operator with its key and the reason, and hides nothing else."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import boto3
import pytest

from builders import NOON, a_share, an_activity, an_entry, an_order
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.activity_items import activity_item
from tombola.aws.items import number, order_item
from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.local import local_stack
from tombola_cli.operate.stack import LOCAL_REGION, Stack

NAMES = {field.name for field in fields(Stack)} - {"region", "endpoint_url", "profile", "table_name"}
HURT = {"claims": number(-1)}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    """Yield the table of the stack that the commands work on."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with emulated_aws():
        table = TableLedger(boto3.client("dynamodb", region_name=LOCAL_REGION))
        stack = Stack(**dict.fromkeys(NAMES, ""), region=LOCAL_REGION, table_name=table.table)
        monkeypatch.setattr(local_stack, "running", lambda _: stack)
        yield table


def tombola(capsys: pytest.CaptureFixture[str], *words: Any) -> str:
    main.app(list(words), standalone_mode=False)
    return " ".join(capsys.readouterr().out.split())


def test_a_users_orders_are_shown_and_the_one_that_cannot_be_is_told(
    table: TableLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    table.put(an_order(1))
    table.put_item(order_item(an_order(2)) | HURT)

    shown = tombola(capsys, "orders", "list", "xiaofuge")

    assert " 1 100001 " in shown
    assert f"cannot be shown: USER#xiaofuge ORDER#{2:019d}: claims cannot be read" in shown


def test_what_was_set_aside_is_listed_with_where_it_stood_and_why(
    table: TableLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    table.put_item(order_item(an_order(7)) | HURT)
    table.put(an_order(135))
    for entry in table.due("7", NOON + timedelta(days=1), limit=10).entries:
        table.set_aside(entry, NOON)

    shown = tombola(capsys, "orders", "list", "--unreadable")

    assert f"USER#xiaofuge ORDER#{7:019d}: stood in lane 7: claims cannot be read" in shown
    assert f"USER#xiaofuge ORDER#{135:019d}: stood in lane 7: it can be read again" in shown


def test_a_parked_order_that_cannot_be_read_hides_no_other(
    table: TableLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    for order_id in (1, 2):
        table.put(an_order(order_id))
        table.park(an_order(order_id), "refused", NOON)
    table.dynamodb.update_item(
        TableName=table.table,
        Key={"pk": {"S": "USER#xiaofuge"}, "sk": {"S": f"ORDER#{2:019d}"}},
        UpdateExpression="SET claims = :claims",
        ExpressionAttributeValues={":claims": {"N": "-1"}},
    )

    shown = tombola(capsys, "orders", "list", "--parked")

    assert "order 1 activity 100001" in shown
    assert f"cannot be shown: USER#xiaofuge ORDER#{2:019d}" in shown


def test_an_activity_that_cannot_be_read_is_told_by_the_list_and_refused_by_name_elsewhere(
    table: TableLedger, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("sound", "hurt"):
        table.write(None, an_activity(a_share(), activity_id=name), an_entry())
    table.put_item(activity_item(an_activity(activity_id="hurt")) | {"begin": number(1)})

    shown = tombola(capsys, "activity", "list")

    assert "sound" in shown
    assert "cannot be shown: ACTIVITY#hurt CONFIG: begin cannot be read" in shown
    with pytest.raises(TombolaError, match="ACTIVITY#hurt CONFIG cannot be read: begin cannot be read"):
        tombola(capsys, "activity", "show", "hurt")


def test_an_order_that_cannot_be_read_is_not_released(table: TableLedger, capsys: pytest.CaptureFixture[str]) -> None:
    table.put_item(order_item(an_order(7)) | HURT)

    shown = tombola(capsys, "orders", "release", "xiaofuge", "7", "--why", "checked")

    assert "0 orders released; 1 order refused" in shown
    assert "it cannot be read: claims cannot be read" in shown
