"""How far a long run has come, as an item whose changes follow each other: of two runs that write it one ends."""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.decode import Item
from tombola.aws.faults import busy_when_unanswered, try_again
from tombola.aws.items import number, text
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RUN_BYTES = 8


class RunRecord:
    """The item of one run at a time; another is told to whoever comes second."""

    def __init__(self, stack: Stack, key: Item, another: str) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table, self._patience = stack.table_name, stack.patience
        self._key, self._another = key, another
        self._run = secrets.token_hex(RUN_BYTES)

    def read(self) -> Mapping[str, Any] | None:
        with busy_when_unanswered():
            return self._dynamodb.get_item(TableName=self._table, Key=self._key, ConsistentRead=True).get("Item")

    def put(self, fields: Item, version: int) -> None:
        """Put fields as that version in place of the one before; raise TombolaError if another run has written.

        Sent twice, it acts once.
        """
        item: Item = {**self._key, **fields, "version": number(version), "run": text(self._run)}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if version > 1:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": number(version - 1)},
            }
        try:
            try_again(lambda: self._put(item, condition), self._patience())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            refusal: Any = error.response
            found = refusal.get("Item", {})
            if (found.get("run"), found.get("version")) != (item["run"], item["version"]):
                raise TombolaError(f"{self._another}: let it end, or run it again to go on from there") from None

    def _put(self, item: Item, condition: Mapping[str, Any]) -> None:
        with busy_when_unanswered():
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition
            )
