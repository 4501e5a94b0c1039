"""Dead letters: why each lies there, and sending or dropping those that are chosen."""

from playwright.sync_api import Page, expect

from builders import an_order
from chromium import serious_faults
from served_console import Console
from tombola.rules.invoice import invoice_json
from tombola_cli.operate.stack import Stack

USER = "<i>dead</i>/letter"


def test_a_letter_is_dropped_once_somebody_has_looked_at_it(console_page: Page, console: Console, stack: Stack) -> None:
    page = console_page
    body = invoice_json(an_order(7, user_id=USER))
    stack.client("sqs").send_message(QueueUrl=stack.dlq_url, MessageBody=body)
    page.goto(f"{console.url}/dead-letters?reason=no-order")
    row = page.get_by_role("row").filter(has_text=USER)
    expect(row.get_by_text("the order that it names does not exist")).to_be_visible()
    assert row.get_by_role("link", name="7").get_attribute("href") == "/orders/%3Ci%3Edead%3C%2Fi%3E%2Fletter/7"
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 400, "height": 800})
    page.get_by_text(USER).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.get_by_role("checkbox", name="Choose this row").first.click()
    page.get_by_role("button", name="Drop the chosen 1 message").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("would drop 1 message")).to_be_visible()
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    dialog.get_by_role("button", name="Drop the chosen 1 message").click()
    expect(page.get_by_text("1 message dropped")).to_be_visible()
    expect(page.get_by_text(USER)).to_have_count(0)
