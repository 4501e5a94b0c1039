"""Parcels and their batches, as they are shown: by their orders, never with an address or a tracking number."""

from collections.abc import Sequence
from pathlib import Path

from tombola.rules.activity import Activity
from tombola.rules.shipment import Shipment
from tombola_cli.operate.shipment_batches import Batch
from tombola_cli.operate.shipment_export import Exported
from tombola_cli.operate.shipment_lists import BatchCount, Page, ShipmentCount
from tombola_cli.operate.shipment_marks import Marked
from tombola_cli.screens.activity_sheets import unreadable
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

PARCEL_COLUMNS = [
    Column("order_id", "order"),
    Column("user_id", "user"),
    Column("award_id", None),
    Column("award_name", "award", folds=True),
    Column("granted_at", "granted (UTC)"),
    Column("exported_at", "exported (UTC)"),
    Column("carrier", folds=True),
    Column("shipped_at", "shipped (UTC)"),
]
ACTIVITY_COLUMNS = [
    Column("activity_id", "activity"),
    Column("activity_name", "name", folds=True),
    Column("new"),
    Column("out"),
    Column("shipped"),
    Column("batches"),
]
LAST_ADDRESS = "each leaves with the address of this moment, and its user cannot change it any more"
ONLY_OUT = ("exported_at", "carrier", "shipped_at")
BATCH_COLUMNS = [
    Column("batch"),
    Column("at", "began (UTC)"),
    Column("finished_at", "file written (UTC)"),
    Column("parcels"),
    Column("shipped"),
]


def counts(activity_id: str, found: ShipmentCount) -> list[Block]:
    """Return how many parcels are new, and what became of those that left."""
    told = f"{counted(found.new)} of activity {activity_id} {'is' if found.new == 1 else 'are'} new"
    rows = [_batch_row(each) for each in found.batches]
    return [
        Table("batches", BATCH_COLUMNS, rows, None if rows else ""),
        Facts({"activity_id": activity_id, "new": found.new}, told),
        unreadable(found.unreadable),
    ]


def by_activity(found: Sequence[tuple[Activity, ShipmentCount | None]]) -> Table:
    """Return a row for each activity with parcels, counted or not."""
    rows: list[list[Value]] = [[each.activity_id, each.activity_name, *_totals(count)] for each, count in found]
    return Table("activities", ACTIVITY_COLUMNS, rows)


def outlook(count: ShipmentCount) -> list[Block]:
    """Return what an export would do."""
    begun = next((each for each in count.batches if each.batch.finished_at is None), None)
    name = begun and begun.batch.name
    goes_on = f"; the export of batch {name} was begun before, and goes on" if begun else ""
    told = f"would write the addresses of {counted(count.new)} that no export has taken yet{goes_on}"
    return [Facts({"would": "export", "new": count.new, "batch": name}, f"{told}\n{LAST_ADDRESS}")]


def parcels(page: Page, *, new: bool) -> list[Block]:
    """Return the parcels of a page, and the order behind which the list goes on."""
    columns = [Column(each.name, None) if new and each.name in ONLY_OUT else each for each in PARCEL_COLUMNS]
    rows = [_parcel_row(each) for each in page.found if isinstance(each, Shipment)]
    after = None if page.next is None else str(page.next)
    going_on = Facts({"next": after}, f"there is more: --after {after}" if after else "")
    return [Table("parcels", columns, rows), unreadable(page.found), going_on]


def exported(activity_id: str, path: Path, done: Exported) -> list[Block]:
    """Return where the addresses are, and with which parcels nothing was done."""
    name = done.batch and done.batch.name
    fields = {
        "activity_id": activity_id,
        "batch": name,
        "file": str(path) if done.batch else None,
        "exported": done.written,
        "continued": done.continued,
        "left": len(done.left),
    }
    told = f"{path}: {counted(done.written)} of batch {name}" if done.batch else "no parcel is new: nothing to export"
    columns = [Column("parcel"), Column("because", folds=True)]
    rows = [[each.parcel, each.because] for each in done.left]
    lines = "\n".join(f"{each.parcel}: {each.because}" for each in done.left)
    return [Facts(fields, told), Table("not_exported", columns, rows, lines, "yellow")]


def continued(batch: Batch, *, closed_before: bool) -> str:
    """Return the note that an export goes on with a batch that another run had begun."""
    told = f"batch {batch.name} was begun before, and its file had not been written: this run goes on with it"
    return f"{told}; parcels that came later leave with the next export" if closed_before else told


def marked(path: Path, done: Marked, *, dry_run: bool) -> list[Block]:
    """Return what became of the lines of a file: the bad ones by number, and all of them counted."""
    counts = {"shipped": done.shipped, "unchanged": done.unchanged, "not_filled_in": done.blank, "bad": done.bad}
    more = done.bad - len(done.told)
    lines = [f"{path}:{each.number}: {each.because}" for each in done.told]
    told = "\n".join([*lines, *([f"{path}: {more:,} more bad lines"] if more else [])])
    columns = [Column("line"), Column("because", folds=True)]
    words = f"{'would be ' if dry_run else ''}marked as shipped"
    titles = {"unchanged": "marked before", "not_filled_in": "not filled in", "bad": "bad lines"}
    others = {title: f"{counts[name]:,}" for name, title in titles.items() if counts[name]}
    return [
        Table("problems", columns, [[each.number, each.because] for each in done.told], told, "yellow"),
        Facts({"file": str(path), "dry_run": dry_run, **counts}, {words: f"{done.shipped:,}", **others}),
    ]


def counted(number: int) -> str:
    return f"{number:,} parcel{'' if number == 1 else 's'}"


def _totals(count: ShipmentCount | None) -> list[Value]:
    if count is None:
        return [Told(None, "not counted here"), None, None, None]
    sums = [sum(each.parcels for each in count.batches), sum(each.shipped for each in count.batches)]
    return [count.new, *sums, len(count.batches)]


def _batch_row(each: BatchCount) -> list[Value]:
    finished = each.batch.finished_at
    return [each.batch.name, each.batch.at, finished or Told(None, "export again"), each.parcels, each.shipped]


def _parcel_row(each: Shipment) -> list[Value]:
    facts = [str(each.order_id), each.user_id, each.award_id, each.award_name, each.granted_at]
    return [*facts, each.exported_at, each.carrier, each.shipped_at]
