"""The mark that wakes a stream is set and taken away by the table of an order's changes, and by nothing else.

While it stands on an order, any write to the order hands it to distribution again: so each write takes it away, or sets
it on purpose. test_stream_filter.py shows the rows of the table.
"""

import re

from call_sites import FOLDERS, update_expressions
from tombola_cli.files.repository import ROOT

LAYER, CLI = "layers/shared/tombola/aws", "cli/tombola_cli/operate"
OF_THE_TABLE = (f"{LAYER}/order_update.py", "update_of")
# What else is written to an order that is there: it moves its entry of an index, and nothing has become due by that.
BESIDE_THE_TABLE = {
    (f"{LAYER}/due_index.py", "DueIndex.set_aside"),
    (f"{LAYER}/due_index.py", "DueIndex.give_back"),
    (f"{LAYER}/due_index.py", "DueIndex.put_off"),
    (f"{CLI}/wins_fill.py", "_Wins._update"),
}
OF_OTHER_ITEMS = {
    (f"{LAYER}/transaction.py", "_count_draw"): "quota",
    (f"{LAYER}/transaction.py", "_take_unit"): "stock",
    (f"{LAYER}/void_ledger.py", "_return_unit"): "stock",
    (f"{LAYER}/void_ledger.py", "_lengthen_log"): "activity",
    (f"{LAYER}/forget_ledger.py", "ForgetLedger.mark_forgetting"): "quota",
    (f"{LAYER}/tombstone_items.py", "disown_code"): "used code",
    (f"{LAYER}/shipment_items.py", "change_of_address"): "shipment",
    (f"{CLI}/shipment_marks.py", "_Run._write"): "shipment",
    (f"{CLI}/shipment_batches.py", "ShipmentBatches.finish"): "batch",
    (f"{CLI}/shards.py", "Stock.step"): "stock",
}
MENTIONS = re.compile(r"\bwake\b")


def test_it_is_known_which_item_each_update_writes() -> None:
    found = {(file, function) for file, function, _ in update_expressions()}

    assert found == {OF_THE_TABLE, *BESIDE_THE_TABLE, *OF_OTHER_ITEMS}


def test_an_update_beside_the_table_takes_the_mark_away() -> None:
    for file, function, text in update_expressions():
        if (file, function) in BESIDE_THE_TABLE:
            assert MENTIONS.search(text.partition(" REMOVE ")[2]), function


def test_nothing_but_the_table_and_a_new_order_sets_the_mark() -> None:
    for file, function, text in update_expressions():
        if (file, function) != OF_THE_TABLE:
            assert not MENTIONS.search(text.partition("REMOVE ")[0]), function
    sources = {file: file.read_text("utf-8") for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")}
    made = {str(file.relative_to(ROOT)) for file, text in sources.items() if "order_item(" in text}
    # Where an item is made of an order, the draw that puts it, and an event of the demo's, which puts nothing.
    assert made == {f"{LAYER}/items.py", f"{LAYER}/transaction.py", "cli/tombola_cli/local/channel.py"}
