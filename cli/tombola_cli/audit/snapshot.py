"""Reading the books: a table's items as the auditor wants them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tombola_cli.audit.auditor import Books

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def books_of(items: Iterable[Mapping[str, Any]]) -> Books:
    """Return the books that items, as DynamoDB writes them, make up."""
    books = Books(activities={}, orders={}, stock={}, quotas={})
    for raw in items:
        _enter({name: plain(value) for name, value in raw.items()}, books)
    for log in books.logs.values():
        log.sort(key=lambda entry: str(entry["sk"]))
    return books


def _enter(item: Mapping[str, Any], books: Books) -> None:
    """Add item to books, if it is of a kind that the auditor looks at."""
    kind, _, name = item["pk"].partition("#")
    role, _, rest = item["sk"].partition("#")
    if kind == "ACTIVITY" and role == "CONFIG":
        books.activities[name] = item
    elif kind == "ACTIVITY":
        books.logs.setdefault(name, []).append(item)
    elif kind == "STOCK":
        activity_id, award_id, shard = name.rsplit("#", 2)
        books.stock[activity_id, award_id, int(shard)] = item
    elif kind == "USER" and role == "ORDER":
        books.orders[name, str(int(rest))] = item
    elif kind == "CODES" and role == "USED":
        books.used[name.rpartition("#")[0], rest] = item
    elif kind == "USER" and role == "QUOTA":
        books.quotas[name, rest] = item
    elif kind == "SHIPMENTS" and role in ("NEW", "OUT"):
        books.shipments.append(item)
    elif kind == "FORGOTTEN":
        books.tombstones.append({**item, "activity_id": name})


def read_books(
    dynamodb: "DynamoDBClient", table_name: str, lets: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Books:
    """Return the whole table, read consistently, but for the items that lets refuses.

    Quiet books only: a scan is no snapshot of a moving table.
    """
    return books_of(filter(lets, _items(dynamodb, table_name)))


def _items(dynamodb: "DynamoDBClient", table_name: str) -> Iterator[Mapping[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    return (item for page in pages for item in page["Items"])


def plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an item holds any value
    """Return an attribute value as Python's own."""
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content)
    if kind == "M":
        return {name: plain(each) for name, each in content.items()}
    if kind == "L":
        return [plain(each) for each in content]
    return content
