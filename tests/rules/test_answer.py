"""What the API says: design.md's keys exactly, and no number that a browser would round."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, SECOND, a_lost_order, a_share, an_activity, an_order
from tombola.rules.activity import GrantType, StrategyMode
from tombola.rules.answer import activity_answer, order_answer, rate_text
from tombola.rules.order import GrantState, MqState, Proof

WON = {
    "order_id": "9223372036854775807",
    "activity_id": "100001",
    "user_id": "xiaofuge",
    "outcome": "won",
    "code": "0000",
    "info": "won",
    "award": {"award_id": "3", "award_type": 1, "award_name": "ipad", "award_content": "Code"},
    "strategy_mode": 2,
    "grant_type": 1,
    "grant_state": 0,
    "mq_state": 0,
    "drawn_at": "2026-11-23T12:00:00+00:00",
    "proof": {"attempt": 0, "excluded": [], "version": 1},
}


def test_a_won_order_is_told_as_the_design_says() -> None:
    assert order_answer(an_order(2**63 - 1)) == WON


def test_a_lost_order_has_no_award_and_lotterys_code() -> None:
    lost = {"outcome": "lost", "code": "D001", "info": "did not win", "award": None}

    assert order_answer(a_lost_order(2**63 - 1)) == WON | lost


def test_states_and_proof_are_told_as_they_are() -> None:
    order = an_order(
        2**63 - 1,
        mq_state=MqState.FAILED,
        grant_state=GrantState.PARKED,
        strategy_mode=StrategyMode.SINGLE,
        grant_type=GrantType.BY_HAND,
        drawn_at=NOON + timedelta(milliseconds=5),
        proof=Proof(attempt=2, excluded=("1", "2"), version=4),
    )

    assert order_answer(order) == WON | {
        "mq_state": 2,
        "grant_state": 2,
        "strategy_mode": 1,
        "grant_type": 3,
        "drawn_at": "2026-11-23T12:00:00.005000+00:00",
        "proof": {"attempt": 2, "excluded": ["1", "2"], "version": 4},
    }


def test_nothing_of_the_repair_is_told() -> None:
    told = order_answer(an_order(2**63 - 1, claims=3, failures=2, sent_at=NOON, parked_because="refused", shard=4))

    assert told == WON


def test_an_answer_is_plain_json() -> None:
    assert json.loads(json.dumps(order_answer(an_order(2**63 - 1)))) == WON


def test_an_activity_is_told_with_odds_and_stock_left_and_without_contents() -> None:
    shares = a_share("1", weight=50_000, stock=10, shards=2), a_share("2", weight=150_000, stock=None)
    activity = an_activity(*shares, begin=NOON, end=NOON + SECOND, version=3)

    told = activity_answer(activity, {"1": [3, 4]})

    assert told == {
        "activity_id": "100001",
        "activity_name": "活动名",
        "activity_desc": "测试活动",
        "state": 5,
        "begin": "2026-11-23T12:00:00+00:00",
        "end": "2026-11-23T12:00:01+00:00",
        "strategy_mode": 2,
        "grant_type": 1,
        "quota": 10,
        "awards": [
            {"award_id": "1", "award_type": 1, "award_name": "ipad", "rate": "0.05", "stock": 10, "stock_left": 7},
            {"award_id": "2", "award_type": 1, "award_name": "ipad", "rate": "0.15", "stock": None, "stock_left": None},
        ],
        "version": 3,
        "commitment": "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd",
    }


@pytest.mark.parametrize(("left", "sum_left"), [([0, 0], 0), ([0], 0), ([5], 5)])
def test_a_sold_out_award_has_nothing_left_and_is_not_unlimited(left: list[int], sum_left: int) -> None:
    assert activity_answer(an_activity(), {"3": left})["awards"][0]["stock_left"] == sum_left


def test_an_activity_without_a_quota_says_so() -> None:
    assert activity_answer(an_activity(quota=None), {})["quota"] is None


@pytest.mark.parametrize(
    ("weight", "text"),
    [(0, "0"), (1, "0.000001"), (10, "0.00001"), (50_000, "0.05"), (200_000, "0.2"), (1_000_000, "1")],
)
def test_a_rate_is_the_decimal_of_the_activity_file(weight: int, text: str) -> None:
    assert rate_text(weight) == text


@given(st.integers(0, 1_000_000))
def test_a_rate_can_be_read_back(weight: int) -> None:
    assert Decimal(rate_text(weight)) * 1_000_000 == weight
