"""Exporting the new parcels of an activity: each enters one batch, and stands in the file of that batch.

After an end at any point the same command goes on with the batch that is open. Two exports at once share it.
"""

import csv
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from tombola.rules.order import Order, OrderKey
from tombola.rules.problem import BusyError
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.files.parcel_file import COLUMNS, row_of
from tombola_cli.files.private_file import private_file
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.order_lists import ledger_of
from tombola_cli.operate.shipment_batches import CHANCE_BYTES, GATES, Batch, ShipmentBatches, batch_name
from tombola_cli.operate.shipment_lists import known_batch, parcels_of
from tombola_cli.operate.shipment_moves import ClosedError, ShipmentMoves
from tombola_cli.operate.stack import Stack

PAGE = 100  # parcels that are looked at together
BEGINS_MAX = 5  # tries to begin a batch while others begin and end theirs
CONTENTS = "addresses are personal data"

Tell = Callable[[str, int], None]  # what is done, and with how many parcels
Chance = Callable[[int], str]  # a text of that many bytes


@dataclass(frozen=True, slots=True)
class Left:
    """A parcel with which nothing was done, and why."""

    parcel: str  # its order, or the key of an item that cannot be read
    because: str


@dataclass(slots=True)
class Exported:
    """The result of an export: its batch, None where there was no new parcel, and how many parcels its file has."""

    batch: Batch | None = None
    continued: bool = False  # another run had begun it
    closed_before: bool = False  # and it took no parcel in any more: newer ones leave with the next export
    written: int = 0
    left: list[Left] = field(default_factory=list)


def export_shipments(
    activity_id: str, path: Path, stack: Stack, tell: Tell = lambda *_: None, chance: Chance = secrets.token_hex
) -> Exported:
    """Move every new parcel into a batch, and write the batch to a new file at path that only its owner may read.

    Raise TombolaError if there is a file already, before any parcel is moved.
    """
    batches = ShipmentBatches(stack, activity_id)
    batch = batches.open_one()
    if batch is None and next(parcels_of(activity_id, None, stack), None) is None:
        return Exported()
    with private_file(path, CONTENTS) as file:
        batch, continued = _begun(batches, activity_id, stack, chance) if batch is None else (batch, True)
        done = Exported(batch, continued)
        done.closed_before = not batches.takes_in(batch)
        if not done.closed_before:
            _move_all(batch, done.left, stack, tell)
            batches.close(batch)
        _write(file, batch, done, stack, tell)
    batches.finish(batch, stack.now())
    return done


def export_again(activity_id: str, name: str, path: Path, stack: Stack, tell: Tell = lambda *_: None) -> Exported:
    """Write the file of a batch again; raise TombolaError if there is none, or its export has not ended."""
    batch = known_batch(activity_id, name, stack)
    if batch.finished_at is None:
        raise TombolaError(f"the export of batch {name} has not ended: run it again without --batch, it goes on")
    done = Exported(batch)
    with private_file(path, CONTENTS) as file:
        _write(file, batch, done, stack, tell)
    return done


def _begun(batches: ShipmentBatches, activity_id: str, stack: Stack, chance: Chance) -> tuple[Batch, bool]:
    """Return a new batch, or that of another export which began just before, and whether it is the other's."""
    for _ in range(BEGINS_MAX):
        now = stack.now()
        batch = Batch(activity_id=activity_id, name=batch_name(now, chance(CHANCE_BYTES)), at=now)
        if batches.begin(batch):
            return batch, False
        other = batches.open_one()
        if other is not None:
            return other, True
    raise BusyError(f"activity {activity_id}: other exports began and ended at each of {BEGINS_MAX} tries")


def _move_all(batch: Batch, left: list[Left], stack: Stack, tell: Tell) -> None:
    """Move the parcels that are new into batch, until it is closed; add to left with which of them nothing is done."""
    moves, ledger, looked_at = ShipmentMoves(stack, batch), ledger_of(stack), 0
    with ThreadPoolExecutor(GATES) as threads:
        for part in parts_of(parcels_of(batch.activity_id, None, stack), PAGE):
            left += [Left(each.sk, each.because) for each in part if isinstance(each, Unreadable)]
            parcels = [each for each in part if isinstance(each, Shipment)]
            orders = ledger.orders((each.user_id, each.order_id) for each in parcels)
            try:
                left += _move(parcels, orders, moves, stack.now(), threads)
            except ClosedError:
                return
            looked_at += len(part)
            tell("moved", looked_at)


def _move(
    parcels: Sequence[Shipment],
    orders: Mapping[OrderKey, Order | Unreadable],
    moves: ShipmentMoves,
    now: datetime,
    threads: Executor,
) -> list[Left]:
    """Move parcels, each thread through a gate of its own; return those with which nothing was done."""
    shares = [parcels[gate::GATES] for gate in range(GATES)]
    move = partial(_move_share, orders=orders, moves=moves, now=now)
    return [left for share in threads.map(move, shares, range(GATES)) for left in share]


def _move_share(
    parcels: Sequence[Shipment],
    gate: int,
    orders: Mapping[OrderKey, Order | Unreadable],
    moves: ShipmentMoves,
    now: datetime,
) -> list[Left]:
    found = ((parcel, orders.get((parcel.user_id, parcel.order_id))) for parcel in parcels)
    told = ((parcel, _moved(parcel, order, gate, moves, now)) for parcel, order in found)
    return [Left(_name(parcel), because) for parcel, because in told if because is not None]


def _moved(
    parcel: Shipment, order: Order | Unreadable | None, gate: int, moves: ShipmentMoves, now: datetime
) -> str | None:
    """Move parcel; return why that cannot be done, None if it is moved, or gone by now."""
    if isinstance(order, Unreadable):
        return f"its order cannot be read: {order.because}"
    if order is not None:
        return moves.move(parcel, order, gate, now)
    return "its order is not on record" if moves.is_new(parcel) else None


def _write(file: TextIO, batch: Batch, done: Exported, stack: Stack, tell: Tell) -> None:
    """Write the parcels of batch, as they left."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for each in parcels_of(batch.activity_id, batch.name, stack):
        if isinstance(each, Unreadable):
            done.left.append(Left(each.sk, f"it is out, and missing in the file: {each.because}"))
            continue
        rows.writerow(row_of(each))
        done.written += 1
        tell("written", done.written)


def _name(parcel: Shipment) -> str:
    return f"order {parcel.order_id}"
