"""The items of a table are counted by what they are, and no name, code or id becomes a kind of its own."""

from builders import NOON, an_activity, an_entry, an_order
from parcels import a_shipment, a_shipment_out, a_stack
from tables import TableLedger
from tombola.aws.activity_items import activity_item, entry_item, stock_item
from tombola.aws.code_items import free_item, pool_item, used_key
from tombola.aws.items import order_item, quota_key
from tombola.aws.shipment_items import batch_key, item_of
from tombola_cli.local.overview import items_by_kind
from tombola_cli.operate.import_record import ImportRecord, ImportState
from tombola_cli.operate.shipment_batches import GATES, Batch, ShipmentBatches


def test_items_are_counted_by_what_they_are(table: TableLedger) -> None:
    for item in (
        order_item(an_order(7)),
        order_item(an_order(8)),
        quota_key("xiaofuge", "100001"),
        activity_item(an_activity()),
        entry_item("100001", an_entry()),
        stock_item("100001", "3", 0, 5),
        free_item("vouchers", "A", None),
        used_key("vouchers", "B"),
        pool_item("vouchers"),
        item_of(a_shipment(7)),
        item_of(a_shipment_out(8)),
        {"pk": {"S": "FORGOTTEN#100001"}, "sk": {"S": "c0ffee"}},
    ):
        table.put_item(item)
    stack = a_stack(table)
    ImportRecord(stack, "vouchers", "c0ffee").write(ImportState())
    ShipmentBatches(stack, "100001").begin(Batch(activity_id="100001", name="b1", at=NOON))

    assert batch_key("100001", "b1")["sk"] == {"S": "BATCH#b1"}
    assert items_by_kind(stack) == {
        "order": 2,
        "quota": 1,
        "activity": 1,
        "log": 1,
        "stock": 1,
        "free": 1,
        "used": 1,
        "pools": 1,
        "codes-imports": 1,
        "forgotten": 1,
        "shipment new": 1,
        "shipment out": 1,
        "shipment batch": 1,
        "shipment gate": GATES,
    }
