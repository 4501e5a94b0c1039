"""Marking parcels as shipped: carrier and tracking of each go onto the parcel and its order, in one transaction.

A bad line stops no other, and a file that is marked again changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.batch import batch_get
from tombola.aws.items import moment, text
from tombola.aws.order_update import update_of
from tombola.aws.shipment_items import decode_shipment, key_of, out_key
from tombola.rules.order import GrantState, Order
from tombola.rules.order_life import SHIP
from tombola.rules.problem import BusyError
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.files.parcel_file import BadLine, BlankLine, Line, TrackingLine, read_tracking
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.order_lists import ledger_of
from tombola_cli.operate.shipment_transaction import transact
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 100  # lines that are looked at together
WORKERS = 8  # parcels that are marked side by side
LISTED_MAX = 20  # bad lines; the others are counted
IN_VAIN_MAX = 50  # lines in a row with which AWS failed, until a run gives up

Tell = Callable[[int], None]  # lines that are done
Parcel = Shipment | Unreadable | None


@dataclass(slots=True)
class Marked:
    """The result: how many lines were done, had been before, are not filled in, and are bad."""

    shipped: int = 0
    unchanged: int = 0
    blank: int = 0
    bad: int = 0
    told: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure(BadLine):
    """AWS failed with this line; perhaps it was done."""


Outcome = BadLine | bool | None  # None: it is not filled in; else whether the record changed


def mark_shipments(
    activity_id: str, path: Path, stack: Stack, *, dry_run: bool = False, tell: Tell = lambda _: None
) -> Marked:
    """Put the carrier and tracking of each line of the file at path on record, or find out what that would do.

    Raise TombolaError if the file cannot be read, or AWS fails with too many lines in a row.
    """
    done, in_vain = Marked(), 0
    run = _Run(activity_id, stack, dry_run=dry_run)
    with ThreadPoolExecutor(WORKERS) as workers:
        for part in parts_of(_once_each(read_tracking(path)), PAGE):
            for outcome in workers.map(partial(run.marked, now=stack.now()), part, run.parcels(part)):
                _count(outcome, done)
                in_vain = in_vain + 1 if isinstance(outcome, Failure) else 0
                if isinstance(outcome, Failure) and in_vain >= IN_VAIN_MAX:
                    raise TombolaError(f"{done.shipped} parcels marked, then {in_vain} failed: {outcome.because}")
            tell(part[-1].number)
    return done


def _once_each(lines: Iterator[Line]) -> Iterator[Line]:
    """Yield lines, the second line of an order as a bad one: which of the two is right, nobody can say."""
    seen = dict[int, int]()
    for line in lines:
        first = seen.setdefault(line.order_id, line.number) if isinstance(line, TrackingLine) else line.number
        yield line if first == line.number else BadLine(line.number, f"its order stands on line {first} already")


class _Run:
    def __init__(self, activity_id: str, stack: Stack, *, dry_run: bool) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table = stack.table_name
        self._patience = stack.patience
        self._ledger = ledger_of(stack)
        self._activity_id = activity_id
        self._dry_run = dry_run

    def parcels(self, part: Sequence[Line]) -> list[tuple[Parcel, Order | Unreadable | None]]:
        """Return the parcel and the order that each line names, as they are now."""
        keys = [
            out_key(self._activity_id, each.batch, each.order_id) if isinstance(each, TrackingLine) else None
            for each in part
        ]
        items = batch_get(self._dynamodb, self._table, [key for key in keys if key is not None])
        found: dict[str, Shipment | Unreadable] = {item["sk"]["S"]: decode_shipment(item) for item in items}
        parcels = [None if key is None else found.get(key["sk"]["S"]) for key in keys]
        orders = self._ledger.orders((each.user_id, each.order_id) for each in parcels if isinstance(each, Shipment))
        return [
            (each, orders.get((each.user_id, each.order_id)) if isinstance(each, Shipment) else None)
            for each in parcels
        ]

    def marked(self, line: Line, found: tuple[Parcel, Order | Unreadable | None], now: datetime) -> Outcome:
        """Mark the parcel of line, and tell what came of it."""
        if not isinstance(line, TrackingLine):
            return None if isinstance(line, BlankLine) else line
        parcel, order = found
        because = _unfit(line, parcel, order)
        if because is not None or not isinstance(parcel, Shipment) or not isinstance(order, Order):
            return BadLine(line.number, because or "")
        if _is_on_record(line, parcel, order):
            return False
        try:
            if self._dry_run or self._write(line, parcel, order, now):
                return True
        except (BusyError, ClientError, BotoCoreError) as error:
            return Failure(line.number, f"AWS failed: {error}")
        return BadLine(line.number, "its parcel or its order changed meanwhile: mark the file again")

    def _write(self, line: TrackingLine, parcel: Shipment, order: Order, now: datetime) -> bool:
        """Write parcel and order, or neither; return whether they were as they are known."""
        said: Any = {"carrier": line.carrier, "tracking": line.tracking, "now": now}
        update = {
            "TableName": self._table,
            "Key": key_of(parcel),
            "UpdateExpression": "SET carrier = :carrier, tracking = :tracking, shipped_at = :now",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {
                ":carrier": text(line.carrier),
                ":tracking": text(line.tracking),
                ":now": moment(now),
            },
        }
        writes = {"parcel": {"Update": update}, "order": {"Update": update_of(self._table, order, SHIP, said)}}
        return not transact(self._dynamodb, writes, self._patience)


def _unfit(line: TrackingLine, parcel: Parcel, order: Order | Unreadable | None) -> str | None:
    """Return why the parcel of line cannot be marked, None if it can."""
    if parcel is None:
        because = "its user is forgotten, or a spreadsheet has rounded its number"
        return f"no parcel of order {line.order_id} left with the batch it names: {because}"
    if isinstance(parcel, Unreadable):
        return f"its parcel cannot be read: {parcel.because}"
    if isinstance(order, Unreadable):
        return f"its order cannot be read: {order.because}"
    if order is None or order.grant_state is not GrantState.GRANTED or order.batch != parcel.batch:
        return "its order does not say that it left with this batch: the two contradict each other"
    return None


def _is_on_record(line: TrackingLine, parcel: Shipment, order: Order) -> bool:
    said = line.carrier, line.tracking
    return said == (parcel.carrier, parcel.tracking) == (order.carrier, order.tracking)


def _count(outcome: Outcome, done: Marked) -> None:
    if isinstance(outcome, BadLine):
        done.bad += 1
        if len(done.told) < LISTED_MAX:
            done.told.append(outcome)
    elif outcome is None:
        done.blank += 1
    elif outcome:
        done.shipped += 1
    else:
        done.unchanged += 1
