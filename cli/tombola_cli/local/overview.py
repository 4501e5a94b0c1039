"""How a stack stands: its process, its addresses, its queues, its table."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tombola_cli.local import local_stack, ministack, topic
from tombola_cli.local.local_kafka import LocalKafka
from tombola_cli.local.process import Background
from tombola_cli.local.wheel_server import WheelServer
from tombola_cli.operate import emulated_answers
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.transport_name import TransportName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

SCAN_ITEMS_MAX = 50_000  # a scan reads the whole table, and on AWS it costs
ROLES = frozenset({"ORDER", "QUOTA", "LOG", "STOCK", "FREE", "USED"})  # sort keys of others are names, or say CONFIG
MEGABYTE_IN_KB = 1024


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages wait in a queue, and how many are with a receiver."""

    waiting: int
    under_way: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a stack stands; emulator is None on AWS, items are counted by kind up to a bound."""

    stack_name: str
    emulator: str | None
    endpoint_url: str | None
    api_url: str
    wheel_url: str | None  # None on AWS, and where the page is not served
    transport: str
    queue: Depth | None  # None where the transport cannot be asked
    broker: str | None  # these two of a local stack with Kafka
    bridge: str | None
    dead_letters: Depth
    unprotected: list[str]
    table_name: str
    items: Counter[str]
    all_counted: bool


def standing(stack: Stack, home: Path) -> Standing:
    items = items_by_kind(stack)
    return Standing(
        stack_name=stack.stack_name,
        emulator=_process(stack.endpoint_url, home) if stack.endpoint_url else None,
        endpoint_url=stack.endpoint_url,
        api_url=stack.api_url,
        wheel_url=WheelServer(home).url(stack.api_url) if stack.endpoint_url else None,
        transport=stack.transport,
        queue=_queue(stack, home),
        broker=_broker(home) if _has_kafka(stack) else None,
        bridge=_named(LocalKafka(home).bridge) if _has_kafka(stack) else None,
        dead_letters=_depth(stack, stack.dlq_url),
        unprotected=unprotected(stack),
        table_name=stack.table_name,
        items=items,
        all_counted=items.total() < SCAN_ITEMS_MAX,
    )


def unprotected(stack: Stack) -> list[str]:
    """Return the tables that one call would delete; tombola doctor says what to do."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    names = (stack.table_name, stack.deliveries_table_name)
    tables = [dynamodb.describe_table(TableName=name)["Table"] for name in names]
    return [table["TableName"] for table in tables if not emulated_answers.is_protected(table)]


def items_by_kind(stack: Stack) -> Counter[str]:
    """Count the table's items by the first word of their keys, up to a bound."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=stack.table_name,
        ProjectionExpression="pk, sk",
        PaginationConfig={"MaxItems": SCAN_ITEMS_MAX},
    )
    return Counter(_kind(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"])


def _kind(pk: str, sk: str) -> str:
    """USER#… ORDER#… is an order; ACTIVITY#… CONFIG is an activity; a parcel is new or out."""
    partition, role = pk.split("#", maxsplit=1)[0], sk.split("#", maxsplit=1)[0]
    if partition == "SHIPMENTS":
        return f"shipment {role}".lower()
    return (role if role in ROLES else partition).lower()


def _depth(stack: Stack, queue_url: str) -> Depth:
    sqs: SQSClient = stack.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    return Depth(int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"]))


def _has_kafka(stack: Stack) -> bool:
    return bool(stack.endpoint_url) and stack.transport == TransportName.KAFKA


def _queue(stack: Stack, home: Path) -> Depth | None:
    """Return what waits in the queue, or in the local topic; None where nobody can tell."""
    if stack.queue_url:
        return _depth(stack, stack.queue_url)
    kafka = LocalKafka(home)
    if not _has_kafka(stack) or not (kafka.is_own or kafka.broker.process.is_alive()):
        return None
    return Depth(topic.waiting(stack, kafka.addresses), 0)


def _broker(home: Path) -> str:
    kafka = LocalKafka(home)
    return f"none of our own, {kafka.addresses}" if kafka.is_own else _named(kafka.broker.process, kafka.addresses)


def _named(process: Background, *more: str) -> str:
    pid = process.pid
    told = f"not running (log: {process.log})" if pid is None else f"pid {pid}"
    return ", ".join([*more, told])


def _process(endpoint_url: str, home: Path) -> str:
    emulator = local_stack.emulator_of(home)
    pid = emulator.pid
    if pid is None:
        return f"none of our own; {'answering' if ministack.is_healthy(endpoint_url) else 'not answering'}"
    health = "answering" if ministack.is_healthy(endpoint_url) else f"not answering (log: {emulator.log})"
    return f"pid {pid}, {health}; {memory(pid)}"


def memory(pid: int) -> str:
    """Sum up the memory of the emulator and its workers; memory that they share counts once."""
    processes = _group(pid)
    if not processes:
        return "memory unknown without /proc"
    return f"{len(processes) - 1} workers, {sum(map(_share_in_kb, processes)) // MEGABYTE_IN_KB} MB"


def _group(pid: int) -> list[Path]:
    """Return the /proc folders of the emulator's process group; none where there is no /proc."""
    return [folder for folder in Path("/proc").glob("[0-9]*") if _group_of(folder) == pid]


def _group_of(process: Path) -> int | None:
    try:
        after_name = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return None
    return int(after_name[2])


def _share_in_kb(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
