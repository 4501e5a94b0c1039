"""Parcels are counted and listed without an address; a batch leaves as a file, and comes back as one."""

import csv
import io
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from addresses import an_address
from builders import NOON, a_share, an_award
from chromium import serious_faults
from console_table import FORMULA, HTML, a_win_of, an_open_activity, put_activity, put_orders
from served_console import Console
from tombola.rules.award_type import AwardType
from tombola.rules.order import Order
from tombola_cli.operate.order_lists import ledger_of
from tombola_cli.operate.stack import Stack

ACTIVITY_ID = "shipments-page"
STREET = "1 Secret Street"
PARCEL = an_award("7", award_type=AwardType.PHYSICAL, award_name=HTML, award_content="")


@pytest.fixture(scope="session")
def parcels(stack: Stack) -> Stack:
    share, more = a_share("7", award=PARCEL), {"activity_name": HTML, "time_zone": "Asia/Tokyo"}
    put_activity(stack, an_open_activity(ACTIVITY_ID, share, **more))
    for order_id, user_id in ((201, FORMULA), (202, HTML)):
        order = a_win_of(ACTIVITY_ID, order_id, NOON, user_id=user_id, award=PARCEL, addresses=1)
        put_orders(stack, [order])
        assert ledger_of(stack).grant_shipment(order, an_address(address=STREET, name="=name"), NOON)
    return stack


def opened(page: Page, console: Console) -> Page:
    page.goto(f"{console.url}/shipments")
    page.get_by_role("link", name=ACTIVITY_ID).click()
    page.get_by_role("heading", name="New parcels").wait_for()
    return page


def done(page: Page, label: str) -> Locator:
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=label, exact=True)).to_be_enabled()
    dialog.get_by_role("button", name=label, exact=True).click()
    return page.get_by_role("dialog")


def test_a_batch_is_exported_and_fetched_and_marked_and_no_page_shows_an_address(
    console_page: Page, console: Console, parcels: Stack
) -> None:
    page = opened(console_page, console)
    expect(page.get_by_text(f"2 parcels of activity {ACTIVITY_ID} are new")).to_be_visible()
    expect(page.get_by_role("cell", name=HTML).first).to_be_visible()
    expect(page.get_by_role("columnheader", name="granted (Asia/Tokyo)")).to_be_visible()
    expect(page.get_by_role("cell", name="2026-11-23 21:00:00", exact=True).first).to_be_visible()

    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("would write the addresses of 2 parcels")).to_be_visible()
    with page.expect_download() as fetched:
        done(page, "Export")
    text = fetched.value.path().read_text("utf-8")
    rows = [*csv.DictReader(io.StringIO(text))]
    assert [row["user_id"] for row in rows] == [f"'{FORMULA}", HTML]
    assert {row["name"] for row in rows} == {"'=name"}
    assert {row["address"] for row in rows} == {STREET}
    batch = rows[0]["batch"]
    assert fetched.value.suggested_filename == f"shipments-{ACTIVITY_ID}-{batch}.csv"
    expect(page.get_by_text(f"2 parcels of batch {batch}")).to_be_visible()
    page.get_by_role("button", name="Close").click()

    page.get_by_role("link", name=batch).click()
    page.get_by_role("heading", name=f"Parcels of batch {batch}").wait_for()
    assert (
        page.get_by_role("link", name="202", exact=True).get_attribute("href")
        == "/orders/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E/202"
    )
    assert STREET not in page.content()
    assert serious_faults(page) == []

    lines = io.StringIO()
    rewritten = csv.DictWriter(lines, list(rows[0]))
    rewritten.writeheader()
    rewritten.writerows(
        [rows[0] | {"carrier": "DHL", "tracking": "T-1"}, rows[1] | {"carrier": "=DHL", "tracking": "T-2"}]
    )
    file: Any = {"name": f"{HTML}.csv", "mimeType": "text/csv", "buffer": lines.getvalue().encode()}
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="Mark as shipped").click()
    expect(page.get_by_role("dialog").get_by_text("carrier begins as a formula does")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("would be marked as shipped")).to_be_visible()
    told = done(page, "Mark as shipped")
    expect(told.get_by_text("marked as shipped", exact=True)).to_be_visible()  # and no longer: would be
    page.get_by_role("button", name="Close").click()
    order = ledger_of(parcels).order(FORMULA, 201)
    assert isinstance(order, Order)
    assert (order.carrier, order.tracking) == ("DHL", "T-1")

    page.set_viewport_size({"width": 400, "height": 800})
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert "T-1" not in page.content()
    assert serious_faults(page) == []
