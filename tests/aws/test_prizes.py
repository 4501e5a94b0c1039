"""Every award that a file may promise is handed over by somebody."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import pytest

from builders import NOON, an_order
from cloud import Context
from tombola.aws import clock
from tombola.aws.prizes import PROVIDERS, CouponPrizes
from tombola.rules.award_type import TOMBOLAS
from tombola.rules.verdict import Grant, Unchanged

SLOW_SECONDS = 0.05


def test_whatever_a_file_may_promise_somebody_hands_over_and_nothing_else() -> None:
    assert [each for each in TOMBOLAS if each.told is not None] == list(PROVIDERS)


def test_whoever_asks_for_coupons_is_built_once_for_a_batch_whose_orders_come_beside_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[object] = []

    def slowly(*_: Any) -> Any:
        time.sleep(SLOW_SECONDS)  # long enough for the others to come
        built.append(coupons)
        return coupons

    coupons: Any = NoCoupons()
    monkeypatch.setattr("tombola.aws.coupons.wired", slowly)
    monkeypatch.setattr("tombola.aws.prizes.Settings.from_env", Mock())
    prizes = CouponPrizes(ledger=Mock(), settings=Mock())
    clock.begin_invocation(Context())

    with ThreadPoolExecutor(10) as threads:
        grants = [*threads.map(lambda number: prizes.grant(an_order(number), NOON), range(10))]

    assert (grants, len(built)) == ([Unchanged()] * 10, 1)


class NoCoupons:
    """Has no coupon for anybody."""

    def grant(self, *_: Any) -> Grant:
        return Unchanged()
