"""A parcel is new, out or on its way; nothing between these, and no repr shows where it goes."""

from typing import Any

import pytest

from builders import NOON
from parcels import a_shipment, a_shipment_out


def test_no_repr_shows_a_tracking_number() -> None:
    assert "0034" not in repr(a_shipment_out(carrier="DHL", tracking="0034", shipped_at=NOON))


def test_no_repr_shows_an_address() -> None:
    shipment = a_shipment()

    assert shipment.address.address == "东长安街 1 号"
    assert not {"东长安街", "小傅哥", "+86 10 5555 0100", "100000 "} & set(repr(shipment).split("'"))
    assert "东长安街" not in repr(shipment)


@pytest.mark.parametrize("half", [{"batch": "b1"}, {"exported_at": NOON}])
def test_a_batch_and_the_time_of_its_export_go_together(half: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="order 7"):
        a_shipment(**half)


@pytest.mark.parametrize("part", [{"carrier": "DHL"}, {"carrier": "DHL", "tracking": "1"}, {"shipped_at": NOON}])
def test_carrier_tracking_and_time_go_together(part: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="order 7"):
        a_shipment_out(**part)
