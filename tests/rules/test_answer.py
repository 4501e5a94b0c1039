"""What the API says: the fields its types describe exactly, and no number that a browser would round."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addresses import FIELDS, an_address
from builders import NOON, SECOND, SEED, a_lost_order, a_share, an_activity, an_award, an_entry, an_order
from tombola.rules.activity import CAP, Cap, GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.answer import (
    ActivityAnswer,
    AwardAnswer,
    CapAnswer,
    ConditionAnswer,
    EntryAnswer,
    OrderAnswer,
    ProofAnswer,
    ShareAnswer,
    ShipmentAnswer,
    activity_answer,
    entry_answer,
    order_answer,
)
from tombola.rules.award_type import AwardType
from tombola.rules.commitment import odds_digest
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import StrategyMode, rate_text
from tombola.rules.order import GrantState, MqState, Outcome, Proof
from tombola.rules.order_life import GRANT, GRANT_WITH, changed
from tombola.rules.quota import PERIODS, Quotas

WON: dict[str, Any] = {
    "order_id": "9223372036854775807",
    "activity_id": "100001",
    "tree_id": None,
    "user_id": "xiaofuge",
    "idempotency_key": "key-9223372036854775807",
    "outcome": "won",
    "code": "0000",
    "info": "won",
    "award": {"award_id": "3", "award_type": 1, "award_name": "ipad", "award_content": "Code"},
    "strategy_mode": 2,
    "grant_type": 1,
    "grant_at": None,
    "grant_state": 0,
    "mq_state": 0,
    "claim_by": None,
    "claimed_at": None,
    "shipment": None,
    "drawn_at": "2026-11-23T12:00:00+00:00",
    "proof": {"attempt": 0, "excluded": [], "version": 1, "taken": None},
}
COMMITMENT = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
GOLD = Condition(fact="tier", operator=Operator.IN, values=("gold", "silver"))
ODDS = '{"awards":[["1",50000,0],["2",150000,3]],"fallback":null,"strategy_mode":2}'
SHARES = a_share("1", weight=50_000, stock=10, shards=2), a_share("2", weight=150_000, stock=None, unlock_after=3)


def assert_described(told: Mapping[str, Any], described: type) -> None:
    assert set(told) == set(described.__annotations__)


def test_a_won_order_is_told_as_the_design_says() -> None:
    assert order_answer(an_order(2**63 - 1)) == WON


def test_a_lost_order_has_no_award_and_lotterys_code() -> None:
    lost = {"outcome": "lost", "code": "D001", "info": "did not win", "award": None}

    assert order_answer(a_lost_order(2**63 - 1)) == WON | lost


def test_a_fallback_is_told_as_won_by_another_way() -> None:
    assert order_answer(an_order(2**63 - 1, outcome=Outcome.FALLBACK)) == WON | {"outcome": "fallback"}


def test_states_and_proof_are_told_as_they_are() -> None:
    order = an_order(
        2**63 - 1,
        tree_id="2110081902",
        mq_state=MqState.FAILED,
        grant_state=GrantState.PARKED,
        strategy_mode=StrategyMode.SINGLE,
        grant_type=GrantType.AT_A_TIME,
        grant_at=NOON + SECOND,
        drawn_at=NOON + timedelta(milliseconds=5),
        proof=Proof(attempt=2, excluded=("1", "2"), version=4, taken=0),
    )

    assert order_answer(order) == WON | {
        "tree_id": "2110081902",
        "mq_state": 2,
        "grant_state": 2,
        "strategy_mode": 1,
        "grant_type": 2,
        "award": WON["award"] | {"award_content": None},
        "grant_at": "2026-11-23T12:00:01+00:00",
        "drawn_at": "2026-11-23T12:00:00.005000+00:00",
        "proof": {"attempt": 2, "excluded": ["1", "2"], "version": 4, "taken": 0},
    }


def test_a_prize_that_waits_for_its_user_says_until_when_and_nothing_of_its_content() -> None:
    waits = an_order(2**63 - 1, accept_by=NOON + SECOND)
    claimed = replace(waits, accepted_at=NOON)

    by = {"claim_by": "2026-11-23T12:00:01+00:00"}
    assert order_answer(waits) == WON | by | {"award": WON["award"] | {"award_content": None}}
    assert order_answer(claimed) == WON | by | {"claimed_at": "2026-11-23T12:00:00+00:00"}


def test_a_parcel_is_told_from_its_grant_on_and_its_address_never() -> None:
    thing = an_award(award_type=AwardType.PHYSICAL)
    waits = an_order(award=thing, accept_by=NOON, accepted_at=NOON, address=an_address(), addresses=1)
    granted = replace(waits, grant_state=GrantState.GRANTED, address=None)
    left = replace(granted, batch="b1")
    shipped = replace(left, carrier="DHL", tracking="00340", shipped_at=NOON)
    parcel: dict[str, Any] = {"left": False, "carrier": None, "tracking": None, "shipped_at": None}

    told: list[Any] = [order_answer(each)["shipment"] for each in (waits, granted, left, shipped)]

    assert told[:3] == [None, parcel, parcel | {"left": True}]
    assert told[3] == {"left": True, "carrier": "DHL", "tracking": "00340", "shipped_at": "2026-11-23T12:00:00+00:00"}
    assert_described(told[3], ShipmentAnswer)
    answer = json.dumps(order_answer(waits), ensure_ascii=False)
    assert not [word for word in FIELDS.values() if len(word) > 4 and word in answer]


def test_an_award_says_in_which_time_it_is_to_be_claimed_and_what_follows() -> None:
    thing = a_share("2", claim_within=timedelta(days=30), award=an_award("2", award_type=AwardType.PHYSICAL))
    activity = an_activity(a_share("1", claim_within=timedelta(minutes=1), lapses=True), thing)

    told = [
        (each["claim_seconds"], each["unclaimed"]) for each in activity_answer(activity, {"1": 1, "2": 1})["awards"]
    ]
    assert told == [(60, "void"), (30 * 86_400, "park")]


def test_nothing_of_the_repair_is_told() -> None:
    told = order_answer(
        an_order(2**63 - 1, claims=3, failures=2, sent_at=NOON, parked_because="refused", shard=4, cap_shard=5)
    )

    assert told == WON


def test_an_answer_is_plain_json() -> None:
    assert json.loads(json.dumps(order_answer(an_order(2**63 - 1)))) == WON


@pytest.mark.parametrize("grant_type", [GrantType.AT_A_TIME, GrantType.BY_HAND])
def test_what_a_later_prize_holds_is_told_once_it_is_granted(grant_type: GrantType) -> None:
    order = an_order(grant_type=grant_type, grant_at=NOON)

    told = [order_answer(each)["award"] for each in (order, changed(order, GRANT, now=NOON))]

    assert [award and award["award_content"] for award in told] == [None, "Code"]


@pytest.mark.parametrize("award_type", [AwardType.CODE, AwardType.COUPON], ids=repr)
@pytest.mark.parametrize("grant_type", GrantType)
def test_the_content_of_a_code_or_a_coupon_is_what_its_grant_wrote_and_null_before(
    award_type: AwardType, grant_type: GrantType
) -> None:
    award = an_award(award_type=award_type, award_content="", source="spring")
    order = an_order(award=award, grant_type=grant_type)
    granted = changed(order, GRANT_WITH, now=NOON, content="CODE-1")
    parked = replace(granted, grant_state=GrantState.PARKED)

    told = [order_answer(each)["award"] for each in (order, granted, parked)]

    assert [award and award["award_content"] for award in told] == [None, "CODE-1", None]


def test_the_source_of_a_prize_is_nobodys_business() -> None:
    award = an_award("1", award_type=AwardType.CODE, award_content="", source="spring-pool")
    granted = changed(an_order(award=award), GRANT_WITH, now=NOON, content="CODE-1")
    activity = activity_answer(an_activity(replace(a_share("1", stock=None), award=award)), {})

    assert "spring-pool" not in json.dumps([order_answer(granted), activity])


def test_each_award_is_told_with_its_own_grant_type() -> None:
    shares = a_share("1", stock=None), a_share("2", stock=None, grant_type=GrantType.BY_HAND)

    told = activity_answer(an_activity(*shares), {})

    assert (told["grant_type"], [share["grant_type"] for share in told["awards"]]) == (1, [1, 3])


@pytest.mark.parametrize("order", [an_order(), a_lost_order(), an_order(outcome=Outcome.FALLBACK)])
def test_an_order_is_told_with_the_fields_that_are_described(order: Any) -> None:
    told = order_answer(order)

    assert_described(told, OrderAnswer)
    assert_described(told["proof"], ProofAnswer)
    if told["award"] is not None:
        assert_described(told["award"], AwardAnswer)


def test_an_activity_is_told_with_the_fields_that_are_described() -> None:
    told = activity_answer(an_activity(*SHARES, cap=Cap(limit=3)), {"1": 7, CAP: 1})

    assert_described(told, ActivityAnswer)
    assert list(told["quotas"]) == list(PERIODS)
    assert told["cap"] is not None
    assert_described(told["cap"], CapAnswer)
    for share in told["awards"]:
        assert_described(share, ShareAnswer)


def test_an_activity_is_told_with_odds_and_stock_left_and_without_contents() -> None:
    activity = an_activity(*SHARES, begin=NOON, end=NOON + SECOND, version=3, quotas=Quotas(day=2))

    told = activity_answer(activity, {"1": 7})

    assert told == {
        "activity_id": "100001",
        "activity_name": "活动名",
        "activity_desc": "测试活动",
        "state": 5,
        "begin": "2026-11-23T12:00:00+00:00",
        "end": "2026-11-23T12:00:01+00:00",
        "time_zone": "UTC",
        "strategy_mode": 2,
        "grant_type": 1,
        "quotas": {"activity": None, "day": 2, "month": None},
        "cap": None,
        "through": [],
        "admit": [],
        "awards": [
            {
                "award_id": "1",
                "award_type": 1,
                "award_name": "ipad",
                "rate": "0.05",
                "stock": 10,
                "stock_left": 7,
                "unlock_after": 0,
                "grant_type": 1,
                "claim_seconds": None,
                "unclaimed": None,
            },
            {
                "award_id": "2",
                "award_type": 1,
                "award_name": "ipad",
                "rate": "0.15",
                "stock": None,
                "stock_left": None,
                "unlock_after": 3,
                "grant_type": 1,
                "claim_seconds": None,
                "unclaimed": None,
            },
        ],
        "fallback": None,
        "version": 3,
        "commitment": COMMITMENT,
        "odds": ODDS,
        "seed": None,
    }


def test_neither_contents_nor_people_nor_the_sealed_seed_are_told() -> None:
    share = replace(a_share("1", stock=None), award=an_award("1", award_content="hush-hush"))
    activity = an_activity(share, creator="the-creator", blocked=("mallory",), sealed_seed=b"sealed-seed")

    told = json.dumps(activity_answer(activity, {}))

    for secret in ("hush-hush", "the-creator", "mallory", "sealed", SEED.hex()):
        assert secret not in told


@pytest.mark.parametrize("state", ActivityState)
@pytest.mark.parametrize(("approved", "commitment", "odds"), [(True, COMMITMENT, ODDS), (False, None, None)])
def test_commitment_and_odds_are_told_once_it_is_approved(
    state: ActivityState, approved: bool, commitment: str | None, odds: str | None
) -> None:
    told = activity_answer(an_activity(*SHARES, state=state, approved=approved), {"1": 10})

    assert (told["commitment"], told["odds"]) == (commitment, odds)


def test_the_odds_that_are_told_are_those_whose_hash_the_log_holds() -> None:
    activity = an_activity(*SHARES)

    told = activity_answer(activity, {"1": 10})["odds"]

    assert told is not None
    assert hashlib.sha256(told.encode()).hexdigest() == odds_digest(activity)


def test_a_revealed_seed_fits_the_commitment() -> None:
    told = activity_answer(an_activity(state=ActivityState.CLOSE, seed=SEED), {"3": 5})

    assert told["seed"] == SEED.hex()
    assert hashlib.sha256(bytes.fromhex(told["seed"])).hexdigest() == told["commitment"]


@pytest.mark.parametrize("left", [0, 5])
def test_a_sold_out_award_has_nothing_left_and_is_not_unlimited(left: int) -> None:
    assert activity_answer(an_activity(), {"3": left})["awards"][0]["stock_left"] == left


def test_a_cap_is_told_with_what_is_left_of_it() -> None:
    told = activity_answer(an_activity(cap=Cap(limit=100, shards=3)), {"3": 5, CAP: 8})

    assert told["cap"] == {"limit": 100, "left": 8}


def test_ways_in_and_conditions_are_told_as_the_file_has_them_and_as_part_of_what_is_committed_to() -> None:
    told = activity_answer(an_activity(through=("crowd", "staff"), admit=(GOLD,)), {"3": 5})

    assert told["through"] == ["crowd", "staff"]
    assert told["admit"] == [{"fact": "tier", "operator": "in", "values": ["gold", "silver"]}]
    assert_described(told["admit"][0], ConditionAnswer)
    odds = json.loads(told["odds"] or "")
    assert (odds["through"], odds["admit"]) == (["crowd", "staff"], [["tier", "in", ["gold", "silver"]]])


def test_an_activity_without_quotas_says_so() -> None:
    told = activity_answer(an_activity(quotas=Quotas()), {})

    assert told["quotas"] == {"activity": None, "day": None, "month": None}


@pytest.mark.parametrize(
    ("weight", "text"),
    [(0, "0"), (1, "0.000001"), (10, "0.00001"), (50_000, "0.05"), (200_000, "0.2"), (1_000_000, "1")],
)
def test_a_rate_is_the_decimal_of_the_activity_file(weight: int, text: str) -> None:
    assert rate_text(weight) == text


@given(st.integers(0, 1_000_000))
def test_a_rate_can_be_read_back(weight: int) -> None:
    assert Decimal(rate_text(weight)) * 1_000_000 == weight


def test_a_line_of_the_log_is_told_as_it_is_and_with_its_hash() -> None:
    entry = an_entry(
        2, what="approve", why="因为", state_from=ActivityState.ARRAIGNMENT, state_to=ActivityState.PASS, changes=("a",)
    )

    told = entry_answer(entry)

    assert_described(told, EntryAnswer)
    assert told == {
        "number": 2,
        "at": "2026-11-23T12:00:00+00:00",
        "who": "xiaofuge",
        "what": "approve",
        "why": "因为",
        "state_from": 2,
        "state_to": 4,
        "version": 1,
        "changes": ["a"],
        "before": "0" * 64,
        "hash": entry.digest,
    }


@pytest.mark.parametrize("state_from", [None, ActivityState.EDIT])
def test_anybody_can_work_out_the_hash_of_a_line(state_from: ActivityState | None) -> None:
    received = json.loads(json.dumps(entry_answer(an_entry(state_from=state_from, why="抽奖\n", changes=("ü", "b")))))

    said = received.pop("hash")

    text = json.dumps(received, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == said
