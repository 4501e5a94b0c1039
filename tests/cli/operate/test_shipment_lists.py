"""An operator sees which parcels there are, by order and batch, in pages, and never where they go."""

from pathlib import Path

import pytest

from builders import NOON, a_share, an_activity, an_award
from parcels import a_shipment, a_shipment_out, a_stack, grant
from tables import TableLedger
from tombola.aws.shipment_items import batch_key, item_of, key_of
from tombola.rules.award_type import AwardType
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate import shipment_export, shipment_lists
from tombola_cli.operate.shipment_batches import Batch
from tombola_cli.operate.shipment_export import export_shipments
from tombola_cli.operate.shipment_lists import BatchCount, Page, counted, counted_each, listed, with_parcels


def test_the_parcels_of_an_activity_are_counted_by_batch(
    table: TableLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipment_export, "GATES", 1)
    for order_id in range(3):
        grant(table, order_id)
    stack = a_stack(table)
    first = export_shipments("100001", tmp_path / "1.csv", stack).batch
    assert first is not None
    grant(table, 9)
    table.put_item(item_of(a_shipment_out(8, first.name, carrier="DHL", tracking="1", shipped_at=NOON)))
    table.put_item(item_of(a_shipment(9, activity_id="another")))
    table.put_item(batch_key("100001", "zzz") | {"at": {"N": "-1"}})
    told: list[int] = []

    found = counted("100001", stack, told.append)

    [count] = found.batches
    assert (found.new, count.batch.name, count.parcels, count.shipped) == (1, first.name, 4, 1)
    assert count.batch.finished_at is not None
    assert [each.sk for each in found.unreadable] == ["BATCH#zzz"]
    assert told[-1] == 5


def test_a_batch_without_parcels_and_an_activity_without_batches_are_counted(table: TableLedger) -> None:
    table.put_item(batch_key("100001", "b1") | {"at": {"N": "1000"}})

    [count] = counted("100001", a_stack(table)).batches
    assert count == BatchCount(Batch(activity_id="100001", name="b1", at=count.batch.at), 0, 0)
    assert counted("100002", a_stack(table)).batches == []


@pytest.mark.parametrize("batch", [None, "b1"])
def test_a_list_is_paged_by_order_and_what_cannot_be_read_has_a_place_in_it(
    table: TableLedger, batch: str | None
) -> None:
    made = [a_shipment(number) if batch is None else a_shipment_out(number, batch) for number in (2, 10, 300)]
    for each in made[:2]:
        table.put_item(item_of(each))
    table.put_item(key_of(made[2]))
    table.put_item(item_of(a_shipment_out(4, "b2")))
    table.put_item(item_of(a_shipment_out(4, "b11")))

    pages: list[Page] = []
    after = None
    while not pages or after is not None:
        pages.append(listed("100001", batch, 1, after, a_stack(table)))
        after = pages[-1].next

    found = [each for page in pages for each in page.found]
    assert found[:2] == made[:2]
    assert isinstance(found[2], Unreadable)
    assert [page.next for page in pages] == [2, 10, None]
    assert listed("100001", batch, 3, None, a_stack(table)).next is None
    assert all(isinstance(each, Shipment) for each in listed("100001", batch, 2, None, a_stack(table)).found)


def test_only_activities_that_send_parcels_are_counted_and_no_more_than_a_few_together(
    table: TableLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant(table, 7)
    parcel = a_share("7", award=an_award("7", award_type=AwardType.PHYSICAL, award_content=""))
    others = [an_activity(parcel, activity_id="2"), an_activity(parcel)]
    hurt = Unreadable(pk="ACTIVITY#9", sk="CONFIG", because="damage")
    monkeypatch.setattr(shipment_lists, "COUNTED_MAX", 2)

    sending = with_parcels([an_activity(a_share("3"), activity_id="text"), *others, hurt, others[0]])
    found = counted_each(sending, a_stack(table))

    assert [(each.activity_id, count and count.new) for each, count in found] == [("2", 0), ("100001", 1), ("2", None)]
