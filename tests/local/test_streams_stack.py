"""A deployed stack whose transport is the stream of its table, end to end, and what heals it."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from played import compensate, until
from tombola.aws.items import order_from, order_key
from tombola.aws.workers import ALIAS
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.channel import TableStream, channel_of
from tombola_cli.local.launch import launch
from tombola_cli.operate import logbook
from tombola_cli.operate.api import Api
from tombola_cli.operate.dead_letters import DeadLetter, Reason, drop, looked_at
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack
from tombola_cli.operate.transport_name import TransportName

BROKEN = "def handler(event, context):\n    raise MemoryError\n"
SHORT_AGE = 2  # seconds that a record may be old; AWS allows 60 and more, and the emulator this
USERS = 8
LOG_MINUTES = 10


@pytest.fixture(scope="module")
def api(streams_stack: Stack) -> Api:
    launch(ROOT / "activities/100001.yaml", streams_stack)
    return Api(streams_stack, connections_max=USERS)


@pytest.fixture
def stream(streams_stack: Stack) -> TableStream:
    channel = channel_of(streams_stack, Path())
    assert isinstance(channel, TableStream)
    return channel


def drawn(api: Api) -> dict[str, Any]:
    reply = api.draw("100001", f"user-{uuid.uuid4()}", "key")
    assert reply.status == 201
    return reply.body


def states(api: Api, order: dict[str, Any]) -> tuple[int, int]:
    shown = api.order(order["user_id"], order["order_id"]).body
    return shown["grant_state"], shown["mq_state"]


def granted(api: Api, order: dict[str, Any]) -> bool:
    return states(api, order) == (1, 1)


def item_of(stack: Stack, order: dict[str, Any]) -> Any:
    key = order_key(order["user_id"], int(order["order_id"]))
    return stack.client("dynamodb").get_item(TableName=stack.table_name, Key=key, ConsistentRead=True)["Item"]


def gave_back(stack: Stack, order: dict[str, Any]) -> bool:
    """Return whether distribution has told that it gave a record of order back."""
    told = logbook.lines(stack, Function.DISTRIBUTE, LOG_MINUTES, follow=False)
    return any("not delivered" in line and order["order_id"] in line for _, _, line in told)


@contextmanager
def distribution_that_fails(stack: Stack) -> Iterator[None]:
    """Let the alias lead to a version that fails, and let Lambda give up records sooner than AWS would."""
    functions, name = stack.client("lambda"), stack.distribute_function
    live = functions.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("distribute_handler.py", BROKEN)
    functions.update_function_code(FunctionName=name, ZipFile=code.getvalue())
    broken = functions.publish_version(FunctionName=name)["Version"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=SHORT_AGE)
    functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=broken)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=live)
        age = mapping["MaximumRecordAgeInSeconds"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=age)


def letters(stack: Stack) -> list[DeadLetter]:
    found, _ = looked_at(lambda _: True, 1, stack)
    return found


def test_a_draw_is_answered_without_a_mark_and_granted_by_its_own_write(api: Api) -> None:
    order = drawn(api)

    assert order["mq_state"] == 0
    until(lambda: granted(api, order))


def test_what_is_drawn_while_nobody_reads_is_granted_as_soon_as_somebody_does(api: Api, stream: TableStream) -> None:
    stream.take_away()
    try:
        orders = [drawn(api) for _ in range(3)]
        assert {states(api, order) for order in orders} == {(0, 0)}
    finally:
        stream.bring_back()

    until(lambda: all(granted(api, order) for order in orders))


def test_a_record_that_comes_twice_grants_once(api: Api, stream: TableStream, streams_stack: Stack) -> None:
    order = drawn(api)
    until(lambda: granted(api, order))
    before = item_of(streams_stack, order)

    stream.send_again([order_from(before)])

    assert item_of(streams_stack, order) == before


def deployed_with(transport: TransportName, stack: Stack, environment: Path) -> Stack:
    place = Place(endpoint_url=stack.endpoint_url, region=LOCAL_REGION)
    parameters = {**local_stack.PARAMETERS, "Transport": transport}
    return local_stack.deployed(place, environment, print, stack.stack_name, parameters)


def test_a_running_stack_changes_its_transport_and_back_and_loses_nothing(
    api: Api, stream: TableStream, streams_stack: Stack, emulator_environment: Path
) -> None:
    stream.take_away()
    untold = drawn(api)
    by_queue = deployed_with(TransportName.SQS, streams_stack, emulator_environment)
    try:
        sent = drawn(api)
        assert sent["mq_state"] == 1
        until(lambda: granted(api, sent))
        until(lambda: compensate(by_queue) and granted(api, untold))
        channel_of(by_queue, Path()).receive(enabled=False)
        unreceived = drawn(api)
    finally:
        again = deployed_with(TransportName.STREAMS, streams_stack, emulator_environment)

    assert (by_queue.transport, again.transport, again.queue_url) == ("sqs", "streams", "")
    told = drawn(api)
    assert told["mq_state"] == 0
    until(lambda: granted(api, told))
    until(lambda: compensate(again) and granted(api, unreceived))


def test_a_record_of_no_order_holds_nobody_up(api: Api, streams_stack: Stack) -> None:
    dynamodb, key = streams_stack.client("dynamodb"), {"pk": {"S": "USER#nobody"}, "sk": {"S": "ORDER#seven"}}
    dynamodb.put_item(TableName=streams_stack.table_name, Item={**key, "wake": {"N": "1"}})
    try:
        order = drawn(api)
        until(lambda: granted(api, order))
    finally:
        dynamodb.delete_item(TableName=streams_stack.table_name, Key=key)


def test_a_record_that_was_given_back_and_lost_is_woken_by_a_claim(
    api: Api, stream: TableStream, streams_stack: Stack
) -> None:
    """The emulator takes a record that distribution gives back for done: nothing but a claim can wake its order."""
    dynamodb, table = streams_stack.client("dynamodb"), streams_stack.table_name
    stream.take_away()
    order = drawn(api)
    item = item_of(streams_stack, order)
    dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})
    stream.bring_back()
    until(lambda: gave_back(streams_stack, order))

    dynamodb.put_item(TableName=table, Item={name: value for name, value in item.items() if name != "wake"})
    until(lambda: compensate(streams_stack) and granted(api, order))
    assert int(item_of(streams_stack, order)["claims"]["N"]) >= 1


def test_what_was_given_up_leaves_a_letter_without_an_order_and_is_woken_by_a_claim(
    api: Api, streams_stack: Stack
) -> None:
    with distribution_that_fails(streams_stack):
        order = drawn(api)
        (letter,) = until(lambda: letters(streams_stack))

    assert (letter.order, letter.reason) == (None, Reason.STREAM)
    assert "Lambda gave 1 write of the stream up (MaxRecordAgeExceeded)" in letter.words
    assert order["user_id"] not in letter.body
    until(lambda: compensate(streams_stack) and granted(api, order))
    assert int(item_of(streams_stack, order)["claims"]["N"]) >= 1
    assert drop([letter.message_id], lambda _: True, streams_stack, lambda _: None) == 1


def test_the_books_of_the_whole_run_balance(api: Api, streams_stack: Stack) -> None:
    def quiet() -> Any:
        compensate(streams_stack)
        verdict = audit(read_books(streams_stack.client("dynamodb"), streams_stack.table_name), {})
        return verdict if not verdict.waiting else None

    verdict = until(quiet)

    assert verdict.breaches == ()
    assert (verdict.granted_twice, verdict.parked) == (0, 0)
