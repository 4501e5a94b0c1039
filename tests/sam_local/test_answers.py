"""An answer is what events/answers.yaml tells, by its body: neither an exit status nor a status of HTTP is believed."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sam_local.answers import Expected, Said, faults, table
from sam_template import Stack
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.function_name import Function

DRAW = Expected(event="draw", function=Function.DRAW, status=201, body={"outcome": "won", "award": {"award_id": "3"}})
BATCH = Expected(event="batch", function=Function.DISTRIBUTE, answer={"batchItemFailures": []})
WON = {"outcome": "won", "award": {"award_id": "3", "award_name": "ipad"}, "order_id": "7"}
ROWS = {row.event: row for row in table()}


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / f"events/{name}.json").read_text("utf-8"))
    return loaded


def test_an_answer_that_is_as_told_has_no_faults() -> None:
    assert faults(DRAW, Said(status=201, body=WON)) == []
    assert faults(BATCH, Said(status=None, body={"batchItemFailures": []})) == []


@pytest.mark.parametrize("status", [200, 201, None])
def test_a_function_that_failed_is_told_whatever_the_status_is(status: int | None) -> None:
    failed = {**WON, "errorType": "MissingVariableError", "errorMessage": "TABLE_NAME"}

    assert faults(DRAW, Said(status=status, body=failed)) == ["the function failed: TABLE_NAME; MissingVariableError"]


def test_a_failure_is_one_without_its_type_too() -> None:
    assert faults(BATCH, Said(status=None, body={"batchItemFailures": [], "errorMessage": "no"})) != []


@pytest.mark.parametrize(
    ("row", "said", "told"),
    [
        (DRAW, Said(status=200, body=WON), "status: expected 201, got 200"),
        (DRAW, Said(status=201, body={**WON, "outcome": "lost"}), "body.outcome: expected won, got lost"),
        (DRAW, Said(status=201, body={**WON, "award": None}), "body.award: expected {'award_id': '3'}, got None"),
        (DRAW, Said(status=201, body="<html>"), "body: expected "),
        (BATCH, Said(status=200, body={"batchItemFailures": []}), "status: expected None, got 200"),
        (BATCH, Said(status=None, body={"batchItemFailures": [1]}), "answer.batchItemFailures: expected [], got [1]"),
        (BATCH, Said(status=None, body={"batchItemFailures": [], "more": 1}), "answer has more, too"),
        (BATCH, Said(status=None, body="Task timed out after 15.00 seconds"), "answer: expected "),
    ],
)
def test_each_difference_is_told_with_its_place(row: Expected, said: Said, told: str) -> None:
    [fault] = faults(row, said)

    assert fault.startswith(told)


def test_a_list_has_as_many_items_as_told_each_with_the_fields_told() -> None:
    row = Expected(event="orders", function=Function.DRAW, status=200, body={"draws": [{"order_id": "7"}]})

    assert faults(row, Said(status=200, body={"draws": [{"order_id": "7", "outcome": "won"}]})) == []
    assert faults(row, Said(status=200, body={"draws": [{"order_id": "8"}]})) != []
    assert faults(row, Said(status=200, body={"draws": [{"order_id": "7"}, {"order_id": "8"}]})) != []


def test_each_event_has_its_row_and_each_row_its_event() -> None:
    assert set(ROWS) == {file.stem for file in (ROOT / "events").glob("*.json")}


def test_each_route_of_the_template_is_asked_through_the_api() -> None:
    routes = {each["RouteKey"] for each in Stack().of_type("AWS::ApiGatewayV2::Route").values()}

    assert {event(row.event)["routeKey"] for row in ROWS.values() if row.status and not row.only} == routes


def test_every_row_tells_an_answer_and_why_an_event_is_not_sent_to_the_api() -> None:
    for row in ROWS.values():
        over_http = "routeKey" in event(row.event)
        assert (row.status is not None and row.body is not None) == over_http, row.event
        assert (row.answer is None) == over_http, row.event
        assert bool(row.only) >= bool(row.variables), row.event


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("draw", "draw-repeat"),
        ("draw", "quotas"),
        ("quotas", "draw-tree"),
        ("draw", "orders"),
        ("shipping-address", "claim"),
    ],
)
def test_an_event_comes_after_the_one_that_it_needs(before: str, after: str) -> None:
    order = list(ROWS)

    assert order.index(before) < order.index(after)


def test_the_orders_that_the_messages_name_wait_before_and_are_granted_afterwards() -> None:
    for row in ROWS.values():
        if row.function is Function.DISTRIBUTE:
            named: dict[str, list[int]] = {}
            for user_id, order_id in dict.fromkeys(orders_in(event(row.event))):
                named.setdefault(user_id, []).append(order_id)
            assert row.has == {"waiting": named}, row.event
            assert row.granted == named, row.event


def orders_in(batch: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield user and order of each message of a batch, from whatever transport, that names one."""
    records = batch.get("Records") or [record for each in batch["records"].values() for record in each]
    for record in records:
        if "dynamodb" in record:
            keys = {name: value["S"].partition("#")[2] for name, value in record["dynamodb"]["Keys"].items()}
            yield keys["pk"], int(keys["sk"])
            continue
        text = record["body"] if "body" in record else base64.b64decode(record.get("value") or "")
        try:
            invoice = json.loads(text)
        except ValueError:
            continue
        yield invoice["uId"], invoice["orderId"]
