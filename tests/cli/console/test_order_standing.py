"""How an order stands is one sentence, whatever its lane is called."""

from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, an_award, an_order
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Outcome
from tombola_cli.console.order_standing import standing

PARCEL = an_award("7", award_type=AwardType.PHYSICAL)
GRANTED: dict[str, Any] = {"grant_state": GrantState.GRANTED, "granted_at": NOON}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"outcome": Outcome.LOST, "award": None}, "Nothing was won."),
        ({}, "It is on its way to the winner."),
        ({"grant_type": GrantType.BY_HAND}, "It waits until somebody releases it."),
        (
            {"accept_by": NOON},
            "It waits until the winner claims it, at the latest at 2026-11-23 20:00:00 (Asia/Shanghai).",
        ),
        (
            {"accept_by": NOON, "award": PARCEL},
            "It waits for the address of the winner, until 2026-11-23 20:00:00 (Asia/Shanghai).",
        ),
        (
            {"failures": 2, "failed_at": NOON, "failed_because": "no answer"},
            "Handing it over failed, and is tried again by itself: no answer",
        ),
        (
            {"grant_state": GrantState.PARKED, "parked_because": "the pool is empty"},
            "It is parked, and waits for somebody to retry or void it: the pool is empty",
        ),
        ({"grant_state": GrantState.VOID}, "It is void: the winner gets nothing."),
        (GRANTED, "The winner has the prize."),
        (
            GRANTED | {"award": PARCEL},
            "The address is there, and the parcel is not marked as sent yet: page Shipments.",
        ),
        (GRANTED | {"award": PARCEL, "shipped_at": NOON + timedelta(days=1)}, "The parcel has left."),
    ],
)
def test_an_order_is_told_in_a_sentence(fields: dict[str, Any], words: str) -> None:
    assert standing(an_order(**fields), "Asia/Shanghai") == words
