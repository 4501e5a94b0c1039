"""Exporting the codes that were handed over, for the shop that takes them."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tombola.aws.code_items import FORGOTTEN, USED, code_of, shard_pk
from tombola.aws.decode import Fields, moment_from, totally
from tombola.aws.items import text
from tombola.rules.code_pool import POOL_SHARDS
from tombola.rules.unreadable import Unreadable
from tombola_cli.files.private_file import private_file
from tombola_cli.files.sheet_cells import safe
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COLUMNS = ("code", "user_id", "order_id", "at")

Tell = Callable[[int], None]  # codes that are written
Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Exported:
    """How many codes a file has now, and how many items of the pool could not be read."""

    written: int
    unreadable: int


def export_used(pool: str, path: Path, stack: Stack, tell: Tell = lambda _: None) -> Exported:
    """Write the used codes of pool to a new file at path, which only its owner may read.

    Raise TombolaError if there is a file already, or none can be made.
    """
    written = unreadable = 0
    with private_file(path, "codes are secrets") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for item in _used(pool, stack):
            found = _row(item)
            if isinstance(found, Unreadable):  # its key is a code, so that it is only counted
                unreadable += 1
                continue
            rows.writerow(found)
            written += 1
            tell(written)
    return Exported(written, unreadable)


def _used(pool: str, stack: Stack) -> Iterator[Mapping[str, Any]]:
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    for shard in range(POOL_SHARDS):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=stack.table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :used)",
            ExpressionAttributeValues={":pk": text(shard_pk(pool, shard)), ":used": text(USED)},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]


def _row_from(item: Mapping[str, Any]) -> Row:
    if FORGOTTEN in item:
        return code_of(item), "", "", ""
    fields = Fields(item)
    at = fields.read("at", "N", moment_from).isoformat(timespec="milliseconds")
    # A user may choose the user_id; a code is the shop's own, and is compared as it is.
    return code_of(item), safe(fields.read("user_id", "S", str)), str(fields.read("order_id", "N", int)), at


_row = totally(_row_from)
