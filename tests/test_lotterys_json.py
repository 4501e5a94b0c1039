"""Lottery's own JSON library reads every message of ours, and writes the same bytes."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import an_award, an_order
from lotterys_json import LotterysJson, lotterys_json
from tombola.aws.invoices import read_invoice
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.invoice import contradictions, invoice_json
from tombola.rules.order import Order

AT_ONCE = 64  # characters of a message
SURROGATES = range(0xD800, 0xE000)
NONCHARACTERS = (0xFFFE, 0xFFFF)  # no queue takes them: we spell them, and Lottery writes them as they are
LOTTERYS_OWN = (
    '{"awardContent":"苹果电脑","awardId":"3","awardName":"Code","awardType":1,"orderId":1444540456057864192,'
    '"uId":"fustack"}'
)
# Where its writer and its reader have cases of their own: each, and each next to another.
SPECIAL = st.sampled_from(
    [*map(chr, range(0x20)), *"\"\\/'<>&", *map(chr, range(0x7F, 0xA0)), *"\u2027\u2028\u2029\u202a\ufeff😀小u"]
)
TEXTS = st.lists(st.one_of(SPECIAL, st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))).map(
    "".join
)


@pytest.fixture(scope="module")
def lottery() -> Iterator[LotterysJson]:
    with lotterys_json() as running:
        yield running


def an_order_of(text: str) -> Order:
    return an_order(user_id=f"user {text}", award=an_award(award_name=f"{text} and {text}", award_content=text))


def test_its_example_is_read_and_written_byte_for_byte(lottery: LotterysJson) -> None:
    assert lottery.written(LOTTERYS_OWN) == LOTTERYS_OWN


def test_nulls_are_left_out_by_lottery_too(lottery: LotterysJson) -> None:
    with_nulls = {**json.loads(LOTTERYS_OWN), "shippingAddress": None, "extInfo": None}

    assert lottery.written(json.dumps(with_nulls)) == LOTTERYS_OWN


def test_every_character_of_the_first_plane_is_written_as_lottery_writes_it(lottery: LotterysJson) -> None:
    codes = sorted({*range(0x10000)} - {*SURROGATES, *NONCHARACTERS})
    for first in range(0, len(codes), AT_ONCE):
        message = invoice_json(an_order_of("".join(map(chr, codes[first : first + AT_ONCE]))))
        assert lottery.written(message) == message, f"from U+{codes[first]:04X} on"


@pytest.mark.parametrize("code", NONCHARACTERS, ids=hex)
def test_a_character_that_no_queue_takes_is_read_by_lottery_all_the_same(lottery: LotterysJson, code: int) -> None:
    message = invoice_json(an_order_of(chr(code)))

    assert lottery.written(message) == message.replace(f"\\u{code:04X}", chr(code))


@pytest.mark.parametrize("award_type", AWARD_TYPES.values(), ids=repr)
@given(order_id=st.integers(0, 2**63 - 1), user=TEXTS, award_id=TEXTS, name=TEXTS, words=TEXTS)
def test_lottery_reads_every_message_of_ours_and_writes_the_same_bytes_which_contradict_nothing(
    lottery: LotterysJson, award_type: object, order_id: int, user: str, award_id: str, name: str, words: str
) -> None:
    award = an_award(award_id, award_type=award_type, award_name=name, award_content=words)
    order = an_order(order_id, user_id=f"u{user}"[:100], award=award)

    again = lottery.written(invoice_json(order))

    assert again == invoice_json(order)
    assert contradictions(read_invoice(again), order) == []
