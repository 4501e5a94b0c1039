"""The message: byte for byte Lottery's, and what is said of one that contradicts its order."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_lost_order, a_share, an_activity, an_award, an_order
from tombola.rules.award_type import AWARD_TYPES, AwardType
from tombola.rules.invoice import Invoice, contradictions, invoice_json
from tombola.rules.order_life import GRANT_WITH, changed

LOTTERYS_ORDER = 1454347265400504320
LOTTERYS = (
    '{"awardContent":"Code","awardId":"3","awardName":"ipad","awardType":1,"orderId":1454347265400504320,'
    '"uId":"xiaofuge"}'
)
INVOICE = Invoice(
    user_id="xiaofuge",
    order_id=7,
    award_id="3",
    award_type=1,
    award_name="ipad",
    award_content="Code",
)


def test_the_invoice_is_lotterys_example_byte_for_byte() -> None:
    assert invoice_json(an_order(LOTTERYS_ORDER)) == LOTTERYS


def test_chinese_is_written_as_it_is() -> None:
    order = an_order(LOTTERYS_ORDER, user_id="小傅哥", award=an_award(award_name="平板", award_content="兑换码😀"))

    assert invoice_json(order) == (
        '{"awardContent":"兑换码😀","awardId":"3","awardName":"平板","awardType":1,"orderId":1454347265400504320,'
        '"uId":"小傅哥"}'
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\b\t\n\f\r", r"\b\t\n\f\r"),
        ("\x00\x0b\x1f", r"\u0000\u000B\u001F"),
        ("\"Tom\" & 'Ola' \\ </b>", r"\"Tom\" & 'Ola' \\ </b>"),
        ("\x7e\x7f\x80\x9f\xa0", "~\\u007F\\u0080\\u009F\xa0"),
        ("\u2027\u2028\u2029\u202a", "\u2027\\u2028\\u2029\u202a"),
        ("\ufeff\ufffd😀", "\ufeff\ufffd😀"),
        ("\ufffe\uffff\ud800", r"\uFFFE\uFFFF\uD800"),
    ],
)
def test_what_lotterys_json_library_escapes_is_escaped_as_there_and_so_is_what_no_queue_takes(
    text: str, written: str
) -> None:
    """tests/test_lotterys_json.py asks the library itself."""
    order = an_order(user_id=text, award=an_award(award_name=text, award_content=text))

    assert invoice_json(order) == (
        f'{{"awardContent":"{written}","awardId":"3","awardName":"{written}","awardType":1,"orderId":7,'
        f'"uId":"{written}"}}'
    )


@pytest.mark.parametrize("award_type", AWARD_TYPES.values(), ids=repr)
def test_an_award_type_is_its_number(award_type: AwardType) -> None:
    body = invoice_json(an_order(award=an_award(award_type=award_type)))

    assert f'"awardType":{award_type.number},' in body


@given(st.integers(0, 2**63 - 1), st.text(min_size=1), st.text(), st.text(), st.text())
def test_the_invoice_says_what_the_order_says(
    order_id: int, user_id: str, award_id: str, name: str, words: str
) -> None:
    award = an_award(award_id, award_name=name, award_content=words)

    fields = json.loads(invoice_json(an_order(order_id, user_id=user_id, award=award)))

    assert list(fields) == ["awardContent", "awardId", "awardName", "awardType", "orderId", "uId"]
    assert list(fields.values()) == [words, award_id, name, 1, order_id, user_id]


@pytest.mark.parametrize("award_type", [AwardType.CODE, AwardType.COUPON], ids=repr)
def test_the_invoice_of_a_code_or_a_coupon_has_no_content_not_even_once_it_is_granted(award_type: AwardType) -> None:
    """Its content is a secret, and a message may lie in a queue and among dead letters for days."""
    order = an_order(award=an_award(award_type=award_type, award_content="", source="spring-pool"))
    granted = changed(order, GRANT_WITH, now=NOON, content="SECRET")

    assert json.loads(invoice_json(granted))["awardContent"] == ""
    assert "spring-pool" not in invoice_json(granted)
    assert contradictions(replace(INVOICE, award_type=award_type.number, award_content=""), granted) == []


def test_what_a_prize_holds_is_left_out_where_values_are_printed() -> None:
    order = changed(an_order(award=an_award(award_content="SECRET-1")), GRANT_WITH, now=NOON, content="SECRET-2")
    activity = an_activity(replace(a_share(), award=an_award(award_content="SECRET-3")))

    assert "SECRET" not in repr((order, activity, replace(INVOICE, award_content="SECRET-4")))


def test_a_lost_order_has_no_invoice() -> None:
    with pytest.raises(ValueError, match="order 7 lost: there is nothing to hand over"):
        invoice_json(a_lost_order())


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"award_id": "4"}, ["awardId"]),
        ({"award_type": 4}, ["awardType"]),
        ({"award_name": "iPad"}, ["awardName"]),
        ({"award_content": "another code"}, ["awardContent"]),
        ({"award_id": "4", "award_content": ""}, ["awardId", "awardContent"]),
    ],
)
def test_a_contradiction_is_told_by_field(changes: dict[str, Any], fields: list[str]) -> None:
    assert contradictions(replace(INVOICE, **changes), an_order()) == fields


def test_an_invoice_for_a_lost_order_contradicts_it() -> None:
    assert contradictions(INVOICE, a_lost_order()) == ["award"]
