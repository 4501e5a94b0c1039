"""Which parcels does an activity have? By their orders, never with an address."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tombola.aws.faults import busy_when_unanswered
from tombola.aws.items import text
from tombola.aws.shipment_items import NEW, OUT, decode_shipment, new_shipment_key, out_key, shipments_pk
from tombola.rules.activity import Activity
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTED_MAX = 20  # activities that are counted together
COUNTERS = 4  # of them side by side

Tell = Callable[[int], None]  # parcels that are counted


@dataclass(frozen=True, slots=True)
class BatchCount:
    """A batch and its parcels; shipped are those that have a carrier."""

    batch: Batch
    parcels: int
    shipped: int


@dataclass(frozen=True, slots=True)
class ShipmentCount:
    """All parcels of an activity, by the batch that they left with; unreadable are records of batches."""

    new: int
    batches: list[BatchCount]
    unreadable: list[Unreadable]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; next is the order behind which it goes on, None at its end."""

    found: list[Shipment | Unreadable]
    next: int | None


def counted(activity_id: str, stack: Stack, tell: Tell = lambda _: None) -> ShipmentCount:
    """Return how many parcels are new, and of each batch how many it has and how many are shipped."""
    batches = ShipmentBatches(stack, activity_id).all()
    parcels, shipped = Counter[str](), Counter[str]()
    for each in _keys(activity_id, stack):
        name = "" if each["sk"]["S"].startswith(NEW) else each["sk"]["S"].removeprefix(OUT).rpartition("#")[0]
        parcels[name] += 1
        shipped[name] += "shipped_at" in each
        tell(parcels.total())
    counts = [BatchCount(each, parcels[each.name], shipped[each.name]) for each in batches if isinstance(each, Batch)]
    return ShipmentCount(parcels[""], counts, [each for each in batches if isinstance(each, Unreadable)])


def with_parcels(activities: Sequence[Activity | Unreadable]) -> list[Activity]:
    """Return the activities that have a prize which is sent as a parcel."""
    legible = [each for each in activities if isinstance(each, Activity)]
    return [each for each in legible if any(share.award.award_type.addressed for share in each.shares)]


def counted_each(activities: Sequence[Activity], stack: Stack) -> list[tuple[Activity, ShipmentCount | None]]:
    """Return the activities with the counts of their parcels; None for those behind the first COUNTED_MAX."""
    with ThreadPoolExecutor(COUNTERS) as threads:
        counts = threads.map(lambda each: counted(each.activity_id, stack), activities[:COUNTED_MAX])
        return list(zip_longest(activities, counts))


def known_batch(activity_id: str, name: str, stack: Stack) -> Batch:
    """Return the batch of that name; raise TombolaError if there is none."""
    batches = ShipmentBatches(stack, activity_id).all()
    batch = next((each for each in batches if isinstance(each, Batch) and each.name == name), None)
    if batch is None:
        shown = f"tombola shipments list {activity_id} shows which there are"
        raise TombolaError(f"activity {activity_id} has no batch {name}: {shown}")
    return batch


def listed(activity_id: str, batch: str | None, limit: int, after: int | None, stack: Stack) -> Page:
    """Return the parcels of a batch, or those that are new, by the number of their orders."""
    found, last = list[Shipment | Unreadable](), after
    for item in items_of(activity_id, batch, stack, after, limit + 1):
        if len(found) == limit:
            return Page(found, last)
        found.append(decode_shipment(item))
        last = _order_id(item)
    return Page(found, None)


def parcels_of(activity_id: str, batch: str | None, stack: Stack) -> Iterator[Shipment | Unreadable]:
    """Yield the parcels of a batch, or those that are new, as they are at the moment they are read."""
    return map(decode_shipment, items_of(activity_id, batch, stack))


def items_of(
    activity_id: str, batch: str | None, stack: Stack, after: int | None = None, page: int | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield the items of parcels behind after, a page at a time."""
    start = NEW if batch is None else f"{OUT}{batch}#"
    query: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :start)",
        "ExpressionAttributeValues": {":pk": text(shipments_pk(activity_id)), ":start": text(start)},
    }
    if page is not None:
        query["Limit"] = page
    if after is not None:
        behind = new_shipment_key(activity_id, after) if batch is None else out_key(activity_id, batch, after)
        query["ExclusiveStartKey"] = behind
    return _queried(query, stack)


def _keys(activity_id: str, stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Yield the key of every parcel, and when it was shipped if it was: counting sends no address."""
    for start in (NEW, OUT):
        yield from _queried(
            {
                "KeyConditionExpression": "pk = :pk AND begins_with(sk, :start)",
                "ExpressionAttributeValues": {":pk": text(shipments_pk(activity_id)), ":start": text(start)},
                "ProjectionExpression": "sk, shipped_at",
            },
            stack,
        )


def _queried(query: dict[str, Any], stack: Stack) -> Iterator[Mapping[str, Any]]:
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    while True:
        with busy_when_unanswered():
            found = dynamodb.query(TableName=stack.table_name, ConsistentRead=True, **query)
        yield from found["Items"]
        if "LastEvaluatedKey" not in found:
            return
        query["ExclusiveStartKey"] = found["LastEvaluatedKey"]


def _order_id(item: Mapping[str, Any]) -> int | None:
    """Return the order that the key of an item names, if it names one."""
    digits = str(item["sk"]["S"]).rpartition("#")[2]
    return int(digits) if digits.isdecimal() else None
