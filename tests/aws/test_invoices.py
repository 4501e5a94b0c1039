"""Reading invoices: Lottery's own are understood, and a poisoned one is refused without telling what is in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builders import an_award, an_order
from tombola.aws.invoices import MalformedInvoiceError, read_invoice, read_message
from tombola.rules.invoice import Invoice, Message, contradictions, invoice_json

EVENTS = Path(__file__).parents[2] / "events"
LOTTERYS = {
    "awardContent": "Code",
    "awardId": "3",
    "awardName": "ipad",
    "awardType": 1,
    "orderId": 1454347265400504320,
    "uId": "xiaofuge",
}
SECRET = "S3CR3T"  # noqa: S105 - stands for whatever a message holds


def body(**changes: Any) -> str:
    """Return Lottery's example with some fields changed; those that are … are left out."""
    return json.dumps({name: value for name, value in (LOTTERYS | changes).items() if value is not ...})


def refusal(text: str) -> str:
    with pytest.raises(MalformedInvoiceError) as refused:
        read_invoice(text)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__  # a traceback would show the message
    return str(refused.value)


def test_the_event_with_lotterys_own_invoice_is_read() -> None:
    event = json.loads((EVENTS / "distribute-lottery-invoice.json").read_text("utf-8"))

    invoice = read_invoice(event["Records"][0]["body"])

    assert invoice == Invoice(
        user_id="xiaofuge",
        order_id=1454347265400504320,
        award_id="3",
        award_type=1,
        award_name="ipad",
        award_content="Code",
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"shippingAddress": None, "extInfo": None},
        {"shippingAddress": {}, "extInfo": ""},
        {"shippingAddress": {"name": "小傅哥", "provinceId": 1, "address": {"town": None}}, "extInfo": "x"},
        {"aFieldOfALaterLottery": [1, 2]},
    ],
)
def test_what_lottery_may_add_is_accepted_and_changes_nothing(extra: dict[str, Any]) -> None:
    assert read_invoice(body(**extra)) == read_invoice(body())


@given(st.integers(0, 2**63 - 1), st.text(min_size=1, max_size=128), st.text(), st.text())
def test_what_is_sent_is_read_back_without_a_contradiction(order_id: int, user_id: str, name: str, words: str) -> None:
    order = an_order(order_id, user_id=user_id, award=an_award(award_name=name, award_content=words))

    invoice = read_invoice(invoice_json(order))

    assert (invoice.user_id, invoice.order_id) == (user_id, order_id)
    assert contradictions(invoice, order) == []


@pytest.mark.parametrize("user_id", ["https://id.example/users#7", "#/|@" * 63 + "abc", "小" * 255, "a\tb"])
def test_an_invoice_of_any_user_s_order_names_that_order(user_id: str) -> None:
    order = an_order(user_id=user_id)

    invoice = read_invoice(invoice_json(order))

    assert (invoice.user_id, invoice.order_id) == (user_id, order.order_id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, ...) for name in LOTTERYS],
        *[(name, None) for name in LOTTERYS],
        ("orderId", "1454347265400504320"),
        ("orderId", SECRET),
        ("orderId", 7.0),
        ("orderId", 7.5),
        ("orderId", True),
        ("orderId", -1),
        ("orderId", 2**63),
        ("orderId", 10**400),
        ("orderId", [7]),
        ("uId", 7),
        ("uId", ""),
        ("uId", SECRET * 43),
        ("awardId", 3),
        ("awardType", "1"),
        ("awardType", 1.5),
        ("awardType", True),
        ("awardName", {"name": SECRET}),
        ("awardContent", [SECRET]),
        ("shippingAddress", SECRET),
        ("shippingAddress", [SECRET]),
        ("extInfo", {"info": SECRET}),
        ("extInfo", 7),
    ],
)
def test_a_bad_field_is_named_and_its_content_is_not(name: str, value: object) -> None:
    error = refusal(body(**{"awardContent": SECRET, name: value}))

    assert error.startswith(f"this message is no invoice: {name}: ")
    assert ";" not in error  # only that field
    assert SECRET not in error


def test_every_bad_field_is_named() -> None:
    error = refusal(body(uId=7, orderId="7", awardId=...))

    assert [each.split(":")[0] for each in error.removeprefix("this message is no invoice: ").split("; ")] == [
        "uId",
        "orderId",
        "awardId",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET,
        f'{{"uId": "{SECRET}"',
        body(awardContent=SECRET) + SECRET,
        f'["{SECRET}"]',
        f'"{SECRET}"',
        "null",
        "7",
        "[" * 100_000,
        '{"uId": "\\ud800"}',
    ],
)
def test_what_is_no_object_is_refused_without_its_content(text: str) -> None:
    error = refusal(text)

    assert error.startswith("this message is no invoice: body: ")
    assert SECRET not in error


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3)


@given(st.text(st.characters()) | st.dictionaries(st.sampled_from([*LOTTERYS, "extInfo"]), values).map(json.dumps))
@example(body(orderId=...) + "\ud800")
def test_whatever_comes_is_read_or_refused_as_malformed(text: str) -> None:
    try:
        invoice = read_invoice(text)
    except MalformedInvoiceError:
        return
    assert isinstance(invoice, Invoice)


def test_a_message_has_its_invoice_or_the_reason_why_it_has_none() -> None:
    sound = read_message("1", body())
    poison = [read_message("2", "poison"), read_message("3", None)]

    assert sound == Message("1", read_invoice(body()))
    assert sound.order_key == ("xiaofuge", 1454347265400504320)
    assert [each.order_key for each in poison] == [None, None]
    assert [(each.message_id, type(each.invoice)) for each in poison] == [
        ("2", MalformedInvoiceError),
        ("3", MalformedInvoiceError),
    ]
