"""Parcels as items: their keys are the design's, nothing is lost on the way there and back, and damage is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addresses import an_address
from builders import NOON, SECOND, a_lost_order
from damage import damaged
from parcels import a_shipment, a_shipment_out, an_order_of_a_parcel
from tombola.aws.shipment_items import batch_key, decode_shipment, item_of, new_shipment_key, out_key, shipment_item
from tombola.rules.shipment import Shipment
from tombola.rules.unreadable import Unreadable

SHIPPED = a_shipment_out(carrier="DHL", tracking="JD014600", shipped_at=NOON + 2 * SECOND)


def test_the_keys_are_those_of_the_design() -> None:
    pk = {"S": "SHIPMENTS#100001"}

    assert new_shipment_key("100001", 7) == {"pk": pk, "sk": {"S": "NEW#0000000000000000007"}}
    assert out_key("100001", "b1", 7) == {"pk": pk, "sk": {"S": "OUT#b1#0000000000000000007"}}
    assert batch_key("100001", "b1") == {"pk": pk, "sk": {"S": "BATCH#b1"}}


def test_the_parcel_of_an_order_is_new_and_has_the_address_of_its_grant() -> None:
    order = an_order_of_a_parcel(7, addresses=3)

    item = shipment_item(order, an_address(), NOON)

    assert decode_shipment(item) == a_shipment(7, addresses=3)
    assert item["addresses"] == {"N": "3"}
    assert item["address"]["M"]["name"] == {"S": "小傅哥"}


def test_an_order_without_an_award_has_no_parcel() -> None:
    with pytest.raises(ValueError, match="order 7"):
        shipment_item(a_lost_order(7), an_address(), NOON)


@pytest.mark.parametrize("shipment", [a_shipment(), a_shipment_out(), SHIPPED, a_shipment_out(2**63 - 1)])
def test_a_parcel_is_read_back_as_it_was(shipment: Shipment) -> None:
    assert decode_shipment(item_of(shipment)) == shipment


@pytest.mark.parametrize(
    "sk", ["NEW#0000000000000000008", "NEW#7", "OUT#b1#7", "OUT#0000000000000000007", "BATCH#b1", ""]
)
def test_a_parcel_under_a_key_that_is_not_its_own_cannot_be_read(sk: str) -> None:
    assert isinstance(decode_shipment({**item_of(SHIPPED), "sk": {"S": sk}}), Unreadable)


@given(data=st.data())
def test_whatever_is_in_the_item_it_is_a_parcel_or_unreadable_without_a_word_of_the_address(data: Any) -> None:
    found = decode_shipment(data.draw(damaged(item_of(SHIPPED))))

    if isinstance(found, Unreadable):
        assert (found.pk, found.sk) == ("SHIPMENTS#100001", "OUT#b1#0000000000000000007")
        assert not {"小傅哥", "东长安街 1 号", "+86 10 5555 0100"} & set(found.because.split())
