"""Which reads must be seen after every earlier write, and which may be a moment old: one row each, with the reason.

No emulator is ever a moment behind, so what is compared is what the calls ask for.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from addresses import an_address
from builders import NOON, SECOND, an_activity, an_order
from call_sites import READS, WRITING_PORTS, call_sites, ports
from conflicts import Clock, PlayedStack, callers
from emulated_aws import emulated_aws
from parcels import a_shipment
from tables import TableLedger
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.due_index import DueIndex
from tombola.aws.forget_ledger import ForgetLedger
from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity_life import logged
from tombola.rules.due import Standing
from tombola_cli.audit import snapshot
from tombola_cli.local import overview
from tombola_cli.operate import (
    backlog,
    code_counts,
    code_export,
    forget_users,
    forgetting,
    order_lists,
    registry,
    shipment_lists,
    wins_fill,
    wins_list,
)
from tombola_cli.operate.code_pools import CodePool
from tombola_cli.operate.import_record import ImportRecord
from tombola_cli.operate.index_walk import Place
from tombola_cli.operate.lane_walk import walk
from tombola_cli.operate.shards import Stock
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.shipment_lists import parcels_of
from tombola_cli.operate.shipment_marks import mark_shipments
from tombola_cli.operate.shipment_moves import ShipmentMoves

CONSISTENT, EVENTUAL = True, False
ENTRY = Place(partition="100001#00", at="1", pk="USER#xiaofuge", sk=f"ORDER#{7:019d}")
LATER = NOON + 60 * SECOND
BATCH = Batch(activity_id="100001", name="b1", at=NOON)


@dataclass
class Scene:
    """A table with an activity, its stock and an order, and what of it was asked for."""

    table: TableLedger
    folder: Path
    threads: Executor
    asked: set[tuple[str, bool]] = field(default_factory=set)
    through: set[tuple[str, str]] = field(default_factory=set)
    entries: Sequence[Standing] = ()

    def __post_init__(self) -> None:
        self.ledger = DynamoLedger(self.table.dynamodb, self.table.table)
        self.activities = DynamoActivityLedger(self.table.dynamodb, self.table.table)
        self.lanes = DueIndex(self.table.dynamodb, self.table.table)
        self.codes = DynamoCodePool(self.table.dynamodb, self.table.table)
        self.stack = PlayedStack.of(
            Clock(), {"dynamodb": self.table.dynamodb, "sts": boto3.client("sts")}, table_name=self.table.table
        )
        self.stock = Stock(self.table.dynamodb, self.table.table, "100001", self.stack.patience)
        self.created, self.entry = logged(None, an_activity(), "apply", "tests", "", NOON, ["created"])
        assert self.table.write(None, self.created, self.entry)
        self.table.apply(self.created, {("3", 0): 5})
        self.table.put(an_order())
        self.table.put(an_order(7 + 128))
        for order_id in (7, 23):
            self.entries = self.table.due("7", LATER, limit=1).entries
            if order_id == 7:  # the other one stays in its lane
                self.table.set_aside(self.entries[0], NOON)

    @property
    def pool(self) -> CodePool:
        return CodePool(self.stack, "vouchers", self.threads)

    def new_file(self) -> Path:
        return self.folder / f"{uuid.uuid4()}.csv"

    def marked_file(self) -> Path:
        path = self.new_file()
        path.write_text("batch,order_id,carrier,tracking\nb1,7,DHL,JD7\n")
        return path

    def note(self, params: Any, model: Any, **_: Any) -> None:
        """Note whether a call asks for what is consistent: all of its parts, or none."""
        parts = list(params["RequestItems"].values()) if "RequestItems" in params else [params]
        together = model.name == "TransactGetItems"  # which knows no other way to read
        (consistent,) = {part.get("ConsistentRead", together) for part in parts}
        self.asked.add((model.name, consistent))
        self.through |= callers()


class Read(NamedTuple):
    """A row: who reads by which operation, how, why so, and a call of it."""

    entry: str
    operation: str
    consistent: bool
    why: str
    call: Callable[[Scene], Any]


TABLE = (
    Read(
        "DynamoLedger.order",
        "GetItem",
        CONSISTENT,
        "a repeat after closing gets what was recorded a moment before",
        lambda scene: scene.ledger.order("xiaofuge", 7),
    ),
    Read(
        "DynamoLedger.orders_of",
        "Query",
        CONSISTENT,
        "who has just drawn sees the draw",
        lambda scene: scene.ledger.orders_of("xiaofuge"),
    ),
    Read(
        "DynamoLedger.counters",
        "GetItem",
        CONSISTENT,
        "an old count would lock an award that is open, and show a draw as left that was just made",
        lambda scene: scene.ledger.counters("xiaofuge", "100001"),
    ),
    Read(
        "DynamoLedger.order_and_counters",
        "TransactGetItems",
        CONSISTENT,
        "a user's counters may show his draw before the order can be read: he would be refused for it",
        lambda scene: scene.ledger.order_and_counters("xiaofuge", 7, "100001"),
    ),
    Read(
        "DynamoLedger.stock_left",
        "BatchGetItem",
        CONSISTENT,
        "an award is excluded only when all its shards are seen empty, and a unit may have just come back",
        lambda scene: scene.ledger.stock_left("100001", {"3": 1}),
    ),
    Read(
        "DynamoLedger.stock_shown",
        "BatchGetItem",
        EVENTUAL,
        "a figure for people to look at, as many as like: nobody draws by it, and it costs half as much",
        lambda scene: scene.ledger.stock_shown("100001", {"3": 1}),
    ),
    Read(
        "DynamoLedger.orders",
        "BatchGetItem",
        CONSISTENT,
        "a message may be faster than a copy of the table: its order would be taken for missing",
        lambda scene: scene.ledger.orders([("xiaofuge", 7)]),
    ),
    Read(
        "DynamoLedger.change_shipment",
        "BatchGetItem",
        CONSISTENT,
        "an old count would refuse the address that its user gives after another one",
        lambda scene: scene.ledger.change_shipment(an_order(), an_address()),
    ),
    Read(
        "DueIndex.due",
        "Query",
        EVENTUAL,
        "an index cannot be read in another way, so that the items it names are read again",
        lambda scene: scene.lanes.due("7", NOON, 1),
    ),
    Read(
        "DueIndex.never",
        "Query",
        EVENTUAL,
        "as above",
        lambda scene: scene.lanes.never("7", 1),
    ),
    Read(
        "DueIndex.standing",
        "BatchGetItem",
        CONSISTENT,
        "the index may be a moment old: what was granted since must not be sent again",
        lambda scene: scene.lanes.standing(scene.entries),
    ),
    Read(
        "DueIndex.asides",
        "Query",
        EVENTUAL,
        "an index cannot be read in another way, so that the items it names are read again",
        lambda scene: scene.lanes.asides(LATER, 1),
    ),
    Read(
        "DueIndex.asides",
        "BatchGetItem",
        CONSISTENT,
        "what was mended a moment before goes back",
        lambda scene: scene.lanes.asides(LATER, 1),
    ),
    Read(
        "DueIndex.asides_among",
        "BatchGetItem",
        CONSISTENT,
        "who lists what nobody could read sees what was mended a moment before",
        lambda scene: scene.lanes.asides_among(scene.entries),
    ),
    Read(
        "DynamoCodePool.choices",
        "Query",
        CONSISTENT,
        "a code that was taken a moment before would be claimed in vain",
        lambda scene: scene.codes.choices("vouchers", 0, NOON),
    ),
    Read(
        "DynamoActivityLedger.activity",
        "GetItem",
        CONSISTENT,
        "who changes an activity changes what is on record",
        lambda scene: scene.activities.activity("100001"),
    ),
    Read(
        "DynamoActivityLedger.tree",
        "GetItem",
        CONSISTENT,
        "draws follow a new tree within the ten seconds that they remember one",
        lambda scene: scene.activities.tree("200"),
    ),
    Read(
        "DynamoActivityLedger.log",
        "Query",
        CONSISTENT,
        "a log that lacks its last line looks tampered with",
        lambda scene: scene.activities.log("100001", 0, 10),
    ),
    Read(
        "DynamoActivityLedger.write",
        "GetItem",
        CONSISTENT,
        "whose write was refused looks whether it was its own, written a moment before",
        lambda scene: scene.activities.write(None, scene.created, scene.entry),
    ),
    Read(
        "Stock.read",
        "BatchGetItem",
        CONSISTENT,
        "a plan from old shards would be refused by their versions again and again",
        lambda scene: scene.stock.read({"3": 1}),
    ),
    Read(
        "activities_in",
        "Query",
        CONSISTENT,
        "an activity that was applied a moment before is listed",
        lambda scene: registry.activities_in(scene.stack),
    ),
    Read(
        "activities_in",
        "BatchGetItem",
        CONSISTENT,
        "it is listed in the state it is in",
        lambda scene: registry.activities_in(scene.stack),
    ),
    Read(
        "read_books",
        "Scan",
        CONSISTENT,
        "an auditor who misses what was written a moment before finds breaches that are none",
        lambda scene: snapshot.read_books(scene.table.dynamodb, scene.table.table),
    ),
    Read(
        "read_orders",
        "Scan",
        CONSISTENT,
        "a winner of a moment before gets no invoice twice, and no test would see it granted once",
        lambda scene: order_lists.read_orders(scene.table.dynamodb, scene.table.table),
    ),
    Read(
        "ForgetLedger.belongings",
        "Query",
        CONSISTENT,
        "a draw of a moment before would be forgotten in its quota alone",
        lambda scene: ForgetLedger(scene.table.dynamodb, scene.table.table, "calls").belongings("xiaofuge"),
    ),
    Read(
        "ForgetLedger.has_left",
        "GetItem",
        CONSISTENT,
        "an export that has just ended is no reason to keep a parcel",
        lambda scene: ForgetLedger(scene.table.dynamodb, scene.table.table, "calls").has_left("100001", "batch"),
    ),
    Read(
        "surveyed",
        "Scan",
        CONSISTENT,
        "nobody is passed over who drew a moment before the last draw of an activity",
        lambda scene: forget_users.surveyed(
            forget_users.Whom(activities=frozenset()), forgetting.Wish(who="ann"), scene.stack
        ),
    ),
    Read(
        "ImportRecord.read",
        "GetItem",
        CONSISTENT,
        "an import goes on from where it ended a moment before",
        lambda scene: ImportRecord(scene.stack, "vouchers", "c0ffee").read(),
    ),
    Read(
        "_Record.read",
        "GetItem",
        CONSISTENT,
        "a fill of the index of wins goes on from where it ended a moment before",
        lambda scene: wins_fill._Record(scene.stack).read(),
    ),
    Read(
        "_Wins.unlisted",
        "Scan",
        CONSISTENT,
        "an order that an older version recorded a moment before is not left out",
        lambda scene: [*wins_fill._Wins(scene.stack).unlisted(0)],
    ),
    Read(
        "_Reader.read",
        "BatchGetItem",
        CONSISTENT,
        "the index is a moment old, and a row says what became of its order",
        lambda scene: wins_list._Reader(scene.stack).read([ENTRY]),
    ),
    Read(
        "CodePool._has_any",
        "Query",
        CONSISTENT,
        "in a pool that looks empty no code is looked for before it is put",
        lambda scene: scene.pool.is_empty(),
    ),
    Read(
        "CodePool._known",
        "BatchGetItem",
        CONSISTENT,
        "a code that was handed over a moment before must not be put again",
        lambda scene: scene.pool.known(["CODE"]),
    ),
    Read(
        "pools_in",
        "Query",
        CONSISTENT,
        "a pool that was filled a moment before is listed",
        lambda scene: code_counts.pools_in(scene.stack),
    ),
    Read(
        "counted",
        "Query",
        CONSISTENT,
        "who has just imported codes counts them",
        lambda scene: code_counts.counted("vouchers", scene.stack, NOON),
    ),
    Read(
        "free_codes",
        "Query",
        CONSISTENT,
        "whether codes suffice is asked just after they were imported",
        lambda scene: code_counts.free_codes("vouchers", scene.stack, NOON, 1),
    ),
    Read(
        "export_used",
        "Query",
        CONSISTENT,
        "a shop must know a code before its user comes with it",
        lambda scene: code_export.export_used("vouchers", scene.new_file(), scene.stack),
    ),
    Read(
        "ShipmentBatches.all",
        "Query",
        CONSISTENT,
        "an export that ended a moment before goes on, and begins no second batch",
        lambda scene: ShipmentBatches(scene.stack, "100001").all(),
    ),
    Read(
        "ShipmentBatches.takes_in",
        "GetItem",
        CONSISTENT,
        "a batch that was closed a moment before takes no parcel in",
        lambda scene: ShipmentBatches(scene.stack, "100001").takes_in(BATCH),
    ),
    Read(
        "ShipmentMoves.is_new",
        "GetItem",
        CONSISTENT,
        "a parcel without an order is a fault only while it is there",
        lambda scene: ShipmentMoves(scene.stack, BATCH).is_new(a_shipment()),
    ),
    Read(
        "_queried",
        "Query",
        CONSISTENT,
        "a parcel that entered a batch a moment before stands in its file",
        lambda scene: [*parcels_of("100001", None, scene.stack)],
    ),
    Read(
        "counted",
        "Query",
        CONSISTENT,
        "who has just exported parcels counts them",
        lambda scene: shipment_lists.counted("100001", scene.stack),
    ),
    Read(
        "_Run.parcels",
        "BatchGetItem",
        CONSISTENT,
        "a parcel that left a moment before can be marked",
        lambda scene: mark_shipments("100001", scene.marked_file(), scene.stack),
    ),
    Read(
        "_pages",
        "Query",
        EVENTUAL,
        "an index cannot be read in another way, so that the items it names are read again",
        lambda scene: [*walk(("7",), LATER, None, scene.stack)],
    ),
    Read(
        "_count",
        "Query",
        EVENTUAL,
        "as above; a figure for people to look at",
        lambda scene: backlog.counted(scene.stack, NOON),
    ),
    Read(
        "items_by_kind",
        "Scan",
        EVENTUAL,
        "a count for people to look at, of a table that moves while it is counted, at half the price",
        lambda scene: overview.items_by_kind(scene.stack),
    ),
)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scene]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws(), ThreadPoolExecutor(1) as threads:
        scene = Scene(TableLedger(boto3.client("dynamodb")), tmp_path, threads)
        for operation in ("GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"):
            scene.table.dynamodb.meta.events.register(f"provide-client-params.dynamodb.{operation}", scene.note)
        yield scene


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.entry} {row.operation}")
def test_what_must_be_seen_after_every_earlier_write_is_read_so(scene: Scene, row: Read) -> None:
    row.call(scene)

    rows = {(other.operation, other.consistent) for other in TABLE if other.entry == row.entry}
    assert scene.asked == rows
    assert row.entry in {name for _, name in scene.through}


def test_every_port_and_every_call_that_reads_is_in_the_table(scene: Scene) -> None:
    for row in TABLE:
        row.call(scene)

    entries = {row.entry for row in TABLE}
    assert (
        ports() - WRITING_PORTS
        == {entry for entry in entries if entry.startswith(("Dynamo", "DueIndex", "ForgetLedger"))} - WRITING_PORTS
    )
    assert call_sites(READS) - scene.through == set()
