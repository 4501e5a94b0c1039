"""A table of its own on an emulator, to ask DynamoDB plain questions of, without any of our adapters."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ONE = {"N": "1"}
FIRST = {"pk": {"S": "first"}, "sk": {"S": "s"}, "n": ONE}
COUNT = "SET n = n + :by"
THREADS, TIMES = 16, 5
AT_ONCE = THREADS * TIMES
ITEM_BYTES_MAX = 400 * 1024
CONFLICT = "TransactionConflict"


def told(ask: Callable[[], Any]) -> Any:
    """Return what DynamoDB answers, or the code of its error."""
    try:
        return ask()
    except ClientError as error:
        return error.response["Error"]["Code"]


def key(partition: str, sort: str = "s") -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


@dataclass
class Asked:
    """A table that holds FIRST. A write returns None where it is made, or the code of its error."""

    dynamodb: "DynamoDBClient"
    streams: Any

    def __post_init__(self) -> None:
        self.name = make_table(self.dynamodb, StreamEnabled=True, StreamViewType="NEW_AND_OLD_IMAGES")
        self.put("first", n=ONE)

    def put(self, partition: str, sort: str = "s", **attributes: Any) -> Any:
        item = key(partition, sort) | attributes
        return told(lambda: self.dynamodb.put_item(TableName=self.name, Item=item) and None)

    def delete(self, partition: str) -> Any:
        return told(lambda: self.dynamodb.delete_item(TableName=self.name, Key=key(partition)) and None)

    def update(self, partition: str, expression: str, condition: str | None = None, **more: Any) -> Any:
        """Update an item; each expression counts in :by, if in anything."""
        given = self._an_update(partition, expression, condition) | more
        return told(lambda: self.dynamodb.update_item(**given) and None)

    def n(self, partition: str) -> int:
        return int(self._item(partition)["n"]["N"])

    @property
    def token(self) -> dict[str, str]:
        """Name a transaction: the name is of this table alone."""
        return {"ClientRequestToken": self.name}

    def room(self, partition: str, name: str) -> int:
        """Return how long a text under that name may be, for its item to have all the bytes that an item may have."""
        return ITEM_BYTES_MAX - sum(map(len, ("pk", partition, "sk", "s", name)))

    def put_anew(self, partition: str) -> Any:
        """Put an item where none may be; return what is there."""
        try:
            self.dynamodb.put_item(
                TableName=self.name,
                Item=key(partition),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException as error:
            return error.response["Item"]  # type: ignore[typeddict-item]

    def a_put(self, partition: str) -> Any:
        return {"Put": {"TableName": self.name, "Item": key(partition)}}

    def an_update(self, partition: str, expression: str = COUNT, condition: str | None = None, by: int = 1) -> Any:
        given = self._an_update(partition, expression, condition)
        given["ExpressionAttributeValues"] = {":by": {"N": str(by)}}
        return {"Update": given | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}

    def transact(self, *actions: Any, **more: Any) -> Any:
        return told(lambda: self.dynamodb.transact_write_items(TransactItems=actions, **more) and None)

    def reasons(self, *actions: Any) -> list[Any]:
        """Return the reasons why the actions were canceled together, each with its code and item."""
        try:
            self.dynamodb.transact_write_items(TransactItems=actions)
        except self.dynamodb.exceptions.TransactionCanceledException as error:
            return [(reason["Code"], reason.get("Item")) for reason in error.response["CancellationReasons"]]
        return []

    def read_together(self, *partitions: str) -> list[Any]:
        asked: Any = [{"Get": {"TableName": self.name, "Key": key(partition)}} for partition in partitions]
        return [found.get("Item") for found in self.dynamodb.transact_get_items(TransactItems=asked)["Responses"]]

    def read_batch(self, *partitions: str) -> Any:
        asked: Any = {self.name: {"Keys": [key(partition) for partition in partitions]}}
        return told(lambda: self.dynamodb.batch_get_item(RequestItems=asked) and None)

    def write_batch(self, *partitions: str) -> Any:
        asked: Any = {self.name: [{"PutRequest": {"Item": key(partition)}} for partition in partitions]}
        return told(lambda: self.dynamodb.batch_write_item(RequestItems=asked) and None)

    def lane(self, **more: Any) -> Any:
        """Return what stands in the lane L of the index due, in the index's order."""
        return told(lambda: [item["pk"]["S"] for item in self._query("lane", "L", IndexName="due", **more)])

    def in_order(self, sorts: Iterable[str]) -> list[str]:
        """Put items of one partition; return their sort keys in DynamoDB's order."""
        for sort in sorts:
            self.put("p", sort)
        return [item["sk"]["S"] for item in self._query("pk", "p")]

    def count_at_once(self) -> list[Any]:
        """Count in FIRST by transactions of many threads; return what became of each."""

        def count(_: int) -> Any:
            try:
                self.dynamodb.transact_write_items(TransactItems=[self.an_update("first")])
            except self.dynamodb.exceptions.TransactionCanceledException as error:
                return error.response["CancellationReasons"][0]["Code"]

        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(count, range(AT_ONCE)))

    def shard(self) -> Any:
        """Return the one shard of the table's stream."""
        (shard,) = self.streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]
        return shard

    def records(self) -> list[Any]:
        """Return the records of the stream: what happened, and n before and after."""
        place = {"StreamArn": self._stream, "ShardId": self.shard()["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = self.streams.get_shard_iterator(**place)["ShardIterator"]
        found = self.streams.get_records(ShardIterator=iterator)["Records"]
        images = ("OldImage", "NewImage")
        return [
            (record["eventName"], *(record["dynamodb"].get(image, {}).get("n", {}).get("N") for image in images))
            for record in found
        ]

    @property
    def _stream(self) -> str:
        return self.dynamodb.describe_table(TableName=self.name)["Table"]["LatestStreamArn"]

    def _an_update(self, partition: str, expression: str, condition: str | None) -> dict[str, Any]:
        given: dict[str, Any] = {"TableName": self.name, "Key": key(partition), "UpdateExpression": expression}
        if ":by" in expression:
            given["ExpressionAttributeValues"] = {":by": ONE}
        return given | ({"ConditionExpression": condition} if condition else {})

    def _item(self, partition: str) -> Any:
        return self.dynamodb.get_item(TableName=self.name, Key=key(partition), ConsistentRead=True)["Item"]

    def _query(self, name: str, value: str, **more: Any) -> list[Any]:
        values: Any = {":v": {"S": value}}
        condition = f"{name} = :v"
        return self.dynamodb.query(
            TableName=self.name, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more
        )["Items"]
