"""The codes of a pool in the table: which are there, and putting new ones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

from tombola.aws.batch import KEYS_MAX, batch_get
from tombola.aws.code_items import FREE, USED, code_of, free_item, free_key, pool_item, shard_pk, used_key
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import text
from tombola.rules.code_pool import POOL_SHARDS
from tombola_cli.errors import TombolaError
from tombola_cli.files.code_file import CodeLine
from tombola_cli.operate.batch_writes import WRITES_MAX, batch_write, parts_of
from tombola_cli.operate.import_record import Finding
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_A_CODE = 2
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as in the files of activities


def checked_name(name: str) -> str:
    """Return the name of a pool; raise TombolaError if no activity's file could name it."""
    if not NAME.fullmatch(name):
        raise TombolaError(f"{name!r} names no pool: take 1 to 64 letters, digits, _ and -")
    return name


class CodePool:
    """A pool that codes are imported into, by as many threads as it is given."""

    def __init__(self, stack: Stack, name: str, threads: Executor) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table = stack.table_name
        self._patience = stack.patience
        self._name = name
        self._threads = threads

    def put_on_the_list(self) -> None:
        try_again(self._put_on_the_list, self._patience())

    def _put_on_the_list(self) -> None:
        with busy_when_unanswered():
            self._dynamodb.put_item(TableName=self._table, Item=pool_item(self._name))

    def is_empty(self) -> bool:
        """Return whether no code was ever put: none is free, and none is used."""
        return not any(self._threads.map(self._has_any, range(POOL_SHARDS)))

    def _has_any(self, shard: int) -> bool:
        with busy_when_unanswered():
            found = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": text(shard_pk(self._name, shard))},
                ConsistentRead=True,
                Limit=1,
            )
        return bool(found["Items"])

    def known(self, codes: Iterable[str]) -> dict[str, Finding]:
        """Return which codes are there already; one that is used, and free as well, is used."""
        parts = self._threads.map(self._known, parts_of(codes, KEYS_MAX // KEYS_A_CODE))
        return {code: finding for part in parts for code, finding in part.items()}

    def _known(self, codes: Sequence[str]) -> dict[str, Finding]:
        keys = [key for code in codes for key in (free_key(self._name, code), used_key(self._name, code))]
        items = try_again(partial(batch_get, self._dynamodb, self._table, keys), self._patience())
        states = {
            state: {code_of(item) for item in items if item["sk"]["S"].startswith(state)} for state in (FREE, USED)
        }
        return dict.fromkeys(states[FREE], Finding.FREE) | dict.fromkeys(states[USED], Finding.USED)

    def put(self, lines: Iterable[CodeLine]) -> None:
        """Put the codes of lines, none of which is there; raise BusyError where nothing is written for too long."""
        for _ in self._threads.map(self._put, parts_of(lines, WRITES_MAX)):
            pass

    def _put(self, lines: Sequence[CodeLine]) -> None:
        if self._write({"PutRequest": {"Item": free_item(self._name, each.code, each.expires_at)}} for each in lines):
            # Between two writes of one code a winner may have got it: then it must not be free once more.
            known = self._known([each.code for each in lines])
            used = [code for code, finding in known.items() if finding is Finding.USED]
            self._write({"DeleteRequest": {"Key": free_key(self._name, code)}} for code in used)

    def _write(self, writes: Iterator[Any]) -> bool:
        return batch_write(self._dynamodb, self._table, list(writes), self._patience)
